import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { readMessagesBatch, type PostgresEventStore } from '@event-driven-io/emmett-postgresql';
import { dumbo } from '@event-driven-io/dumbo';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import type { Parts } from '@cairn/assembly/parts.js';
import { faultsIn, type Attempt } from '@cairn/stores/checker.js';
import type { PostgresEventStore as Store } from '@cairn/stores/postgres/postgres-store.js';
import { contentAfter } from '../contenders/cairn.js';
import { emmettStore, eventOf } from '../contenders/emmett.js';
import { attended, plain } from '../contenders/facts.js';
import { categoryOf, CATEGORIES, installMessageDb, messageDbPool } from '../contenders/message-db.js';
import { urlOf, type Place } from '../place.js';
import type { RecordPlace } from '../record.js';
import { interleaved, type Summaries, type Way, type Window } from '../rounds.js';
import type { Size } from '../size.js';

export type Pace = { readonly perSecond: number; readonly microseconds: number };

export interface ReplayRows {
  readonly log: { readonly events: number; readonly contenders: Summaries<Pace> };
  readonly stream: { readonly events: number; readonly contenders: Summaries<Pace> };
}

/** Logs of the same length in each store, filled once and read by several sections. */
export interface Logs {
  readonly record: RecordPlace;
  readonly store: Store;
  readonly parts: Parts;
  /** The participant with the long support stream. */
  readonly participant: string;
  readonly events: number;
  readonly emmett: { readonly connection: Connection; readonly store: PostgresEventStore };
  close(): Promise<void>;
}

const STREAM = 200;
const PAGE = 1_000;

export async function fillLogs(place: Place, record: RecordPlace, { logEvents, streamEvents }: Size): Promise<Logs & { messageDb: pg.Pool }> {
  const seeder = await record.seeder();
  const participant = await seeder.long(streamEvents);
  await seeder.fill(logEvents);
  const events = await seeder.store.head();
  const long = `support-${participant}`;
  const peers = await place.database('emmett_log');
  const emmett = await emmettStore(peers, 8);
  const lengths = [streamEvents, ...Array.from({ length: Math.ceil((events - streamEvents) / STREAM) }, () => STREAM)];
  for (const [index, length] of lengths.entries()) {
    const stream = index === 0 ? long : `support-${randomUUID()}`;
    for (let from = 0; from < length; from += STREAM) await emmett.store.appendToStream(stream, Array.from({ length: Math.min(STREAM, length - from) }, () => eventOf(plain(attended()))));
  }
  const messages = await place.database('message_db_log');
  await installMessageDb(messages);
  const messageDb = messageDbPool(messages, 4);
  for (const [index, length] of lengths.entries()) await fillMessageDb(messageDb, index === 0 ? `${categoryOf(participant)}-${participant}` : undefined, length);
  const parts = await record.parts();
  for (const connection of [record.connection, peers, messages]) await signedIn(connection, (client) => client.query('vacuum analyze'));
  return {
    record, store: seeder.store, parts, participant, events, messageDb,
    emmett: { connection: peers, store: emmett.store },
    close: async () => {
      const content = await contentAfter(seeder.store, 0);
      const faults = faultsIn(content.map(itself), content, { dense: true });
      await Promise.all([parts.close(), seeder.close(), emmett.close(), messageDb.end()]);
      if (faults.length > 0) throw new Error(`The log is not what it should be: ${faults.slice(0, 5).join(' ')}`);
    },
  };
}

/** Of what nobody but the log tells: that it is in order. */
export function itself(event: Awaited<ReturnType<typeof contentAfter>>[number]): Attempt {
  const { stream, revision, position, recordedAt } = event;
  return { writes: [{ stream, expected: revision - 1, events: [event] }], outcome: 'acknowledged', positions: [position], recordedAt };
}

async function fillMessageDb(pool: pg.Pool, stream: string | undefined, length: number): Promise<void> {
  const subject = randomUUID();
  const rows = Array.from({ length }, () => plain(attended()));
  await pool.query('select write_message(id, $1, type, data::jsonb, metadata::jsonb) from unnest($2::text[], $3::text[], $4::text[], $5::text[]) e (id, type, data, metadata)', [
    stream ?? `${categoryOf(subject)}-${subject}`,
    ...[rows.map(({ id }) => id), rows.map(({ type }) => type), rows.map(({ data }) => JSON.stringify(data)), rows.map(({ metadata }) => JSON.stringify(metadata))],
  ]);
}

export async function replay(way: Way, logs: Awaited<ReturnType<typeof fillLogs>>): Promise<ReplayRows> {
  const { store, parts, participant, events, emmett, messageDb, record } = logs;
  const stream = `support-${participant}`;
  const executor = dumbo({ connectionString: urlOf(emmett.connection) });
  const copies = new pg.Client({ ...record.connection });
  await copies.connect();
  const columns = 'position, stream, revision, id, type, version, data, meta, recorded_at';
  try {
    const log = await interleaved(way, {
      decoded: (window) => timed(window, () => decoded(parts, events)),
      raw: (window) => timed(window, () => contentPages(store, events)),
      copy: (window) => timed(window, async () => (await copied(copies, `copy (select ${columns} from log.events order by position) to stdout`), events)),
      emmett: (window) => timed(window, async () => {
        let count = 0;
        for (let after = 0n; ; ) {
          const page = await readMessagesBatch(executor.execute, { after, batchSize: PAGE });
          count += page.messages.length;
          after = page.currentGlobalPosition;
          if (!page.areMessagesLeft) return count;
        }
      }),
      'message-db': (window) => timed(window, async () => {
        const counts = await Promise.all(Array.from({ length: CATEGORIES }, (_, index) => category(messageDb, `support${index}`)));
        return counts.reduce((sum, count) => sum + count, 0);
      }),
    });
    const head = await store.head();
    const { length } = await store.read([{ stream }]);
    const one = await interleaved(way, {
      decoded: (window) => timed(window, async () => (await parts.journal.upTo([stream], head)).length),
      raw: (window) => timed(window, async () => (await store.read([{ stream }])).length),
      copy: (window) => timed(window, async () => (await copied(copies, `copy (select ${columns} from log.events where stream = '${stream}' order by revision) to stdout`), length)),
      emmett: (window) => timed(window, async () => (await emmett.store.readStream(stream)).events.length),
      'message-db': (window) => timed(window, async () => (await messageDb.query('select * from get_stream_messages($1, 0, -1)', [`${categoryOf(participant)}-${participant}`])).rows.length),
    });
    return { log: { events, contenders: log }, stream: { events: length, contenders: one } };
  } finally {
    await executor.close();
    await copies.end();
  }
}

export async function timed(window: Window, work: () => Promise<number>): Promise<Pace> {
  const { count, seconds } = await window.observe(async () => {
    const began = performance.now();
    return { count: await work(), seconds: (performance.now() - began) / 1000 };
  });
  return { perSecond: count / seconds, microseconds: (seconds * 1e6) / count };
}

/** Through the one door: opened, lifted and checked, in order. */
export async function decoded({ journal }: Parts, upTo: number): Promise<number> {
  return through(journal.follow(0, { signal: AbortSignal.timeout(600_000), batch: PAGE }), upTo);
}

function contentPages(store: Store, upTo: number): Promise<number> {
  return through(store.follow(0, { signal: AbortSignal.timeout(600_000), batch: PAGE }), upTo);
}

async function through(pages: AsyncIterable<readonly { readonly position: number }[]>, upTo: number): Promise<number> {
  let count = 0;
  for await (const page of pages) {
    count += page.length;
    if ((page.at(-1)?.position ?? 0) >= upTo) break;
  }
  return count;
}

async function category(pool: pg.Pool, name: string): Promise<number> {
  let count = 0;
  for (let position = 0; ; ) {
    const { rows } = await pool.query<{ global_position: string }>('select * from get_category_messages($1, $2, $3)', [name, position, PAGE]);
    count += rows.length;
    if (rows.length < PAGE) return count;
    position = Number(rows.at(-1)?.global_position) + 1;
  }
}

/** The bytes as they come, and nothing done with them: no client can be faster on this connection. */
async function copied(client: pg.Client, sql: string): Promise<void> {
  const { connection } = client as unknown as { connection: { stream: NodeJS.ReadableStream & { write(bytes: Buffer): void } } };
  const { stream } = connection;
  const listeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
  stream.removeAllListeners('data');
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(text.length + 4, 1);
  const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
  let tail: Buffer = Buffer.alloc(0);
  await new Promise<void>((resolve) => {
    const count = (chunk: Buffer) => {
      tail = chunk.length >= READY.length ? chunk.subarray(-READY.length) : Buffer.concat([tail, chunk]).subarray(-READY.length);
      if (!tail.equals(READY)) return;
      stream.removeListener('data', count);
      resolve();
    };
    stream.on('data', count);
    stream.write(Buffer.concat([head, text]));
  });
  for (const listener of listeners) stream.on('data', listener);
}
