import { setTimeout as pause } from 'node:timers/promises';
import { signedIn } from '@cairn/postgres/connection.js';
import type { Service } from '../../service.js';
import { Client } from '../client.js';
import { memoryOf } from '../machine.js';
import type { Place } from '../place.js';
import { attended } from '../contenders/facts.js';
import { recordAt, type RecordPlace, type Seeder } from '../record.js';
import { interleaved, rate, type Summaries, type Summary, type Way, type Window } from '../rounds.js';
import type { Size } from '../size.js';
import { loaded, mustHold, type Answers } from './http.js';

export interface GrowthRow {
  readonly events: number;
  readonly append: Summary<Answers> | undefined;
  /** Each a request through HTTP; `timeline` and `replay` of one and the same participant. */
  readonly reads: Summaries<Answers>;
  /** MB, of the service and of PostgreSQL. */
  readonly memory: { readonly service: number; readonly postgres: number };
  readonly bytesPerEvent: number;
}

export interface Growth {
  readonly rows: readonly GrowthRow[];
  /** Of time = c × events^exponent, from the first size to the last. */
  readonly exponents: Readonly<Record<string, number>>;
}

const CAUGHT_UP_MS = 3_600_000;
const WRITERS = 32;

/** The same few things on one log as it grows: reads through a service that has caught up, then appends to it while nothing else runs. */
export async function growth(way: Way, place: Place, size: Size): Promise<Growth> {
  const record = await recordAt(place, 'grown');
  const seeder = await record.seeder();
  const receipts: string[] = [];
  const rows: GrowthRow[] = [];
  try {
    const [participant = ''] = await seeder.fill(1 + (await seeder.store.head()));
    for (const events of size.growth) {
      const { writers, ...reads } = await served(way, place, record, seeder, { events, participant, ms: size.windowMs });
      const { append } = await interleaved(way, { append: (window) => appended(window, seeder, writers, { ms: size.windowMs, events: events / 10 }, receipts) });
      rows.push({ events, append, ...reads });
      way.step(`${events} events`);
    }
    return { rows, exponents: exponentsOf(rows) };
  } finally {
    await seeder.close();
    await mustHold(record, receipts);
  }
}

/** Every writer goes on with a participant of its own, for so long, and no further than the log stays about as large as it was. */
async function appended(window: Window, seeder: Seeder, writers: readonly Writer[], most: { ms: number; events: number }, receipts: string[]): Promise<Answers> {
  const { took, seconds } = await window.observe(async () => {
    const times: number[] = [];
    const began = performance.now();
    await Promise.all(
      writers.map(async (writer) => {
        for (let now = began; now < began + most.ms && times.length < most.events; ) {
          receipts.push(...(await seeder.append(writer.participant, writer.revision, [attended()])));
          writer.revision++;
          const then = performance.now();
          times.push(then - now);
          now = then;
        }
      }),
    );
    return { took: times, seconds: (performance.now() - began) / 1000 };
  });
  return rate(took, seconds);
}

interface Writer {
  readonly participant: string;
  revision: number;
}

/** The service takes in the log while it is filled, which is most of what this section lasts. */
async function served(way: Way, place: Place, record: RecordPlace, seeder: Seeder, { events, participant, ms }: { events: number; participant: string; ms: number }): Promise<Omit<GrowthRow, 'events' | 'append'> & { writers: Writer[] }> {
  const service = await record.service();
  const undo = way.also(service.pid);
  const clients: Client[] = [];
  try {
    await seeder.fill(events);
    const writers = (await seeder.caseload(WRITERS)).map((each) => ({ participant: each, revision: 0 }));
    await caughtUp(record, seeder);
    await signedIn(record.connection, (client) => client.query('vacuum analyze'));
    const ask = async (role: 'worker' | 'auditor' | 'researcher' | 'analyst', path: string) => {
      const client = new Client(service.url, await service.token(role), 1);
      clients.push(client);
      return (window: Window) => loaded(window, 1, ms, () => client.send('GET', path));
    };
    const reads = await interleaved(way, {
      timeline: await ask('worker', `/v1/participants/${participant}/timeline?limit=100`),
      replay: await ask('auditor', `/v1/participants/${participant}/replay`),
      'site list': await ask('researcher', '/v1/participants?site=s1'),
      'anonymous log': await ask('analyst', '/v1/anonymous-log?programme=core'),
    });
    return { writers, reads, ...(await sizesOf(record, service, place)) };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    undo();
    await service.stop();
  }
}

/** Until read models and processes have taken in all that is in the log, what the processes wrote included. */
async function caughtUp({ connection }: RecordPlace, { store }: Seeder): Promise<void> {
  const until = performance.now() + CAUGHT_UP_MS;
  await signedIn(connection, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ position: string }>('select least((select position from read.checkpoint), (select min(position) from process.checkpoint)) as position');
      if (Number(rows[0]?.position) >= (await store.head())) return;
      if (performance.now() > until) throw new Error('The read models did not catch up with the log within an hour.');
      await pause(100);
    }
  });
}

async function sizesOf({ connection }: RecordPlace, { pid }: Service, place: Place): Promise<Pick<GrowthRow, 'memory' | 'bytesPerEvent'>> {
  const bytes = await signedIn(connection, async (client) => (await client.query<{ bytes: string; events: string }>(`select pg_database_size(current_database()) as bytes, (select max(position) from log.events) as events`)).rows[0]);
  return { memory: { service: memoryOf(pid), postgres: memoryOf(place.pid) }, bytesPerEvent: Number(bytes?.bytes) / Number(bytes?.events) };
}

function exponentsOf(rows: readonly GrowthRow[]): Record<string, number> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || rows.length < 2) return {};
  const exponent = (before: number | undefined, after: number | undefined) => (before && after ? [Math.log(after / before) / Math.log(last.events / first.events)] : []);
  const appended = exponent(first.append && 1 / first.append.perSecond, last.append && 1 / last.append.perSecond);
  const read = Object.keys(first.reads).map((name) => [name, exponent(first.reads[name]?.p50, last.reads[name]?.p50)] as const);
  return Object.fromEntries([['append', appended] as const, ...read].flatMap(([name, [value]]) => (value === undefined ? [] : [[name, value]])));
}
