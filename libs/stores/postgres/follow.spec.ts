import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { StoredEvent } from '@cairn/kernel/event-store.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { event, streamName, write } from '../contract-load.js';
import { storeMigrations } from './migrations.js';
import { callOf } from './batch.js';
import { PostgresEventStore } from './postgres-store.js';
import { Reader } from './reader.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
const stores: PostgresEventStore[] = [];
beforeEach(async () => {
  database = await freshDatabase(storeMigrations);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await database.drop();
});
/** As long as a machine may take that has much else to do. */
const PATIENCE_MS = 60_000;
/** In the time of a spec it does not look for itself. */
const NEVER = 10 * PATIENCE_MS;
const opened = async (pollMs: number) => {
  const store = await PostgresEventStore.open(database.connection, { pollMs });
  stores.push(store);
  return store;
};

/** Collects positions until it is stopped. */
function collect(store: PostgresEventStore) {
  const stop = new AbortController();
  const positions: number[] = [];
  const done = (async () => {
    for await (const page of store.follow(0, { signal: stop.signal })) positions.push(...page.map(({ position }) => position));
  })();
  return {
    positions,
    stop: async () => {
      stop.abort();
      await done;
    },
    async reaches(count: number) {
      for (const end = Date.now() + PATIENCE_MS; positions.length < count && Date.now() < end; ) await pause(5);
      expect(positions).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    },
  };
}

const one = () => [write(streamName(), -1, event())];
/** As a process would append whose NOTIFY never arrives. */
const appendUnheard = () => database.pool('cairn_service').query(callOf([one()]));
const ofListeners = `from pg_stat_activity where datname = current_database() and application_name = 'cairn log listener'`;
const listeners = () => signedIn(database.connection, async (client) => (await client.query(`select ${ofListeners}`)).rowCount);
async function listening(count: number) {
  for (const end = Date.now() + PATIENCE_MS; (await listeners()) !== count && Date.now() < end; ) await pause(10);
  expect(await listeners()).toBe(count);
}

async function waitingForALock() {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await signedIn(database.connection, async (client) => {
    while ((await client.query(waiting)).rowCount === 0) await pause(5);
  });
}

/** Meanwhile the server says nothing to who listens: its processes for them stand still. */
async function deaf(work: () => Promise<void>) {
  const { rows } = await signedIn(database.connection, (client) => client.query<{ pid: number }>(`select pid ${ofListeners}`));
  for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    for (const { pid } of rows) process.kill(pid, 'SIGCONT');
  }
}

describe('following the log', () => {
  it('hears of new events long before it would look for itself', async () => {
    const [store, writer] = [await opened(NEVER), await opened(NEVER)];
    const follower = collect(store);
    await listening(1);
    for (let n = 1; n <= 5; n += 1) {
      await writer.append(one());
      await follower.reaches(n);
    }
    await follower.stop();
  });

  it('tells others of many batches in few words, and of the last one too', async () => {
    const [store, writer] = [await opened(NEVER), await opened(NEVER)];
    const follower = collect(store);
    await listening(1);
    let words = 0;
    await signedIn(database.connection, async (client) => {
      client.on('notification', () => (words += 1));
      await client.query('listen cairn_log');
      const began = performance.now();
      for (let n = 0; n < 100; n += 1) await writer.append(one());
      await follower.reaches(100);
      // Before this is answered, whatever was to be told has been.
      await client.query('select');
      expect(words).toBeLessThanOrEqual((performance.now() - began) / 10 + 2);
    });
    expect(words).toBeGreaterThan(0);
    await follower.stop();
  });

  it('hears of what its own process writes without a word from the server', async () => {
    const store = await opened(NEVER);
    const follower = collect(store);
    await listening(1);
    await deaf(async () => {
      await store.append(one());
      await follower.reaches(1);
    });
    await follower.stop();
  });

  it('reads once what several come to, and holds it for nobody who has had it or has stopped', async () => {
    const store = await opened(NEVER);
    const stop = new AbortController();
    const following = (batch: number, after = 0) => {
      const pages = store.follow(after, { signal: stop.signal, batch })[Symbol.asyncIterator]();
      return { next: async () => ((await pages.next()) as { value: StoredEvent[] }).value, stop: () => pages.return?.() };
    };
    for (let n = 0; n < 3; n += 1) await store.append(one());
    const [first, second, third] = [following(10), following(2), following(1, 2)];
    const [begun, two, three] = await first.next();
    expect((await second.next()).map((event, nth) => event === [begun, two][nth])).toEqual([true, true]);
    // The second has still to come to the third event; when it has stopped, nobody has.
    await store.append(one());
    await first.next();
    expect((await third.next())[0]).toBe(three);
    await second.stop();
    await store.append(one());
    await first.next();
    expect((await following(1, 2).next())[0]).not.toBe(three);
    expect(three?.position).toBe(3);
    stop.abort();
  });

  it('looks for itself when it hears nothing', async () => {
    const follower = collect(await opened(50));
    await listening(1);
    for (let n = 1; n <= 3; n += 1) {
      await appendUnheard();
      await follower.reaches(n);
    }
    await follower.stop();
  });

  it('goes on, and hears again, after its connections were ended', async () => {
    const store = await opened(100);
    const follower = collect(store);
    await listening(1);
    await store.append(one());
    await follower.reaches(1);
    await signedIn(database.connection, (client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'cairn log %'`),
    );
    await appendUnheard();
    await follower.reaches(2);
    await listening(1);
    await store.append(one());
    await follower.reaches(3);
    await follower.stop();
  });

  it('shares one listening connection, and gives it up with the last follower', async () => {
    const store = await opened(100);
    const followers = [collect(store), collect(store), collect(store)];
    await listening(1);
    await store.append(one());
    await Promise.all(followers.map((follower) => follower.reaches(1)));
    await followers[0]?.stop();
    await followers[1]?.stop();
    expect(await listeners()).toBe(1);
    await followers[2]?.stop();
    await listening(0);
    const again = collect(store);
    await again.reaches(1);
    await listening(1);
    await again.stop();
  });

  it('has the server read the page after a full one while that is used, and no further', async () => {
    const store = await opened(NEVER);
    for (let n = 0; n < 6; n++) await store.append([write(streamName(), -1, event())]);
    const read = jest.spyOn(Reader.prototype, 'page');
    const reading = async () => (await Promise.allSettled(read.mock.results.map(({ value }) => value as Promise<unknown>))).map(({ status }) => status);
    const pages = store.follow(0, { signal: new AbortController().signal, batch: 2 })[Symbol.asyncIterator]();
    expect((await pages.next()).value).toHaveLength(2);
    expect(await reading()).toEqual(['fulfilled', 'fulfilled']);
    await database.pool('cairn_owner').query('revoke select on log.events from cairn_service');
    expect((await pages.next()).value).toHaveLength(2);
    expect(await reading()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await database.pool('cairn_owner').query('grant select on log.events to cairn_service');
    await expect(pages.next()).rejects.toThrow(/permission denied/);
    read.mockRestore();
  });

  it('leaves nothing behind on the signal, however many batches it gave', async () => {
    const store = await opened(100);
    const stop = new AbortController();
    await store.append([write(streamName(), -1, ...Array.from({ length: 50 }, () => event()))]);
    let pages = 0;
    for await (const page of store.follow(0, { signal: stop.signal, batch: 1 })) {
      pages += page.length;
      if (pages === 50) break;
    }
    await listening(0);
    stop.abort();
    expect(pages).toBe(50);
  });

  it('ends promptly on the signal when the server keeps it waiting', async () => {
    const store = await opened(NEVER);
    const client = await database.pool('cairn_owner').connect();
    await client.query('begin; lock table log.events in access exclusive mode');
    const stop = new AbortController();
    const next = store.follow(0, { signal: stop.signal })[Symbol.asyncIterator]().next();
    await waitingForALock();
    stop.abort();
    // The table is given free only after that.
    expect((await next).done).toBe(true);
    await client.query('rollback');
    client.release();
  });

  it('leaves no connection when the store is closed, also of whoever never asked again', async () => {
    const store = await opened(NEVER);
    await store.append(one());
    const following = store.follow(0, { signal: new AbortController().signal })[Symbol.asyncIterator]();
    await following.next();
    await listening(1);
    await store.close();
    await listening(0);
  });

  it('ends when the store is closed', async () => {
    const store = await opened(NEVER);
    const follower = collect(store);
    await listening(1);
    await store.close();
    await follower.stop();
    await listening(0);
  });
});
