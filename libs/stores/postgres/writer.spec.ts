import { setTimeout as pause } from 'node:timers/promises';
import { StaleRevision, StoreBusy, StoreRefused, StoreUnavailable } from '@cairn/kernel/event-store.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { faultsIn } from '../checker.js';
import { attempt, event, streamName, write } from '../contract-load.js';
import { callOf } from './batch.js';
import { storeMigrations } from './migrations.js';
import { PostgresEventStore, type PostgresStoreOptions } from './postgres-store.js';
import { refuseUnsafe, UnsafeSettings } from './safe-settings.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
const stores: PostgresEventStore[] = [];

beforeEach(async () => {
  database = await freshDatabase(storeMigrations);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await database.drop();
});

async function opened(options: PostgresStoreOptions = {}): Promise<PostgresEventStore> {
  const store = await PostgresEventStore.open(database.connection, options);
  stores.push(store);
  return store;
}

const owner = (sql: string) => database.pool('cairn_owner').query(sql);
const batches = async () => (await database.pool('cairn_service').query<{ size: number }>('select count(*)::int as size from log.events group by recorded_at order by recorded_at')).rows.map(({ size }) => size);
/** How many the stores have, once those that were given up have gone. */
const connections = () =>
  signedIn(database.connection, async (client) => {
    const count = async () => (await client.query(`select from pg_stat_activity where datname = current_database() and application_name like 'cairn log %'`)).rowCount;
    for (const end = Date.now() + 60_000; (await count()) && Date.now() < end; ) await pause(10);
    return count();
  });
const waitingForALock = () =>
  signedIn(database.connection, async (client) => {
    while ((await client.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rowCount === 0) await pause(5);
  });
const everything = async (store: PostgresEventStore) => {
  for await (const page of store.follow(0, { signal: AbortSignal.timeout(60_000), batch: 100_000 })) return page;
  return [];
};

describe('appends that wait together', () => {
  it('go in batches of at most so many events, and one that is larger goes alone', async () => {
    const store = await opened({ batchEvents: 10 });
    const sizes = [4, 4, 4, 25, 1, 9, 1];
    await Promise.all(sizes.map((size) => store.append([write(streamName(), -1, ...Array.from({ length: size }, () => event()))])));
    expect(await batches()).toEqual([8, 4, 25, 10, 1]);
  });

  it('of a hundred events each go two to a batch: the server waits for the disk half as often', async () => {
    const store = await opened();
    await Promise.all(Array.from({ length: 4 }, () => store.append([write(streamName(), -1, ...Array.from({ length: 100 }, () => event()))])));
    expect(await batches()).toEqual([200, 200]);
  });

  it('go in two halves, so that the server has the one while this process has the other', async () => {
    const store = await opened();
    await Promise.all(Array.from({ length: 12 }, () => store.append([write(streamName(), -1, event())])));
    expect(await batches()).toEqual([6, 6]);
  });

  it('go in one when they are few: a second commit would cost more than it brings forward', async () => {
    const store = await opened();
    await Promise.all(Array.from({ length: 5 }, () => store.append([write(streamName(), -1, event())])));
    expect(await batches()).toEqual([5]);
  });

  it('are all taken when they follow one another on one stream, and stand in the order sent, densely', async () => {
    const store = await opened({ batchEvents: 16 });
    const stream = streamName();
    const attempts = await Promise.all(Array.from({ length: 200 }, (_, n) => attempt(store, [write(stream, n - 1, event({ data: String(n) }))])));
    expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['acknowledged']));
    const content = await everything(store);
    expect(faultsIn(attempts, content, { dense: true })).toEqual([]);
    expect(content.map(({ data }) => data)).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
  });

  it('do not hinder one another when some are stale, repeated or only check', async () => {
    const store = await opened();
    const [one, two] = [streamName(), streamName()];
    const first = [write(one, -1, event())];
    const told = await store.append(first);
    const answers = await Promise.allSettled([
      store.append([write(two, -1, event())]),
      store.append([write(one, -1, event())]),
      store.append(first),
      store.append([write(one, 0)]),
      store.append([write(two, 0, event()), write(one, 0, event())]),
      store.append([write(one, 0)]),
      store.append([write(two, 1, event())]),
      store.append([]),
    ]);
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.positions : answer.reason))).toEqual([
      [2], expect.any(StaleRevision), told.positions, [], [3, 4], expect.any(StaleRevision), [5], [],
    ]);
    expect(answers[2]).toMatchObject({ value: told });
    expect(answers[1]).toMatchObject({ reason: { stream: one, expected: -1, actual: 0 } });
    expect(answers[5]).toMatchObject({ reason: { stream: one, expected: 0, actual: 1 } });
  });

  it('leave no gap where one alone is stale or repeated', async () => {
    const store = await opened();
    const stream = streamName();
    const first = [write(stream, -1, event())];
    const told = await store.append(first);
    await expect(store.append([write(stream, -1, event())])).rejects.toMatchObject({ stream, expected: -1, actual: 0 });
    expect(await store.append(first)).toEqual({ ...told, repeated: true });
    expect((await store.append([write(stream, 0, event())])).positions).toEqual([2]);
  });

  it('are not harmed by one that the database alone refuses, nor are those sent after it', async () => {
    await owner(`alter table log.events add constraint no_moss check (type <> 'Moss')`);
    const store = await opened({ batchEvents: 8 });
    const stream = streamName();
    const bad = () => [write(streamName(), -1, event({ type: 'Moss' }))];
    const attempts = await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => attempt(store, [write(stream, n - 1, event())])),
      attempt(store, bad()),
      attempt(store, [write(streamName(), -1, event()), ...bad()]),
      // In the batch that is in flight when the first fails, and stale unless it waits for that to be sent again.
      ...Array.from({ length: 30 }, (_, n) => attempt(store, [write(stream, n + 3, event())])),
    ]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(attempts.map((_, n) => (n === 4 || n === 5 ? 'refused' : 'acknowledged')));
    expect(faultsIn(attempts, await everything(store), { dense: true })).toEqual([]);
    await expect(store.append(bad())).rejects.toThrow(/cannot hold this append, and nothing was written: .*no_moss/);
    await expect(store.append(bad())).rejects.toBeInstanceOf(StoreRefused);
  });

  it('are not taken before they are committed: what is refused then has been answered already', async () => {
    await owner(`
      create function log.too_late() returns trigger language plpgsql as $$ begin raise exception 'too late' using errcode = 'check_violation'; end $$;
      create constraint trigger too_late after insert on log.events deferrable initially deferred for each row when (new.type = 'Late') execute function log.too_late()`);
    const store = await opened();
    await expect(store.append([write(streamName(), -1, event({ type: 'Late' }))])).rejects.toThrow(/nothing was written: too late/);
    await expect(store.append([write(streamName(), -1, event(), event({ type: 'Late' }))])).rejects.toBeInstanceOf(StoreRefused);
    expect((await store.append([write(streamName(), -1, event())])).positions).toEqual([1]);
  });

  it('see what another process is about to commit, also when they only check', async () => {
    const store = await opened();
    const stream = streamName();
    await store.append([write(stream, -1, event())]);
    const other = await database.pool('cairn_service').connect();
    await other.query('begin');
    await other.query(callOf([[write(stream, 0, event())]]));
    let answered = false;
    const check = store.append([write(stream, 0)]).finally(() => (answered = true));
    const refused = expect(check).rejects.toMatchObject({ stream, expected: 0, actual: 1 });
    await waitingForALock();
    expect(answered).toBe(false);
    await other.query('commit');
    await refused;
    other.release();
  });

  it('stand in the order of time even when the clock goes back', async () => {
    const store = await opened();
    const clock = (time: string) => owner(`create or replace function log.now() returns timestamptz language sql as $$ select '${time}'::timestamptz $$`);
    const told: string[] = [];
    for (const time of ['2031-03-31 01:30:00.000001+01', '2031-03-31 01:29:00+01', '2031-03-31 01:30:00.1+01']) {
      await clock(time);
      told.push((await store.append([write(streamName(), -1, event())])).recordedAt);
    }
    expect(told).toEqual(['2031-03-31T00:30:00.000001Z', '2031-03-31T00:30:00.000001Z', '2031-03-31T00:30:00.100000Z']);
    expect((await everything(store)).map(({ recordedAt }) => recordedAt)).toEqual(told);
  });
});

describe('a store under pressure', () => {
  /** Takes the counter's lock, as a process would that hangs in the middle of an append. */
  async function holdingTheCounter(work: () => Promise<void>): Promise<void> {
    const client = await database.pool('cairn_owner').connect();
    await client.query('begin; select from log.counter for update');
    try {
      await work();
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  it('says at once that it is busy when its queue is full, and writes nothing of what it turned away', async () => {
    const store = await opened({ queueAppends: 5 });
    const waiting: Promise<unknown>[] = [];
    await holdingTheCounter(async () => {
      waiting.push(...Array.from({ length: 5 }, () => store.append([write(streamName(), -1, event())])));
      await expect(store.append([write(streamName(), -1, event())])).rejects.toBeInstanceOf(StoreBusy);
    });
    await Promise.all(waiting);
    expect(await store.head()).toBe(5);
    await store.append([write(streamName(), -1, event())]);
  });

  it('counts the bytes that wait, too, but always takes one', async () => {
    const store = await opened({ queueBytes: 1_000 });
    const big = () => store.append([write(streamName(), -1, event({ data: 'x'.repeat(2_000) }))]);
    const [first, second] = await Promise.allSettled([big(), big()]);
    expect([first?.status, second]).toMatchObject(['fulfilled', { reason: expect.any(StoreBusy) }]);
  });

  it('gives up in time when it gets no answer, and a repeat tells what became of it', async () => {
    const store = await opened({ patienceMs: 2_000 });
    const append = [write(streamName(), -1, event())];
    await holdingTheCounter(async () => {
      // The lock is given up only after that.
      await expect(store.append(append)).rejects.toThrow(/no answer within 2000 ms \(.*timeout\).* sending it again with the same event ids is safe/);
    });
    expect((await store.append(append)).positions).toEqual([1]);
    expect(await store.head()).toBe(1);
  });

  it('answers everything it has taken before it closes, and takes no more', async () => {
    const store = await opened({ batchEvents: 4 });
    const taken = Array.from({ length: 50 }, () => store.append([write(streamName(), -1, event())]));
    await pause(1);
    const closed = store.close();
    await expect(store.append([write(streamName(), -1, event())])).rejects.toBeInstanceOf(StoreUnavailable);
    await closed;
    expect((await Promise.all(taken)).length).toBe(50);
    expect(await connections()).toBe(0);
    expect(await (await opened()).head()).toBe(50);
    await store.close();
  });
});

describe('a store that opens', () => {
  it('leaves the log as it was, its clock too', async () => {
    const counter = async () => (await owner('select position::int, recorded_at::text from log.counter')).rows;
    await opened();
    expect(await counter()).toEqual([{ position: 0, recorded_at: '-infinity' }]);
  });

  it('refuses a database that would acknowledge what a crash can lose, and leaves no connection', async () => {
    const name = database.connection.database;
    await signedIn(database.connection, (client) => client.query(`alter database ${name} set synchronous_commit = off`));
    await expect(opened()).rejects.toThrow(/synchronous_commit = off: a crash could lose .* Set synchronous_commit = on/);
    await expect(opened()).rejects.toBeInstanceOf(UnsafeSettings);
    expect(await connections()).toBe(0);
  });

  it('refuses fsync = off, and takes every setting that waits for the disk', () => {
    expect(() => refuseUnsafe('cairn', { fsync: 'off', synchronous_commit: 'on' })).toThrow(/fsync = off/);
    for (const synchronous_commit of ['on', 'local', 'remote_write', 'remote_apply']) refuseUnsafe('cairn', { fsync: 'on', synchronous_commit });
  });

  it('has called both functions before the first append does, and has written nothing', async () => {
    const name = database.connection.database;
    await signedIn(database.connection, (client) => client.query(`alter database ${name} set track_functions = 'pl'`));
    const store = await opened();
    await store.close();
    const { rows } = await database.pool('cairn_owner').query(`select funcname from pg_stat_user_functions where schemaname = 'log' and funcname like 'append%' order by 1`);
    expect(rows).toEqual([{ funcname: 'append' }, { funcname: 'append_one' }]);
    expect((await (await opened()).append([write(streamName(), -1, event())])).positions).toEqual([1]);
  });

  it('says so when the database cannot be reached or has no log', async () => {
    await expect(PostgresEventStore.open({ ...database.connection, database: 'nowhere' })).rejects.toBeInstanceOf(StoreUnavailable);
    const empty = await freshDatabase([]);
    await expect(PostgresEventStore.open(empty.connection)).rejects.toThrow(/could not be read: relation "log.events" does not exist/);
    await empty.drop();
  });
});
