import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { signedIn } from './connection.js';
import { type PostgresServer, startEmbedded } from './embedded.js';
import { identityOf } from './process-identity.js';

/** One data directory for all of it, as making a cluster is the slow part. Its path is long, and has spaces and a quote. */
describe('the embedded server', () => {
  let home: string;
  let dataDir: string;
  let server: PostgresServer | undefined;

  const start = async (): Promise<PostgresServer> => (server = await startEmbedded({ dataDir }));
  const ask = async (sql: string): Promise<unknown> =>
    signedIn((server ?? (await start())).connection, async (client) => (await client.query({ text: sql, rowMode: 'array' })).rows[0]);
  const stop = async (): Promise<void> => {
    await server?.release();
    server = undefined;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'cairn-embedded-'));
    dataDir = join(home, "where O'Brien's data lie", 'x'.repeat(120));
  });
  afterEach(stop);
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('keeps every promise of durability, in UTF-8, ordered alike on every machine, in UTC', async () => {
    const settings = await ask(
      `SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'),
              current_setting('data_checksums'), current_setting('server_encoding'), current_setting('TimeZone'),
              current_setting('server_version_num')::int / 10000,
              (SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database())`,
    );
    expect(settings).toEqual(['on', 'on', 'on', 'on', 'UTF8', 'UTC', 18, 'bC.UTF-8']);
  });

  it('keeps what was written when it is stopped and started', async () => {
    await ask('CREATE TABLE IF NOT EXISTS stones AS SELECT 7 AS id');
    await stop();
    expect(await ask('SELECT id FROM stones')).toEqual([7]);
  });

  it('is shared by those who ask twice, and stops when both have given it up', async () => {
    const [one, other] = await Promise.all([startEmbedded({ dataDir }), startEmbedded({ dataDir })]);
    expect(other.pid).toBe(one.pid);
    await Promise.all([one.release(), one.release()]);
    expect(await identityOf(other.pid)).toBeDefined();
    await other.release();
    expect(await identityOf(other.pid)).toBeUndefined();
  });

  it('listens on no network, only on a socket whose directory nobody else can enter', async () => {
    const { connection } = await start();
    expect(await ask(`SELECT current_setting('listen_addresses'), current_setting('unix_socket_permissions')`)).toEqual(['', '0700']);
    const [directory, cluster] = [await stat(connection.host), await stat(join(dataDir, 'postgres'))];
    expect(directory.mode & 0o777).toBe(0o700);
    expect(directory.uid).toBe(cluster.uid);
    expect(cluster.mode & 0o777).toBe(0o700);
  });

  it('lets nobody in without the password, which its owner alone can read', async () => {
    const { connection } = await start();
    expect((await stat(join(dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600);
    for (const password of ['', 'guessed']) {
      await expect(signedIn({ ...connection, password }, async () => {})).rejects.toThrow(/password/);
    }
  });

  it('writes no statement, value or error text of its sessions to its log', async () => {
    await start();
    await expect(ask(`SELECT 'marrow-stone'::uuid`)).rejects.toThrow();
    await expect(ask(`INSERT INTO stones_unknown VALUES ('marrow-stone')`)).rejects.toThrow();
    await expect(ask(`SELECT 'marrow-stone', pg_terminate_backend(pg_backend_pid())`)).rejects.toThrow(/terminating/);
    const log = execFileSync('sh', ['-c', 'cat "$1"/*.log', '-', join(dataDir, 'postgres', 'log')], { encoding: 'utf8' });
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('marrow-stone');
    expect(log).not.toContain('stones_unknown');
  });

  it('starts over a pid file that names a process that ended, or a stranger who got its number', async () => {
    await start();
    await stop();
    const cluster = join(dataDir, 'postgres');
    const stranger = spawn('sleep', ['60'], { uid: (await stat(cluster)).uid });
    const gone = spawn('true');
    await once(gone, 'exit');
    for (const { pid } of [gone, stranger]) {
      await writeFile(join(cluster, 'postmaster.pid'), `${pid}\n/elsewhere\n1\n5432\n/tmp\n\n1 1\nready   \n`);
      expect(await ask('SELECT 1')).toEqual([1]);
      await stop();
    }
    stranger.kill();
  });

  it('waits a moment for a server that does not answer', async () => {
    const { connection, pid } = await start();
    const socket = join(connection.host, '.s.PGSQL.5432');
    await rename(socket, `${socket}.away`);
    const joining = startEmbedded({ dataDir });
    await pause(250);
    await rename(`${socket}.away`, socket);
    const joined = await joining;
    expect(joined.pid).toBe(pid);
    await joined.release();
  });

  it('names a cluster of another version and touches nothing', async () => {
    await start();
    await stop();
    const file = join(dataDir, 'postgres', 'PG_VERSION');
    const version = await readFile(file, 'utf8');
    await writeFile(file, '15\n');
    await expect(start()).rejects.toMatchObject({ code: 'other-version', message: expect.stringMatching(/PostgreSQL 15.*PostgreSQL 18/) });
    expect(await readFile(file, 'utf8')).toBe('15\n');
    await writeFile(file, version);
  });

  it('refuses a directory or a file that is no cluster', async () => {
    const mine = join(home, 'mine');
    await mkdir(join(mine, 'postgres', 'letters'), { recursive: true });
    await expect(startEmbedded({ dataDir: mine })).rejects.toMatchObject({ code: 'not-a-cluster' });
    await rm(join(mine, 'postgres'), { recursive: true });
    await writeFile(join(mine, 'postgres'), 'a letter');
    await expect(startEmbedded({ dataDir: mine })).rejects.toMatchObject({ code: 'not-a-cluster' });
    expect(await readFile(join(mine, 'postgres'), 'utf8')).toBe('a letter');
  });

  it('says when the password is lost or another one', async () => {
    await start();
    await stop();
    const file = join(dataDir, 'postgres-password');
    await rename(file, `${file}.away`);
    await expect(start()).rejects.toMatchObject({ code: 'password-lost', message: expect.stringContaining(file) });
    await writeFile(file, 'another', { mode: 0o600 });
    await expect(start()).rejects.toMatchObject({ code: 'password-lost', message: expect.stringContaining(file) });
    await rename(`${file}.away`, file);
    expect(await ask('SELECT 1')).toEqual([1]);
  });

  it('shows the last words of a server that does not start', async () => {
    await start();
    await stop();
    const control = join(dataDir, 'postgres', 'global', 'pg_control');
    const content = await readFile(control);
    await truncate(control, 100);
    await expect(start()).rejects.toMatchObject({ code: 'did-not-start', message: expect.stringContaining('pg_control') });
    await writeFile(control, content);
  });

  it('says when a file is where the data directory should be', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');
    const started = startEmbedded({ dataDir: join(file, 'data') });
    await expect(started).rejects.toMatchObject({ code: 'did-not-start', message: expect.stringContaining(file) });
  });
});
