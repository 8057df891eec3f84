import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Role } from '@cairn/access/roles.js';
import * as example from '@cairn/record/support/examples.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { processesDone } from '../record/processes-done.js';
import { until } from '../patience.js';
import { startService } from '../service.js';
import { Api, haveParticipant, haveProgramme } from './record.js';

/*
 * The service is killed again and again while people leave, die and tell visits twice. Whatever moment it was at, afterwards every effect is there, once.
 */
let dataDir: string;
let api: Api;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-processes-'));
  api = new Api(await startService({ dataDir }));
  await haveProgramme(api);
});
afterAll(async () => {
  await api.service.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

let answered = 0;

/** Sends until it is answered, through every death of the service. */
async function settle(method: 'PUT' | 'POST', path: string, body: object, as: Role): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  for (const until = Date.now() + 240_000; Date.now() < until; ) {
    const answer = await api.send(method, path, { as, body, headers }).catch((error: unknown) => {
      if ((error as Error).name === 'TypeError') return undefined;
      throw error;
    });
    if (answer?.status === 200) return void answered++;
    if (answer && answer.status < 500) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    await pause(20);
  }
  throw new Error(`${method} ${path} was not answered in 240 s.`);
}

const CASES = 6;
const workers = Array.from({ length: CASES }, (_, n) => `leaver-${n}`);

/** Two visits told twice, an offer long hence, a death before it, and a worker who leaves after being assigned. */
async function live(n: number, participant: string): Promise<void> {
  const at = `/v1/participants/${participant}`;
  const worker = workers[n] ?? '';
  await settle('PUT', `/v1/staff/${worker}/engagement`, { programme: 'core', site: 's1', role: 'worker', from: '2025-01-06' }, 'supervisor');
  const visit = (day: string) => settle('PUT', `${at}/sessions/${randomUUID()}/attendance`, { ...example.attendance, occurred: { at: `2026-02-${day}T10:00:00Z` } }, 'worker');
  const offer = () => settle('PUT', `${at}/sessions/${randomUUID()}/offer`, { ...example.offer, plannedStart: '2027-02-02T14:00:00+00:00' }, 'worker');
  await visit('03');
  await visit('03');
  await offer();
  await settle('PUT', `${at}/worker`, { worker, occurred: { at: '2026-02-04' } }, 'supervisor');
  await settle('PUT', `/v1/staff/${worker}/leaving`, { occurred: { at: '2026-02-05T17:00:00Z' } }, 'supervisor');
  await settle('PUT', `${at}/worker`, { worker: 'w1', occurred: { at: '2026-02-06' } }, 'supervisor');
  await visit('07');
  await visit('07');
  await settle('PUT', `${at}/death`, { source: 'family', occurred: { at: '2026-02-08' } }, 'clinician');
  await settle('PUT', `${at}/worker`, { worker: 'w2', occurred: { at: '2026-02-09' } }, 'supervisor');
}

interface Effects {
  readonly queries: number;
  readonly cancelled: number;
  /** The same effect of the same cause, more often than once. */
  readonly doubled: number;
}

async function effectsOf(participant: string): Promise<Effects> {
  const { entries } = (await api.read(`/v1/participants/${participant}/history`, { as: 'data-manager' })) as { entries: { type: string; source: string; data: { topic?: string; session?: string; entries?: string[] } }[] };
  const own = entries.filter(({ source }) => source === 'process');
  const named = own.map(({ type, data }) => JSON.stringify([type, data.topic, data.session, data.entries]));
  const of = (type: string, topic?: string) => own.filter((each) => each.type === type && (topic === undefined || each.data.topic === topic)).length;
  return { queries: of('QueryRaised', 'possible-duplicate'), cancelled: of('SessionCancelled'), doubled: named.length - new Set(named).size };
}

/** How often each cause brought about each effect, by the log itself: a command leaves its entries once. */
async function commandsDoubled(): Promise<number> {
  const server = await startEmbedded({ dataDir });
  try {
    return await signedIn(server.connection, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from (select stream, meta::jsonb ->> 'commandId' from log.events where meta::jsonb ->> 'source' = 'process' and type <> 'QueryRaised' and type <> 'QueryClosed'
         group by 1, 2 having count(*) > 1) doubled`,
      );
      return rows[0]?.count ?? -1;
    });
  } finally {
    await server.release();
  }
}

it('killed at any moment, the processes have done everything once when they are through', async () => {
  const participants = await Promise.all(workers.map(() => haveParticipant(api)));
  let lived = false;
  const living = Promise.all(participants.map((participant, n) => live(n, participant))).finally(() => (lived = true));
  let kills = 0;
  // Between two kills something gets done, however slow the machine is.
  while (kills < 4 || (!lived && kills < 8)) {
    const before = answered;
    await until(() => lived || answered > before);
    await pause(Math.random() * 700);
    await api.service.kill();
    kills++;
    api = new Api(await startService({ dataDir }));
  }
  await living;
  await processesDone(api.service.url);
  // Each told two days twice, and had one session planned after the death. The leaver's query may have been overtaken before it was raised, but never raised twice.
  const effects = await Promise.all(participants.map(effectsOf));
  expect(effects).toEqual(participants.map(() => ({ queries: 2, cancelled: 1, doubled: 0 })));
  expect(await commandsDoubled()).toBe(0);
  expect(kills).toBeGreaterThanOrEqual(4);
});

it('what a leaver left behind is asked about once each, whenever the service was killed', async () => {
  await settle('PUT', '/v1/staff/leaver-x/engagement', { programme: 'core', site: 's1', role: 'worker', from: '2025-01-06' }, 'supervisor');
  const participants = await Promise.all(Array.from({ length: 12 }, () => haveParticipant(api)));
  await Promise.all(participants.map((participant) => settle('PUT', `/v1/participants/${participant}/worker`, { worker: 'leaver-x', occurred: { at: '2026-02-04' } }, 'supervisor')));
  await settle('PUT', '/v1/staff/leaver-x/leaving', { occurred: { at: '2026-02-05T17:00:00Z' } }, 'supervisor');
  for (let kills = 0; kills < 3; kills++) {
    await pause(Math.random() * 120);
    await api.service.kill();
    api = new Api(await startService({ dataDir }));
  }
  await processesDone(api.service.url);
  const raised = await Promise.all(
    participants.map(async (participant) => {
      const { items } = (await api.read(`/v1/participants/${participant}/queries`, { as: 'data-manager' })) as { items: { topic: string; open: boolean }[] };
      return items.filter(({ topic, open }) => topic === 'reassignment' && open).length;
    }),
  );
  expect(raised).toEqual(participants.map(() => 1));
});
