import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as example from '@cairn/record/support/examples.js';
import { Api, haveParticipant, haveProgramme, issueWorkbook, type History } from '../faults/record.js';
import { processesDone } from '../record/processes-done.js';
import { startService, type Service } from '../service.js';
import { cairn, type Said } from './cairn.js';
import { ask, databaseBeside, ownDirectory } from './place.js';

interface Backup {
  readonly id: string;
  readonly position: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly backup: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly keys: { readonly file: string; readonly keyEncryptionKey: string };
}

let places: Awaited<ReturnType<typeof ownDirectory>>;
let service: Service;
let api: Api;
let settled: string[];
/** Recorded while the backup was being taken. */
const meanwhile: string[] = [];
let taken: Backup;

beforeAll(async () => {
  places = await ownDirectory();
  service = await startService({ dataDir: places.at('first') });
  api = new Api(service);
  await haveProgramme(api);
  settled = [await haveParticipant(api), await haveParticipant(api)];
  for (const participant of settled) await issueWorkbook(api, participant);
  // A visit told twice: the record asks about it, by itself and once.
  for (const session of [randomUUID(), randomUUID()]) await api.record('PUT', `/v1/participants/${settled[0]!}/sessions/${session}/attendance`, { body: { ...example.attendance, occurred: { at: '2026-02-03' } } });
  await processesDone(service.url);
  // So that the access log has something to keep, and to go on numbering from.
  for (const participant of settled) await api.history(participant);
  // Two whose keys are destroyed, one after the other: with each a term of the log has ended.
  for (const gone of [randomUUID(), randomUUID()]) await ask(service.dataDir, `insert into keyring.keys (participant, destroyed_at) values ('${gone}', now())`);
  taken = JSON.parse((await underLoad(() => backup('one'))).stdout) as Backup;
});

afterAll(async () => {
  await service.stop();
  await places.remove();
});

function backup(name: string, { env = {}, args = [] as string[] } = {}): Promise<Said> {
  return cairn(['backup', places.at(name), '--json', ...args], { dataDir: service.dataDir, env });
}

function restore(file: string, keys: string, dataDir: string, env: Record<string, string> = {}): Promise<Said> {
  return cairn(['restore', file, '--keys', keys, '--json'], { dataDir, env });
}

async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  let going = true;
  const load = (async () => {
    while (going) meanwhile.push(await haveParticipant(api, randomUUID()));
  })();
  const result = await work();
  going = false;
  await load;
  return result;
}

async function textOf(from: Api, participant: string, what: string): Promise<string> {
  return (await from.send('GET', `/v1/participants/${participant}/${what}`, { as: 'trial-manager' })).text;
}

it('is the same record elsewhere: histories byte for byte, and what came after the moment of the backup left out', async () => {
  const there = places.at();
  const restored = await restore(taken.backup.file, taken.keys.file, there);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(restored.stdout)).toMatchObject({ position: taken.position, rows: taken.rows, keyFile: join(there, 'keys', 'key-encryption-key') });
  expect((await stat(join(there, 'keys', 'key-encryption-key'))).mode & 0o777).toBe(0o600);

  // Even if nothing were known of how far the processes had come: what they did is in the log.
  expect(await ask(there, 'update process.checkpoint set position = 0 returning name')).toHaveLength(5);
  const second = await startService({ dataDir: there });
  try {
    const elsewhere = new Api(second);
    await processesDone(second.url);
    expect(await textOf(elsewhere, settled[0]!, 'history')).toContain('possible-duplicate');
    for (const participant of settled) for (const what of ['history', 'timeline', 'replay']) expect(await textOf(elsewhere, participant, what)).toBe(await textOf(api, participant, what));
    expect(await textOf(elsewhere, settled[0]!, 'history')).toContain('WorkbookIssued');
    for (const participant of meanwhile) {
      const answer = await elsewhere.send('GET', `/v1/participants/${participant}/history`, { as: 'trial-manager' });
      const { entries } = await api.history(participant);
      const found: History['entries'] = answer.status === 404 ? [] : (JSON.parse(answer.text) as History).entries;
      expect(found).toEqual(entries.slice(0, found.length));
    }
    await issueWorkbook(elsewhere, await haveParticipant(elsewhere));
    const [log] = await ask<{ events: string; last: string }>(there, 'select count(*) as events, max(position) as last from log.events');
    expect(log).toEqual({ events: String(taken.position + 6), last: String(taken.position + 6) });
  } finally {
    await second.stop();
  }
});

it('holds every table but what is made from them, one moment of them, in two files nobody else may read', async () => {
  const tables = await ask<{ name: string }>(
    service.dataDir,
    "select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema', 'read', 'analysis', 'analysis_rows', 'cairn') order by 1",
  );
  expect(Object.keys(taken.rows).sort()).toEqual(tables.map(({ name }) => name));
  expect(taken.rows['log.events']).toBe(taken.position);
  expect(taken.rows['access.log']).toBe(2);
  expect(meanwhile.length).toBeGreaterThan(0);
  for (const { file } of [taken.backup, taken.keys]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  const bytes = await readFile(taken.backup.file);
  expect(bytes.length).toBe(taken.backup.bytes);
  expect(createHash('sha256').update(bytes.subarray(0, -72)).digest('hex')).toBe(taken.backup.sha256);
});

it('puts no key into the backup itself', async () => {
  const key = /^key (\S+)$/m.exec(await readFile(join(service.dataDir, 'keys', 'key-encryption-key'), 'utf8'))?.[1] ?? '';
  expect(key).toHaveLength(44);
  expect((await readFile(taken.backup.file)).includes(key)).toBe(false);
  expect(Object.keys(headerOf(await readFile(taken.backup.file))['tables'] as object)).toHaveLength(5);
  expect((await readFile(taken.backup.file)).includes('"section":"keyring')).toBe(false);
});

it('replaces no file unless told to, and leaves no half of one behind', async () => {
  const before = await readFile(taken.backup.file);
  const refused = await backup('one');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('is there already; nothing was written.');
  expect((await readFile(taken.backup.file)).equals(before)).toBe(true);

  expect(await backup('two')).toMatchObject({ code: 0 });
  const first = await readFile(places.at('two'));
  expect(await backup('two', { args: ['--force'] })).toMatchObject({ code: 0 });
  expect((await readFile(places.at('two'))).equals(first)).toBe(false);

  expect((await backup(join('nowhere', 'three'))).stderr).toContain('cannot be written to');
  expect((await cairn(['backup', places.at('four')], { dataDir: places.at('empty') })).stderr).toContain('There is no record in');
  expect((await readdir(dirname(taken.backup.file))).filter((name) => name.endsWith('.part') || name === 'empty' || name.startsWith('four'))).toEqual([]);
});

function headerOf(bytes: Buffer): Record<string, unknown> {
  return JSON.parse(bytes.toString('latin1').split('\n')[1]!) as Record<string, unknown>;
}

/** With another header and the hash that goes with it: what only somebody who means it can make. */
function forged(bytes: Buffer, change: (header: Record<string, unknown>) => void): Buffer {
  const [magic, header] = bytes.toString('latin1').split('\n');
  const content = JSON.parse(header!) as Record<string, unknown>;
  change(content);
  const rest = bytes.subarray(magic!.length + header!.length + 2, -72);
  const all = Buffer.concat([Buffer.from(`${magic}\n${JSON.stringify(content)}\n`), rest]);
  return Buffer.concat([all, Buffer.from(`sha256 ${createHash('sha256').update(all).digest('hex')}\n`)]);
}

it.each<[string, RegExp, (backup: Buffer, keys: Buffer) => { backup?: Buffer; keys?: Buffer }]>([
  ['a flipped bit', /altered or damaged/, (bytes) => ({ backup: Buffer.from(bytes).fill(bytes[bytes.length >> 1]! ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1) })],
  ['a file cut short', /cut short/, (bytes) => ({ backup: bytes.subarray(0, -1000) })],
  ['keys with a flipped bit', /altered or damaged/, (_, keys) => ({ keys: Buffer.from(keys).fill(keys[keys.length - 200]! ^ 128, keys.length - 200, keys.length - 199) })],
  ['another backup, of the same record', /does not belong to/, (bytes) => ({ backup: forged(bytes, (header) => (header['backup'] = randomUUID())) })],
  ['an altered backup under a hash made anew', /does not belong to/, (bytes) => ({ backup: forged(bytes, (header) => (header['madeAt'] = '2020-01-01T00:00:00.000Z')) })],
  ['a backup of a newer release', /newer release: it has FromTheFuture/, (bytes) => ({ backup: forged(bytes, (header) => (header['migrations'] as string[]).push('FromTheFuture9000000000000')) })],
  ['counts that are not its own', /says 1 rows of log.events/, (bytes) => ({ backup: forged(bytes, (header) => ((header['tables'] as { name: string; rows: number }[]).find(({ name }) => name === 'log.events')!.rows = 1)) })],
  ['another format', /is of format cairn-backup\/2; this release reads version 1/, (bytes) => ({ backup: Buffer.concat([Buffer.from('cairn-backup/2'), bytes.subarray(14)]) })],
  ['the two files the wrong way round', /format cairn-backup-keys\/1, where one of cairn-backup\/1 was expected/, (bytes, keys) => ({ backup: keys, keys: bytes })],
])('refuses %s and touches nothing', async (_, why, change) => {
  const [bytes, keyBytes] = [await readFile(taken.backup.file), await readFile(taken.keys.file)];
  const { backup: altered = bytes, keys = keyBytes } = change(bytes, keyBytes);
  const [file, keysFile, there] = [places.at(), places.at(), places.at()];
  await writeFile(file, altered);
  await writeFile(keysFile, keys);
  const { code, stderr } = await restore(file, keysFile, there);
  expect(stderr).toMatch(why);
  expect(code).toBe(2);
  expect(existsSync(there)).toBe(false);
});

it('refuses a place that is not empty, and leaves it as it is', async () => {
  const there = places.at();
  await mkdir(there);
  await writeFile(join(there, 'something'), 'mine');
  const refused = await restore(taken.backup.file, taken.keys.file, there);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain(`${basename(there)} is not empty: it holds something.`);
  expect(await readdir(there)).toEqual(['something']);
});

it('restores into the empty database of DATABASE_URL, once', async () => {
  const [url, there] = [await databaseBeside(service.dataDir), places.at()];
  const done = await restore(taken.backup.file, taken.keys.file, there, { DATABASE_URL: url });
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(await readdir(there)).toEqual(['keys']);
  const again = await restore(taken.backup.file, taken.keys.file, there, { DATABASE_URL: url });
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('There is a record in the database of DATABASE_URL already');
});

it('leaves a key from the environment out, and asks for that very key to restore', async () => {
  const key = /^key (\S+)$/m.exec(await readFile(join(service.dataDir, 'keys', 'key-encryption-key'), 'utf8'))?.[1] ?? '';
  const made = JSON.parse((await backup('without', { env: { CAIRN_KEY: key } })).stdout) as Backup;
  expect(made.keys.keyEncryptionKey).toBe('environment');
  expect((await readFile(made.keys.file)).includes('"section":"key-encryption-key"')).toBe(false);
  expect((await readFile(taken.keys.file)).includes('"section":"key-encryption-key"')).toBe(true);
  const [there, other] = [places.at(), Buffer.alloc(32, 7).toString('base64')];
  const [without, wrong, wrongly] = await Promise.all([
    restore(made.backup.file, made.keys.file, there),
    restore(made.backup.file, made.keys.file, there, { CAIRN_KEY: other }),
    backup('wrong', { env: { CAIRN_KEY: other } }),
  ]);
  expect(without.stderr).toContain('came from the environment and is not in it');
  expect(wrong.stderr).toContain('were wrapped with the key');
  expect(wrongly.stderr).toContain('could not be restored');
  expect(existsSync(there)).toBe(false);
  expect(await restore(made.backup.file, made.keys.file, there, { CAIRN_KEY: key, DATABASE_URL: await databaseBeside(service.dataDir) })).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(there, 'keys'))).toBe(false);
});
