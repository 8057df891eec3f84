import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '@cairn/assembly/config.js';
import { canRead } from '@cairn/postgres/account.js';
import { clientAs } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { identityOf } from '@cairn/postgres/process-identity.js';
import { cairn } from '../cli/cairn.js';
import { node, postgresOf, root, startService, type Service } from '../service.js';
import { Api, haveParticipant, haveProgramme } from './record.js';
import { expectNoStart, expectNoStartAs, expectStoppedStart } from './starting.js';
import { until } from '../patience.js';

const lives = async (pid: number) => (await identityOf(pid)) !== undefined;
/** The advisory lock under which a service brings its database up to date. */
const MIGRATIONS = 4_727_246_107;
const running = (dataDir: string) => existsSync(join(dataDir, 'postgres', 'postmaster.pid'));

describe('settings that cannot be', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'cairn-start-')), 'data');
  });
  afterEach(async () => {
    // Settings are looked at before anything is made.
    const made = existsSync(dataDir);
    await rm(join(dataDir, '..'), { recursive: true, force: true });
    expect(made).toBe(false);
  });
  const expectRefused = (env: Record<string, string>, ...words: string[]) => expectNoStart({ CAIRN_DATA_DIR: dataDir, ...env }, ...words);

  it('several at once, all of them named', async () => {
    await expectRefused(
      { CAIRN_PROT: '4400', CAIRN_PORT: '65536', CAIRN_LOG_LEVEL: 'loud', CAIRN_BODY_LIMIT_KB: '0', CAIRN_OIDC_ISSUER: 'nonsense', KURRENTDB_URL: 'kurrentdb://localhost:2113' },
      'CAIRN_PROT is not a setting of Cairn', 'CAIRN_PORT is "65536"; it must be a whole number from 0 to 65535', 'CAIRN_LOG_LEVEL is "loud"', 'CAIRN_BODY_LIMIT_KB is "0"', 'CAIRN_OIDC_ISSUER is "nonsense"', 'KURRENTDB_URL is set',
    );
  });

  it.each(['http', '-1', '65536', '44.5', '0x10', ' '])('the port "%s"', (port) => {
    expect(() => readConfig({ CAIRN_PORT: port })).toThrow(`CAIRN_PORT is "${port}"; it must be a whole number from 0 to 65535.`);
  });

  it.each([{ CAIRN_PROT: '4400' }, { cairn_port: '1', CAIRN_: '' }, { KURRENTDB_URL: 'kurrentdb://localhost:2113' }, { CAIRN_OIDC_ISSUER: 'id.example.org' }, { CAIRN_LOG_LEVEL: 'loud' }])('%j', (env) => {
    expect(() => readConfig(env as Record<string, string>)).toThrow(Object.keys(env).at(-1));
    expect(() => readConfig({ PATH: '/bin', CAIRN_PORT: '', CAIRN_OIDC_ISSUER: 'https://id.example.org' })).not.toThrow();
  });

  it('a DATABASE_URL that is none, or leads nowhere; its password is not repeated', async () => {
    const issuer = { CAIRN_OIDC_ISSUER: 'https://id.example.org' };
    const none = await expectRefused({ DATABASE_URL: 'mysql://u:s3cret@h/d', ...issuer }, 'DATABASE_URL cannot be used', 'postgres://');
    const nowhere = await expectRefused({ DATABASE_URL: 'postgres://u:s3cret@127.0.0.1:1/d', ...issuer }, '127.0.0.1');
    expect(none + nowhere).not.toContain('s3cret');
    await rm(dataDir, { recursive: true });
  });

  it('demonstration accounts in production, or beyond this machine', async () => {
    await expectRefused({ NODE_ENV: 'production' }, 'demonstration sign-in does not run in production', 'CAIRN_OIDC_ISSUER');
    await expectRefused({ CAIRN_HOST: '0.0.0.0' }, 'demonstration sign-in does not run where other machines reach it (host 0.0.0.0)', 'CAIRN_OIDC_ISSUER');
  });

  it('a data directory that cannot be written, or made, or is a file', async () => {
    const place = await mkdtemp(join(tmpdir(), 'cairn-start-'));
    await writeFile(join(place, 'file'), '');
    await expectNoStart({ CAIRN_DATA_DIR: join(place, 'file') }, join(place, 'file'), 'is a file', 'CAIRN_DATA_DIR');
    await chmod(place, 0o555);
    const nobody = { uid: 65_534, gid: 65_534 };
    const isRoot = process.getuid?.() === 0;
    // Root may write anywhere, and nobody else may run what lies below root's own directory.
    const unprivileged = isRoot ? nobody : {};
    const canRun = !isRoot || ((await canRead(node, nobody)) && (await canRead(join(root, 'dist'), nobody)));
    for (const below of canRun ? [place, join(place, 'a', 'b')] : []) await expectNoStartAs(unprivileged, { CAIRN_DATA_DIR: below }, `The data directory ${below} cannot be`, 'EACCES', 'CAIRN_DATA_DIR');
    expect(await readdir(place)).toEqual(['file']);
    await chmod(place, 0o755);
    await rm(place, { recursive: true });
  });
});

describe('a data directory', () => {
  let dataDir: string;
  let keyFile: string;
  const services: Service[] = [];
  let participant: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cairn-start-'));
    keyFile = join(dataDir, 'keys', 'key-encryption-key');
    const api = await started();
    await haveProgramme(api);
    participant = await haveParticipant(api);
    await api.service.stop();
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.stop();
  });
  afterAll(async () => {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  const noted = () => readdir(join(dataDir, 'services'));

  async function started(): Promise<Api> {
    const service = await startService({ dataDir });
    services.push(service);
    return new Api(service);
  }

  /** The record is as it was, and can be read again. */
  async function expectUnharmed(): Promise<void> {
    const again = await started();
    expect((await again.history(participant)).entries).toHaveLength(4);
    await again.service.stop();
  }

  it('whose key file is lost: says so, makes no other, leaves nothing running', async () => {
    await rename(keyFile, `${keyFile}.away`);
    await expectNoStart({ CAIRN_DATA_DIR: dataDir }, keyFile, 'missing', 'nothing was changed', 'Put the file back');
    expect(existsSync(keyFile)).toBe(false);
    expect(running(dataDir)).toBe(false);
    await rename(`${keyFile}.away`, keyFile);
    await expectUnharmed();
  });

  it('whose key file is another’s, or damaged, or open to others', async () => {
    const text = await readFile(keyFile, 'utf8');
    await expectNoStart({ CAIRN_DATA_DIR: dataDir, CAIRN_KEY: randomBytes(32).toString('base64') }, 'wrapped with the key', 'Nothing was changed');
    await expectNoStart({ CAIRN_DATA_DIR: dataDir, CAIRN_KEY: 'short' }, 'not base64 of 32 bytes', 'openssl');
    await writeFile(keyFile, text.slice(0, 60));
    await expectNoStart({ CAIRN_DATA_DIR: dataDir }, keyFile, 'damaged', 'from its backup');
    await writeFile(keyFile, text);
    await chmod(keyFile, 0o644);
    await expectNoStart({ CAIRN_DATA_DIR: dataDir }, keyFile, 'open to others', 'chmod 600');
    await chmod(keyFile, 0o600);
    expect(await readFile(keyFile, 'utf8')).toBe(text);
    expect(running(dataDir)).toBe(false);
    await expectUnharmed();
  });

  it('with the port taken: says by what address, leaves nothing running', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    const port = await until(() => (squatter.address() as { port: number } | null)?.port);
    try {
      await expectNoStart({ CAIRN_DATA_DIR: dataDir, CAIRN_PORT: String(port) }, `Port ${port} of 127.0.0.1 is in use`, 'CAIRN_PORT');
    } finally {
      squatter.close();
    }
    expect(running(dataDir)).toBe(false);
    expect(await noted()).toEqual([]);
  });

  it('of a service told to stop while it still starts: leaves nothing running', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const server = await startEmbedded({ dataDir });
      const holder = clientAs(server.connection, 'cairn_owner');
      await holder.connect();
      await holder.query(`select pg_advisory_lock(${MIGRATIONS})`);
      await expectStoppedStart({ CAIRN_DATA_DIR: dataDir }, async (pid) => {
        await until(async () => (await holder.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount === 1);
        process.kill(pid, signal);
        // From here on PostgreSQL runs for that service alone.
        await server.release();
        await holder.end();
      });
      expect(running(dataDir)).toBe(false);
      expect(await noted()).toEqual([]);
    }
  });

  it('that two services use: both serve, one keeps the read models, and each outlives the other', async () => {
    const [first, second] = [await started(), await started()];
    const postgres = postgresOf(first.service);
    expect(postgresOf(second.service)).toBe(postgres);
    const keeping = async ({ service }: Api) => ((await (await fetch(`${service.url}/ready`)).json()) as { readModels: { keptHere: boolean } }).readModels.keptHere;
    await until(async () => (await keeping(first)) !== (await keeping(second)));
    expect([await keeping(first), await keeping(second)]).toEqual([true, false]);

    // What one takes the other shows at once.
    const other = await haveParticipant(second);
    const receipt = await first.record('PUT', `/v1/participants/${other}/worker`, { as: 'supervisor', body: { worker: 'w2' } });
    for (const api of [first, second]) expect(await api.read(`/v1/participants/${other}`, { after: receipt })).toMatchObject({ support: { worker: 'w2' } });

    await first.service.stop();
    expect(await lives(postgres)).toBe(true);
    await until(() => keeping(second));
    const later = await second.record('PUT', `/v1/participants/${other}/worker`, { as: 'supervisor', body: { worker: 'w1' } });
    expect(await second.read(`/v1/participants/${other}`, { after: later })).toMatchObject({ support: { worker: 'w1' } });
    expect(await noted()).toEqual([`${second.service.pid}.json`]);
    await second.service.stop();
    expect(await lives(postgres)).toBe(false);
    expect(running(dataDir)).toBe(false);
  });

  it('that a service uses when it is killed: the other takes over, and is found; the next one tidies up after it', async () => {
    const [first, second] = [await started(), await started()];
    const found = async () => (JSON.parse((await cairn(['status', '--json'], { dataDir })).stdout) as { url: string }).url;
    expect(await found()).toBe(first.service.url);
    await first.service.kill();
    expect(await found()).toBe(second.service.url);
    const third = await started();
    expect((await noted()).sort()).toEqual([second, third].map(({ service }) => `${service.pid}.json`).sort());
    await third.service.stop();
    expect(await found()).toBe(second.service.url);
    const receipt = await second.record('PUT', `/v1/participants/${participant}/worker`, { as: 'supervisor', body: { worker: 'w2' } });
    expect(await second.read(`/v1/participants/${participant}`, { after: receipt })).toMatchObject({ support: { worker: 'w2' } });
    await second.service.stop();
    expect(running(dataDir)).toBe(false);
  });
});
