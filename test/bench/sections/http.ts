import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { attendance } from '@cairn/record/support/examples.js';
import { faultsIn } from '@cairn/stores/checker.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import type { Service } from '../../service.js';
import { contentAfter } from '../contenders/cairn.js';
import type { Place } from '../place.js';
import { type RecordPlace, recordAt } from '../record.js';
import { interleaved, rate, type Summaries, type Way, type Window } from '../rounds.js';
import { startServer } from '../servers/start.js';
import type { Size } from '../size.js';
import { itself } from './replay.js';

export type Answers = { readonly perSecond: number; readonly p50: number; readonly p99: number };

export interface HttpRow {
  readonly request: 'PUT attendance' | 'GET timeline';
  readonly connections: number;
  readonly contenders: Summaries<Answers>;
}

const CONNECTIONS = [1, 16, 64] as const;
const WARM_MS = 300;

/** Sends requests on so many connections that stay open, and asks for nothing but that they are answered well. */
export interface Sender {
  readonly agent: Agent;
  readonly url: string;
  readonly token: string;
  /** Events of every receipt, when they are kept. */
  readonly receipts?: string[];
  /** How many visits each participant has had. */
  readonly visits: Map<string, number>;
}

export async function http(way: Way & { also(pid: number): () => void }, place: Place, { httpMs, caseload }: Size): Promise<HttpRow[]> {
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
  const receipts: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  try {
    const senders: Record<string, Sender> = {
      cairn: { agent, url: service.url, token: await service.token('worker'), receipts, visits: new Map() },
      bare: { agent, url: bare.url, token: '', visits: new Map() },
      'nestjs-emmett': { agent, url: nest.url, token: peersToken, visits: new Map() },
    };
    const rows: HttpRow[] = [];
    for (const connections of CONNECTIONS) {
      const windows = Object.fromEntries(Object.entries(senders).map(([name, sender]) => [name, (window: Window) => loaded(window, connections, httpMs, (n) => attend(sender, participants[n % participants.length] ?? ''))]));
      rows.push({ request: 'PUT attendance', connections, contenders: await interleaved(way, windows) });
    }
    const cairn = senders['cairn']!;
    const read = () => send(cairn, 'GET', `/v1/participants/${timelined}/timeline?limit=100`);
    rows.push({
      request: 'GET timeline',
      connections: 1,
      contenders: await interleaved(way, {
        alone: (window) => loaded(window, 1, httpMs, read),
        'under the load of 16': async (window) => {
          let going = true;
          const load = Promise.all(Array.from({ length: 16 }, async (_, n) => {
            while (going) await attend(cairn, participants[n % participants.length] ?? '');
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
    agent.destroy();
    await Promise.all([service.stop(), bare.stop(), nest.stop()]);
    for (const each of undo) each();
    await mustHold(record, receipts);
  }
}

/** A caseload with workers, and one participant with a long history, as everyday as it gets. */
async function participantsOf(record: RecordPlace, caseload: number): Promise<[string[], string]> {
  const seeder = await record.seeder();
  const [timelined = ''] = await seeder.fill(1 + (await seeder.store.head()));
  const participants = await seeder.caseload(caseload);
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

export async function loaded(window: Window, connections: number, ms: number, once: (n: number) => Promise<unknown>): Promise<Answers> {
  let n = 0;
  const run = async (length: number) => {
    const took: number[] = [];
    const began = performance.now();
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let now = performance.now(); now < began + length; ) {
          await once(n++);
          const then = performance.now();
          took.push(then - now);
          now = then;
        }
      }),
    );
    return { took, seconds: (performance.now() - began) / 1000 };
  };
  await run(Math.min(WARM_MS, ms));
  const { took, seconds } = await window.observe(() => run(ms));
  return rate(took, seconds);
}

/** One visit a day: two on one day would be looked into as possible duplicates. Winter days, whose offset needs no thought. */
function bodyOf(visit: number): string {
  const day = new Date(Date.UTC(2025 - Math.floor(visit / 110), 10, 1 + (visit % 110))).toISOString().slice(0, 10);
  return JSON.stringify({ ...attendance, occurred: { at: `${day}T14:00:00+00:00` } });
}

export async function attend(sender: Sender, participant: string): Promise<void> {
  const visit = sender.visits.get(participant) ?? 0;
  sender.visits.set(participant, visit + 1);
  const text = await send(sender, 'PUT', `/v1/participants/${participant}/sessions/${randomUUID()}/attendance`, bodyOf(visit));
  sender.receipts?.push(...(JSON.parse(text) as { events: string[] }).events);
}

export function send({ agent, url, token }: Pick<Sender, 'agent' | 'url' | 'token'>, method: string, path: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent, method, headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => (answer.statusCode === 200 || answer.statusCode === 201 ? resolve(text) : reject(new Error(`${method} ${path} was answered ${answer.statusCode}: ${text}`))));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
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
