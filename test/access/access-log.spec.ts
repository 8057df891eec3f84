import { randomUUID } from 'node:crypto';
import type { Role } from '@cairn/access/roles.js';
import { startService, type Service } from '../service.js';
import { ownersDatabase, type OwnersDatabase } from './database.js';
import { codeOf, header, type Answer } from './http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';

/* 21 CFR 11.10(e), ICH E6(R3) 4.2.2: who read whom, when, by which route, before the answer leaves. */
const [one, other] = [uuid('p', 1), uuid('p', 2)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;

interface Logged {
  readonly at: string;
  readonly actor: string;
  readonly roles: string[];
  readonly sites: string[];
  readonly method: string;
  readonly route: string;
  readonly participants: string[];
  readonly requestId: string;
  readonly outcome: string;
}

let service: Service;
let owner: OwnersDatabase;
let auditor: Voice;
let last: Receipt;

beforeAll(async () => {
  service = await startService();
  owner = await ownersDatabase(service.dataDir);
  await startProgramme(await voiceOf(service, 'investigator'));
  const [researcher, supervisor] = [await voiceOf(service, 'researcher'), await voiceOf(service, 'supervisor')];
  auditor = await voiceOf(service, 'auditor');
  for (const participant of [one, other]) {
    await researcher.record('PUT', at(participant), { programme: 'core', site: 's1', occurred: { at: '2024-01-12' } });
    await supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', occurred: { at: '2024-01-16' } });
    last = await researcher.record('PUT', at(participant, '/screening'), { criteria: [], result: 'eligible', occurred: { at: '2024-01-12' } });
  }
});
afterAll(async () => {
  await owner.close();
  await service.stop();
});

async function logged(requestId: string): Promise<Logged[]> {
  const { items } = await auditor.read<{ items: Logged[] }>('/v1/access-log?limit=500');
  return items.filter((entry) => entry.requestId === requestId);
}

/** Asks, and gives the answer with what the log holds of it. */
async function asking(role: Role, path: string, headers: Readonly<Record<string, string>> = {}): Promise<[Answer, Logged[]]> {
  const requestId = randomUUID();
  const answer = await (await voiceOf(service, role)).ask('GET', path, { headers: { 'x-request-id': requestId, 'cairn-token': last.events.at(-1) ?? '', ...headers } });
  return [answer, await logged(requestId)];
}

describe('a read leaves exactly one entry', () => {
  it.each<[Role, string, string, string[]]>([
    ['worker', at(one), '/v1/participants/:participant', [one]],
    ['supervisor', at(one, '/sessions'), '/v1/participants/:participant/sessions', [one]],
    ['clinician', at(other, '/timeline'), '/v1/participants/:participant/timeline', [other]],
    ['researcher', at(one, '/history'), '/v1/participants/:participant/history', [one]],
    ['researcher', at(one, '/replay/difference?from=2024-01-01&to=2099-01-01'), '/v1/participants/:participant/replay/difference', [one]],
    ['auditor', at(other, '/sight?user=w1&at=2099-01-01T00:00:00Z'), '/v1/participants/:participant/sight', [other]],
    ['trial-manager', `/v1/audit-trail?participant=${one}`, '/v1/audit-trail', [one]],
    ['auditor', '/v1/audit-trail?role=investigator', '/v1/audit-trail', []],
    ['monitor', '/v1/audit-trail/people', '/v1/audit-trail/people', []],
    ['privacy-officer', '/v1/access-review', '/v1/access-review', []],
    ['privacy-officer', '/v1/documents', '/v1/documents', []],
    ['monitor', at(one, '/replay?asOf=2024-02-01'), '/v1/participants/:participant/replay', [one]],
    ['researcher', '/v1/participants?limit=1', '/v1/participants', [one]],
    ['data-manager', '/v1/participants', '/v1/participants', [one, other]],
    ['worker', '/v1/caseload', '/v1/caseload', [one, other]],
    ['researcher', '/v1/participants?site=nowhere', '/v1/participants', []],
    ['auditor', '/v1/access-log?limit=1', '/v1/access-log', []],
    ['analyst', '/v1/anonymous-log?programme=core', '/v1/anonymous-log', []],
    ['administrator', '/v1/programmes/core', '/v1/programmes/:programme', []],
  ])('of %s asking %s', async (role, path, route, participants) => {
    const began = Date.now();
    const [answer, entries] = await asking(role, path);
    expect(answer.status).toBe(200);
    const actor = role === 'worker' ? 'w1' : `${role}-s1`;
    expect(entries).toMatchObject([{ actor, roles: [role], sites: ['s1'], method: 'GET', route, requestId: header(answer, 'x-request-id'), outcome: 'disclosed' }]);
    expect([...(entries[0]?.participants ?? [])].sort()).toEqual([...participants].sort());
    expect(Date.parse(entries[0]?.at ?? '')).toBeGreaterThanOrEqual(began - 1000);
    expect(Date.parse(entries[0]?.at ?? '')).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('that names whom the answer names: of what is denied or not there it names nobody', async () => {
    for (const [role, path] of [['administrator', at(one)], ['researcher', at(one, '/sessions')], ['researcher', at(uuid('p', 404))], ['researcher', at(one, '/replay?asOf=never')]] as const) {
      const [answer, entries] = await asking(role, path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(entries.flatMap(({ participants }) => participants)).toEqual([]);
    }
  });

  it('that holds no filled path and no query', async () => {
    const { items } = await auditor.read<{ items: Logged[] }>('/v1/access-log?limit=500');
    expect(items.length).toBeGreaterThan(10);
    for (const { route } of items) expect(route).toMatch(/^\/v1\/[a-z:/-]+$/);
  });

  it('however many read at once', async () => {
    const reader = await voiceOf(service, 'data-manager');
    const ids = Array.from({ length: 40 }, () => randomUUID());
    const answers = await Promise.all(ids.map((id, n) => reader.ask('GET', at(n % 2 ? one : other, '/history'), { headers: { 'x-request-id': id } })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { items } = await auditor.read<{ items: Logged[] }>('/v1/access-log?limit=500');
    for (const [n, id] of ids.entries()) expect(items.filter(({ requestId }) => requestId === id).map(({ participants }) => participants)).toEqual([[n % 2 ? one : other]]);
  });
});

describe('the log', () => {
  it('is read by auditors, monitors and the privacy officer, by participant and by actor, newest first; that is logged too', async () => {
    for (const role of ['auditor', 'monitor', 'privacy-officer'] as const) {
      const [answer, [entry]] = await asking(role, `/v1/access-log?participant=${one}&limit=3`);
      expect([answer.status, entry?.route, entry?.actor]).toEqual([200, '/v1/access-log', `${role}-s1`]);
      const { items, next } = JSON.parse(answer.body) as { items: Logged[]; next?: string };
      expect([items.length, typeof next]).toEqual([3, 'string']);
      for (const { participants } of items) expect(participants).toContain(one);
      expect(items.map(({ at: when }) => when)).toEqual(items.map(({ at: when }) => when).sort().reverse());
    }
    const { items } = await auditor.read<{ items: Logged[] }>('/v1/access-log?actor=w1');
    expect(new Set(items.map(({ actor }) => actor))).toEqual(new Set(['w1']));
  });

  it('is for nobody else', async () => {
    for (const role of ['worker', 'supervisor', 'clinician', 'researcher', 'data-manager', 'trial-manager', 'investigator', 'analyst', 'statistician', 'administrator'] as const) {
      const answer = await (await voiceOf(service, role)).ask('GET', '/v1/access-log');
      expect([role, answer.status]).toEqual([role, 403]);
    }
  });
});

describe('when the log cannot be written', () => {
  const columns = 'actor, roles, sites, method, route, purpose, participants, request_id, outcome';

  afterEach(() => owner.pool.query(`grant insert (${columns}) on access.log to cairn_service`));

  it('nothing is shown, on no route; what is recorded is recorded; and all is well once it can', async () => {
    await owner.pool.query('revoke insert on access.log from cairn_service');
    const reader = await voiceOf(service, 'data-manager');
    for (const path of [at(one), at(one, '/history'), at(one, '/timeline'), at(one, '/replay'), at(one, '/sessions'), '/v1/participants', '/v1/caseload', '/v1/anonymous-log?programme=core', '/v1/programmes/core']) {
      const answer = await reader.ask('GET', path);
      expect([path, answer.status, codeOf(answer), header(answer, 'retry-after')]).toEqual([path, 503, 'access-log-unavailable', '5']);
      expect(answer.body).not.toMatch(/HX-0001|ParticipantRegistered|studyNumber|w1/);
      expect(answer.body).not.toContain(one);
      expect(header(answer, 'etag')).toBeUndefined();
    }
    const trail = await auditor.ask('GET', '/v1/access-log');
    expect([trail.status, codeOf(trail)]).toEqual([503, 'access-log-unavailable']);
    const consent = await (await voiceOf(service, 'researcher')).record('PUT', at(one, '/consent'), { scopes: ['contact'], formVersion: '2', capacity: true, occurred: { at: '2024-01-13' } });
    expect(consent.events).toHaveLength(1);
    await owner.pool.query(`grant insert (${columns}) on access.log to cairn_service`);
    expect((await reader.ask('GET', at(one, '/history'))).status).toBe(200);
  });
});
