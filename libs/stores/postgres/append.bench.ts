/**
 * Appends a second by 1, 16 and 64 writers, in turns with as many connections that each run a prepared INSERT of one row:
 *
 *   node_modules/.bin/node --experimental-transform-types --import ./libs/stores/test-fixtures/typescript.mjs libs/stores/postgres/append.bench.ts [postgres://…]
 *
 * Without a URL (of an empty database) it uses the embedded server, which allows the INSERTs 48 connections.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { connectionFromUrl, type Connection } from '@cairn/postgres/connection.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { storeMigrations } from './migrations.js';
import { PostgresEventStore } from './postgres-store.js';

const ROUNDS = 5;
const ROUND_MS = 1_500;
const DATA = JSON.stringify({ session: randomUUID(), note: 'x'.repeat(360) });
const META = JSON.stringify({ actor: randomUUID(), command: randomUUID(), correlation: randomUUID(), rest: 'y'.repeat(90) });

interface Round {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

type Append = (writer: number) => Promise<unknown>;

async function measure(writers: number, append: Append): Promise<Round> {
  const took: number[] = [];
  const began = performance.now();
  const end = began + ROUND_MS;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let now = performance.now(); now < end; ) {
        await append(writer);
        const then = performance.now();
        took.push(then - now);
        now = then;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  took.sort((a, b) => a - b);
  return { perSecond: took.length / seconds, p50: took[took.length >> 1] ?? 0, p99: took[Math.floor(took.length * 0.99)] ?? 0 };
}

const newEvent = () => ({ id: randomUUID(), type: 'SessionAttended', version: 1, data: DATA, meta: META });

/** Every writer starts a stream of its own with each append, as it does in the other contender. */
const appendTo = (store: PostgresEventStore): Append => () => store.append([{ stream: `bench-${randomUUID()}`, expected: -1, events: [newEvent()] }]);

async function insertWith(connection: Connection, most: number): Promise<{ append: Append; end: () => Promise<void> }> {
  const clients = await Promise.all(
    Array.from({ length: most }, async () => {
      const client = new pg.Client({ ...connection });
      await client.connect();
      return client;
    }),
  );
  const text = 'insert into raw_events (stream, revision, id, type, version, data, meta) values ($1, $2, $3, $4, $5, $6, $7)';
  const append: Append = (writer) => {
    const { id, type, version, data, meta } = newEvent();
    return clients[writer % clients.length]!.query({ name: 'insert', text, values: [`bench-${randomUUID()}`, 0, id, type, version, data, meta] });
  };
  return { append, end: async () => void (await Promise.all(clients.map((client) => client.end()))) };
}

const TABLE = `create table if not exists raw_events (position bigint generated always as identity primary key, stream text not null,
  revision int not null, id uuid not null unique, type text not null, version smallint not null, data text not null, meta text not null,
  recorded_at timestamptz not null default clock_timestamp(), unique (stream, revision))`;

async function bench(connection: Connection, most: number): Promise<void> {
  const owner = new pg.Client({ ...connection });
  await owner.connect();
  await owner.query(TABLE);
  await owner.end();
  const store = await PostgresEventStore.open(connection);
  for (const writers of [1, 16, 64]) {
    const inserts = await insertWith(connection, Math.min(writers, most));
    const rounds: Record<'append' | 'insert', Round[]> = { append: [], insert: [] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const pair = [await measure(writers, appendTo(store)), await measure(writers, inserts.append)] as const;
      // The first warms up.
      if (round > 0) [rounds.append[round - 1], rounds.insert[round - 1]] = pair;
    }
    await inserts.end();
    report(writers, rounds);
  }
  await store.close();
}

function report(writers: number, rounds: Record<'append' | 'insert', Round[]>): void {
  const median = (of: Round[], part: keyof Round) => of.map((round) => round[part]).sort((a, b) => a - b)[of.length >> 1] ?? 0;
  for (const contender of ['append', 'insert'] as const) {
    const [perSecond, p50, p99] = (['perSecond', 'p50', 'p99'] as const).map((part) => median(rounds[contender], part)) as [number, number, number];
    console.log(`${writers} writers, ${contender}: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
  }
  console.log(`${writers} writers, ratio: ${(median(rounds.append, 'perSecond') / median(rounds.insert, 'perSecond')).toFixed(2)}`);
}

const url = process.argv[2];
if (url) {
  const connection = connectionFromUrl(url);
  await migrate(connection, storeMigrations);
  await bench(connection, 64);
} else {
  const database = await freshDatabase(storeMigrations);
  try {
    await bench(database.connection, 48);
  } finally {
    await database.drop();
  }
}
