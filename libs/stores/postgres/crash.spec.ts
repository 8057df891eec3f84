import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable, type Appended, type Write } from '@cairn/kernel/event-store.js';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { faultsIn, type Attempt } from '../checker.js';
import { attempt, event, streamName, write, writeAtRandom } from '../contract-load.js';
import { proxyTo, type Proxy } from '../test-fixtures/proxy.js';
import { WriterProcess } from '../test-fixtures/writer-process.js';
import { storeMigrations } from './migrations.js';
import { PostgresEventStore } from './postgres-store.js';

/** As long as a machine may take that has much else to do. */
const PATIENCE_MS = 60_000;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain`);
    await pause(10);
  }
}

async function everything(store: PostgresEventStore) {
  for await (const page of store.follow(0, { signal: AbortSignal.timeout(PATIENCE_MS), batch: 100_000 })) return page;
  return [];
}

/** Sends it until it is answered, as whoever wants it written would: with the same event ids it is written once. */
async function answered(store: PostgresEventStore, append: readonly Write[]): Promise<Appended> {
  for (;;) {
    const told = await store.append(append).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error;
    });
    if (told) return told;
  }
}

const WRITERS = `select pid from pg_stat_activity where datname = current_database() and application_name = 'cairn log writer'`;
const writerPids = (connection: Connection) => signedIn(connection, async (client) => (await client.query<{ pid: number }>(WRITERS)).rows.map(({ pid }) => pid));

describe('a log that many write to', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const stores: PostgresEventStore[] = [];
  const proxies: Proxy[] = [];
  beforeEach(async () => {
    database = await freshDatabase(storeMigrations);
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    await database.drop();
  });
  const opened = async (connection = database.connection, patienceMs = PATIENCE_MS) => {
    const store = await PostgresEventStore.open(connection, { patienceMs });
    stores.push(store);
    return store;
  };

  it('keeps its word to two processes, one of them killed in the middle of its work', async () => {
    const streams = Array.from({ length: 3 }, streamName);
    const [killed, patient] = [new WriterProcess(database.connection, streams, 10_000), new WriterProcess(database.connection, streams, 100)];
    await until(() => killed.acknowledged > 100 && patient.acknowledged > 20);
    killed.kill();
    const attempts = (await Promise.all([killed.attempts(), patient.attempts()])).flat();
    expect(faultsIn(attempts, await everything(await opened()), { dense: true })).toEqual([]);
    const count = (outcome: Attempt['outcome']) => attempts.filter((each) => each.outcome === outcome).length;
    expect(count('acknowledged')).toBeGreaterThan(100);
    expect(count('refused')).toBeGreaterThan(0);
    expect(count('unknown')).toBeLessThanOrEqual(4);
  });

  it('gives every append its answer although the server ends the connection again and again', async () => {
    const streams = Array.from({ length: 4 }, streamName);
    const [one, two] = [await opened(), await opened()];
    let ended = 0;
    const terminating = signedIn(database.connection, async (client) => {
      while (ended < 20) {
        await pause(40);
        ended += (await client.query(`select pg_terminate_backend(pid) from (${WRITERS}) w`)).rowCount ?? 0;
      }
    });
    const load = Array.from({ length: 16 }, async (_, n) => {
      const attempts: Attempt[] = [];
      while (ended < 20) attempts.push(...(await writeAtRandom(n % 2 ? one : two, streams, 5)));
      return attempts;
    });
    const attempts = (await Promise.all(load)).flat();
    await terminating;
    expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set(['acknowledged', 'refused']));
    expect(faultsIn(attempts, await everything(one), { dense: true })).toEqual([]);
  });

  it('answers what was written and its answer lost, as it would have answered then', async () => {
    const proxy = await proxyTo(database.connection);
    proxies.push(proxy);
    const store = await opened(proxy.connection);
    const stream = streamName();
    await store.append([write(stream, -1, event())]);
    const sent = event({ data: 'the answer to this is lost' });
    proxy.swallowAnswerTo(sent.data);
    const others = [attempt(store, [write(stream, 0, sent)]), attempt(store, [write(stream, 1, event())]), attempt(store, [write(stream, 0)])];
    const answers = await Promise.all(others);
    // The server process that did not hear of the cut was ended, not waited for.
    expect(await writerPids(database.connection)).toHaveLength(1);
    expect(proxy.cuts()).toBe(1);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['acknowledged', 'acknowledged', 'refused']);
    expect(answers[0]).toMatchObject({ positions: [2], recordedAt: (await store.find(sent.id))?.recordedAt });
    expect(await store.head()).toBe(3);
  });

  it('waits for the end of the server process it lost before it sends anything again', async () => {
    const store = await opened(database.connection, 700);
    const [stuck] = await writerPids(database.connection);
    if (!stuck) throw new Error('no writer is connected');
    const append = [write(streamName(), -1, event())];
    process.kill(stuck, 'SIGSTOP');
    try {
      await expect(store.append(append)).rejects.toThrow(/no answer within 700 ms/);
      await expect(store.append(append)).rejects.toThrow(/no answer within 700 ms/);
      expect(await store.head()).toBe(0);
    } finally {
      process.kill(stuck, 'SIGCONT');
    }
    expect((await answered(store, append)).positions).toEqual([1]);
    expect(await writerPids(database.connection)).not.toContain(stuck);
    expect(await store.head()).toBe(1);
  });
});

describe('a log whose server stops dead', () => {
  it('goes on where it stood, and nothing acknowledged is lost', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cairn-crash-'));
    let server = await startEmbedded({ dataDir });
    try {
      await migrate(server.connection, storeMigrations);
      const store = await PostgresEventStore.open(server.connection, { pollMs: 50, patienceMs: PATIENCE_MS });
      const streams = Array.from({ length: 3 }, streamName);
      const stop = new AbortController();
      const followed: number[] = [];
      const following = (async () => {
        for await (const page of store.follow(0, { signal: stop.signal })) followed.push(...page.map(({ position }) => position));
      })();
      let restarts = 0;
      let acknowledged = 0;
      const writers = Array.from({ length: 8 }, async () => {
        const attempts: Attempt[] = [];
        while (restarts < 2) {
          const [each] = await writeAtRandom(store, streams, 1).catch(() => []);
          if (each) attempts.push(each);
          if (each?.outcome === 'acknowledged') acknowledged += 1;
        }
        return attempts;
      });
      const progress = (more: number, from = acknowledged) => until(() => acknowledged >= from + more);
      for (; restarts < 2; restarts += 1) {
        await progress(50);
        const { pid } = server;
        process.kill(pid, 'SIGQUIT');
        await until(() => !isAlive(pid));
        const { host } = server.connection;
        server = await startEmbedded({ dataDir });
        expect(server.connection.host).toBe(host);
        await progress(50);
      }
      const attempts = (await Promise.all(writers)).flat();
      const content = await everything(store);
      expect(faultsIn(attempts, content, { dense: true })).toEqual([]);
      expect(attempts.filter(({ outcome }) => outcome === 'unknown')).toEqual([]);
      await until(() => followed.length >= content.length);
      expect(followed).toEqual(content.map(({ position }) => position));
      stop.abort();
      await following;
      await store.close();
    } finally {
      await server.release();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
