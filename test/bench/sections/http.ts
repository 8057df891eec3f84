import { setTimeout as pause } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { faultsIn } from '@cairn/stores/checker.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import type { Service } from '../../service.js';
import { Client } from '../client.js';
import { contentAfter } from '../contenders/cairn.js';
import type { Place } from '../place.js';
import { type RecordPlace, recordAt } from '../record.js';
import { interleaved, rate, type Summaries, type Way, type Window } from '../rounds.js';
import { startServer } from '../servers/start.js';
import type { Size } from '../size.js';
import { Visits } from '../visits.js';
import { itself } from './replay.js';

export type Answers = { readonly perSecond: number; readonly p50: number; readonly p99: number };

export interface HttpRow {
  readonly request: 'PUT attendance' | 'GET timeline';
  readonly connections: number;
  readonly contenders: Summaries<Answers>;
}

const CONNECTIONS = [1, 16, 64] as const;
const MOST_CONNECTIONS = 64;
/** Until V8 has compiled again what it let go of while others had their turn: what is measured is a service at work, not one that wakes up. */
const WARM_MS = 2_000;
/** How many caseloads there are, one after the other: enough for what Cairn takes in a run. */
const CASELOADS = 4;

/** A server and what was recorded through it. */
interface Asked {
  readonly client: Client;
  readonly visits: Visits;
}

export async function http(way: Way, place: Place, { httpMs, caseload }: Size): Promise<HttpRow[]> {
  const record = await recordAt(place, 'served');
  const [participants, timelined] = await participantsOf(record, caseload);
  const bareDatabase = await place.database('bare');
  await migrate(bareDatabase, storeMigrations);
  const { jwk, token: peersToken, issuer } = await tokenOfPeer();
  const service = await record.service();
  await caughtUp(service);
  const bare = await startServer('bare', { connection: bareDatabase });
  const nest = await startServer('nest-emmett', { connection: await place.database('nest_emmett'), jwk, issuer });
  const undo = [service.pid, bare.pid, nest.pid].map((pid) => way.also(pid));
  const asked = (url: string, token: string): Asked => ({ client: new Client(url, token, MOST_CONNECTIONS), visits: new Visits(participants, caseload) });
  const all = { cairn: asked(service.url, await service.token('worker')), bare: asked(bare.url, ''), 'nestjs-emmett': asked(nest.url, peersToken) };
  const attend = ({ client, visits }: Asked) => visits.record(client);
  try {
    const rows: HttpRow[] = [];
    for (const connections of CONNECTIONS) {
      const windows = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, (window: Window) => loaded(window, connections, httpMs, () => attend(each), MOST_CONNECTIONS)]));
      rows.push({ request: 'PUT attendance', connections, contenders: await interleaved(way, windows) });
    }
    const read = () => all.cairn.client.send('GET', `/v1/participants/${timelined}/timeline?limit=100`);
    rows.push({
      request: 'GET timeline',
      connections: 1,
      contenders: await interleaved(way, {
        alone: (window) => loaded(window, 1, httpMs, read),
        'under the load of 16': async (window) => {
          let going = true;
          const load = Promise.all(Array.from({ length: 16 }, async () => {
            while (going) await attend(all.cairn);
          }));
          const figures = await loaded(window, 1, httpMs, read);
          going = false;
          await load;
          return figures;
        },
      }),
    });
    return rows;
  } finally {
    await Promise.all(Object.values(all).map(({ client }) => client.close()));
    await Promise.all([service.stop(), bare.stop(), nest.stop()]);
    for (const each of undo) each();
    await mustHold(record, all.cairn.visits.receipts);
  }
}

/** A caseload with workers, and one participant with a long history, as everyday as it gets. */
async function participantsOf(record: RecordPlace, caseload: number): Promise<[string[], string]> {
  const seeder = await record.seeder();
  const [timelined = ''] = await seeder.fill(1 + (await seeder.store.head()));
  const participants = await seeder.caseload(CASELOADS * caseload);
  await seeder.close();
  return [participants, timelined];
}

/** Until the read models and the processes have seen the whole log: what they still had to do would be counted as the requests'. */
export async function caughtUp({ url }: Service): Promise<void> {
  for (;;) {
    const { readModels, processes } = (await (await fetch(`${url}/ready`)).json()) as Record<'readModels' | 'processes', { behind: number | null }>;
    if (readModels.behind === 0 && processes.behind === 0) return;
    await pause(20);
  }
}

async function tokenOfPeer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const issuer = 'https://bench.example';
  const token = await new SignJWT({ roles: ['worker'], sites: ['s1'] }).setProtectedHeader({ alg: 'ES256' }).setSubject('w1').setIssuer(issuer).setExpirationTime('2h').sign(privateKey);
  return { jwk: await exportJWK(publicKey), token, issuer };
}

/** @param warming connections that warm it up: one alone asks for too little in that time for V8 to compile what is asked */
export async function loaded(window: Window, connections: number, ms: number, once: () => Promise<unknown>, warming = connections): Promise<Answers> {
  const run = async (length: number, many: number) => {
    const took: number[] = [];
    const began = performance.now();
    await Promise.all(
      Array.from({ length: many }, async () => {
        for (let now = performance.now(); now < began + length; ) {
          await once();
          const then = performance.now();
          took.push(then - now);
          now = then;
        }
      }),
    );
    return { took, seconds: (performance.now() - began) / 1000 };
  };
  await run(Math.min(WARM_MS, ms / 2), warming);
  const { took, seconds } = await window.observe(() => run(ms, connections));
  return rate(took, seconds);
}

/** Every receipt's events are there once, and the whole log is in order. */
export async function mustHold({ connection }: RecordPlace, receipts: readonly string[]): Promise<void> {
  const store = await PostgresEventStore.open(connection);
  const content = await contentAfter(store, 0);
  await store.close();
  const there = new Set(content.map(({ id }) => id));
  const faults = faultsIn(content.map(itself), content, { dense: true });
  faults.push(...receipts.filter((id) => !there.has(id)).map((id) => `Event ${id} was acknowledged and is not there.`));
  if (faults.length > 0) throw new Error(`The log is not what was acknowledged: ${faults.slice(0, 5).join(' ')}`);
}
