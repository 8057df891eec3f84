import { randomUUID } from 'node:crypto';
import { poolAs, signedIn } from '@cairn/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '@cairn/postgres/testing.js';
import { Invalid } from '@cairn/kernel/refused.js';
import type { Pool } from 'pg';
import { AccessLog, AccessLogUnavailable, type AccessEntry } from './access-log.js';
import { accessMigrations } from './migrations.js';

let database: FreshDatabase;
let pool: Pool;
let log: AccessLog;

beforeAll(async () => {
  database = await freshDatabase(accessMigrations);
  pool = database.pool('cairn_service');
  log = new AccessLog(pool);
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

const read = (more: Partial<AccessEntry> = {}): AccessEntry => ({
  actor: `user-${randomUUID()}`,
  roles: ['supervisor'],
  sites: ['s1'],
  method: 'GET',
  route: '/v1/participants/:participant/timeline',
  participants: [randomUUID()],
  requestId: randomUUID(),
  ...more,
});
const count = async (actor: string) => (await pool.query('select from access.log where actor = $1', [actor])).rowCount;

describe('recording', () => {
  it('holds who read whom, by which route, when and in which request', async () => {
    const before = new Date(Date.now() - 1000).toISOString();
    const [one, two] = [randomUUID(), randomUUID()];
    const entry = read({ roles: ['worker', 'supervisor'], sites: ['s1', 's "2"'], participants: [one, two, one], purpose: 'source check, {"quoted"}' });
    await log.record(entry);
    const { items } = await log.query({ actor: entry.actor, limit: 10 });
    expect(items).toEqual([{ ...entry, participants: [one, two], outcome: 'disclosed', id: expect.any(String) as string, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string }]);
    expect(items[0]?.at.localeCompare(before)).toBe(1);
  });

  it('holds an answer about nobody, and a refusal', async () => {
    const entry = read({ participants: [], outcome: 'refused' });
    await log.record(entry);
    expect((await log.query({ actor: entry.actor, limit: 1 })).items).toMatchObject([{ participants: [], outcome: 'refused' }]);
  });

  it('resolves only once the entry is there for everybody', async () => {
    const entry = read();
    await log.record(entry);
    const others = poolAs(database.connection, 'cairn_service', { max: 1 });
    expect((await others.query('select from access.log where request_id = $1', [entry.requestId])).rowCount).toBe(1);
    await others.end();
  });

  it('writes entries that come at once together, each once', async () => {
    const actor = `crowd-${randomUUID()}`;
    await Promise.all(Array.from({ length: 300 }, () => log.record(read({ actor }))));
    const { rows } = await pool.query<{ entries: string; requests: string; transactions: string }>(
      'select count(*) as entries, count(distinct request_id) as requests, count(distinct xmin::text) as transactions from access.log where actor = $1',
      [actor],
    );
    expect(rows).toEqual([{ entries: '300', requests: '300', transactions: '2' }]);
  });

  it.each([
    ['a participant that is no id', { participants: [randomUUID(), 'Ada'] }],
    ['a path instead of its template', { route: `/v1/participants/${randomUUID()}` }],
    ['a path with its query', { route: '/v1/participants?studyNumber=1' }],
    ['characters that cannot be stored', { purpose: 'a\0b' }],
    ['half a character', { requestId: '\ud800' }],
    ['a purpose like an essay', { purpose: 'x'.repeat(501) }],
    ['nobody', { actor: '' }],
  ])('refuses %s, and harms no neighbour', async (_what, fault) => {
    const neighbour = read();
    const [bad, good] = await Promise.allSettled([log.record(read(fault)), log.record(neighbour)]);
    expect(bad).toMatchObject({ status: 'rejected', reason: expect.any(AccessLogUnavailable) as Error });
    expect(good.status).toBe('fulfilled');
    expect(await count(neighbour.actor)).toBe(1);
  });
});

describe('what was written', () => {
  it.each([
    ['update', "update access.log set actor = 'x'"],
    ['update of nothing', "update access.log set actor = 'x' where false"],
    ['delete', 'delete from access.log'],
    ['truncate', 'truncate access.log'],
  ])('stays: %s is refused to the service and to the owner', async (_what, statement) => {
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
    await expect(database.pool('cairn_owner').query(statement)).rejects.toMatchObject({ code: '23000' });
    await expect(signedIn(database.connection, (client) => client.query(`set session_replication_role = replica; ${statement}`))).rejects.toMatchObject({ code: '23000' });
  });

  it('has its number and its time from the database alone', async () => {
    const row = "'a', '{worker}', '{}', 'GET', '/', '{}', 'r', 'disclosed'";
    const columns = 'actor, roles, sites, method, route, participants, request_id, outcome';
    await expect(pool.query(`insert into access.log (at, ${columns}) values ('2020-01-01', ${row})`)).rejects.toMatchObject({ code: '42501' });
    await expect(pool.query(`insert into access.log (id, ${columns}) overriding system value values (1, ${row})`)).rejects.toMatchObject({ code: '42501' });
  });

  it('is nobody else’s to read', async () => {
    await expect(database.pool('cairn_keyring').query('select from access.log')).rejects.toMatchObject({ code: '42501' });
  });

  it('is not taken down', async () => {
    const Migration = accessMigrations[0];
    await expect(Migration && new Migration().down()).rejects.toThrow('would forget who read whom');
  });
});

describe('asking who read whom', () => {
  const actor = `asked-${randomUUID()}`;
  const [ada, ben] = [randomUUID(), randomUUID()];
  let at: string[];
  beforeAll(async () => {
    for (const participants of [[ada], [ben], [ada, ben], []]) await log.record(read({ actor, participants }));
    at = (await log.query({ actor, limit: 10 })).items.map((item) => item.at);
  });
  const participantsOf = async (filter: Partial<Parameters<AccessLog['query']>[0]>) => (await log.query({ actor, limit: 10, ...filter })).items.map(({ participants }) => participants);

  it('answers newest first', async () => {
    expect(await participantsOf({})).toEqual([[], [ada, ben], [ben], [ada]]);
    expect([...at].sort().reverse()).toEqual(at);
  });

  it('answers by participant, also under another spelling of the id', async () => {
    expect(await participantsOf({ participant: ada })).toEqual([[ada, ben], [ada]]);
    expect(await participantsOf({ participant: ben.toUpperCase() })).toEqual([[ada, ben], [ben]]);
    expect(await participantsOf({ participant: randomUUID() })).toEqual([]);
    expect(await participantsOf({ actor: 'nobody' })).toEqual([]);
  });

  it('answers by time, both ends included', async () => {
    const [newest, third, second, first] = at;
    expect(await participantsOf({ from: second, until: third })).toEqual([[ada, ben], [ben]]);
    expect(await participantsOf({ until: first })).toEqual([[ada]]);
    expect(await participantsOf({ from: newest })).toEqual([[]]);
  });

  it('pages to the end, and new entries do not shift a page', async () => {
    const seen: unknown[] = [];
    let before: string | undefined;
    do {
      const page = await log.query({ participant: ada, limit: 1, before });
      seen.push(...page.items.map(({ participants }) => participants));
      before = page.next;
      if (seen.length === 1) await log.record(read({ participants: [ada] }));
    } while (before !== undefined && seen.length < 9);
    expect(seen).toEqual([[ada, ben], [ada]]);
  });

  it.each([
    ['participant', { participant: 'Ada' }],
    ['actor', { actor: 'a\0' }],
    ['from', { from: 'yesterday' }],
    ['until', { until: '2026-13-01T00:00:00Z' }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 501 }],
  ])('refuses a %s that is none', async (field, filter) => {
    await expect(log.query({ limit: 10, ...filter })).rejects.toMatchObject({ constructor: Invalid, faults: [{ field }] });
  });
});
