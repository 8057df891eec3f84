import type { PoolClient } from 'pg';
import { freshDatabase } from '@cairn/postgres/testing.js';
import type { DatabaseRole } from '@cairn/postgres/connection.js';
import { event, write } from '../contract-load.js';
import { storeMigrations } from './migrations.js';
import { PostgresEventStore } from './postgres-store.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  database = await freshDatabase(storeMigrations);
  const store = await PostgresEventStore.open(database.connection);
  await store.append([write('kept', -1, event(), event())]);
  await store.close();
});
afterAll(() => database.drop());

/** Says why a statement is refused; nothing it does stays. */
async function refusal(role: DatabaseRole, ...statements: string[]): Promise<string | undefined> {
  const client: PoolClient = await database.pool(role).connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const CHANGES = [
  `update log.events set data = 'forged'`,
  `update log.events set recorded_at = now() where false`,
  'delete from log.events',
  'delete from log.events where position = 2',
  'truncate log.events',
  'merge into log.events e using (values (1)) v (p) on e.position = v.p when matched then delete',
  `insert into log.events select * from log.events where position = 1 on conflict (position) do update set data = 'forged'`,
];

describe('an event in the log', () => {
  it.each(CHANGES)('is not changed by the owner of the table: %s', async (change) => {
    expect(await refusal('cairn_owner', change)).toMatch(/The log keeps what it holds: \w+ of log.events is refused. Record a correction instead./);
  });

  it.each([...CHANGES, `insert into log.events select 3, 'forged', 0, gen_random_uuid(), 't', 1, '', '', now()`])('is not touched by the service: %s', async (change) => {
    expect(await refusal('cairn_service', change)).toMatch(/permission denied for table events/);
  });

  it('is read by the service, which can neither move the counter nor the clock', async () => {
    expect(await refusal('cairn_service', 'select * from log.events', 'select * from log.counter')).toBeUndefined();
    expect(await refusal('cairn_service', 'update log.counter set position = 0')).toMatch(/permission denied/);
    expect(await refusal('cairn_service', 'select log.now()')).toMatch(/permission denied/);
    expect(await refusal('cairn_service', `create or replace function log.now() returns timestamptz language sql as 'select now()'`)).toMatch(/permission denied|must be owner/);
    expect(await refusal('cairn_service', 'alter table log.events disable trigger kept')).toMatch(/must be owner/);
    expect(await refusal('cairn_service', 'drop table log.events')).toMatch(/must be owner/);
  });

  it('is out of reach of every other role', async () => {
    for (const statement of ['select * from log.events', 'select * from log.counter', `select log.append(1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')`, `select log.append_one('s', -1, gen_random_uuid(), 't', 1, '', '')`]) {
      expect(await refusal('cairn_keyring', statement)).toMatch(/permission denied for schema log/);
    }
  });

  it('cannot lose its place by the loss of the counter, or by a second one', async () => {
    for (const statement of ['delete from log.counter', 'truncate log.counter', 'insert into log.counter values (false)', 'insert into log.counter select where false']) {
      expect(await refusal('cairn_owner', statement)).toMatch(/The log keeps what it holds/);
    }
  });

  it('is written by functions whose search path nobody can bend, or that need none, being understood when they are made', async () => {
    const { rows } = await database.pool('cairn_service').query(
      `select proname, proconfig from pg_proc where pronamespace = 'log'::regnamespace and proconfig is distinct from '{"search_path=pg_catalog, pg_temp"}' and prosqlbody is null`,
    );
    expect(rows).toEqual([]);
  });
});
