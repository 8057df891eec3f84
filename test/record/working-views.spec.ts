import { Temporal } from 'temporal-polyfill';
import { startService, type Service } from '../service.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';

/* What people start the day with, on the service's own clock: everything is dated from today, where it is about noon, so that the day does not end meanwhile. */
const east = 12 - new Date().getUTCHours();
const zone = `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;
const today = Temporal.Now.plainDateISO(zone);
const start = (days: number, time = '12:00') => Temporal.PlainDateTime.from(`${today.add({ days }).toString()}T${time}`).toZonedDateTime(zone).toString({ timeZoneName: 'never', smallestUnit: 'second' });
const on = (days: number) => ({ occurred: { at: today.add({ days }).toString() } });
const at = (n: number, rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;

let service: Service;
let researcher: Voice;
let supervisor: Voice;
let worker: Voice;
let last: Receipt;

const offer = (n: number, session: string, days: number, time?: string) =>
  worker.record('PUT', at(n, `/sessions/${uuid(session, n)}/offer`), { plannedStart: start(days, time), mode: 'in-person', method: 'telephone', ...on(Math.min(days, 0) - 1) });

beforeAll(async () => {
  service = await startService();
  await startProgramme(await voiceOf(service, 'investigator'), 'core', zone);
  [researcher, supervisor, worker] = await Promise.all([voiceOf(service, 'researcher'), voiceOf(service, 'supervisor'), voiceOf(service, 'worker')]);
  for (let n = 1; n <= 6; n++) {
    await researcher.record('PUT', at(n), { programme: 'core', site: 's1', ...on(-60) });
    await researcher.record('PUT', at(n, '/consent'), { scopes: ['contact', 'interviews', 'record-access'], formVersion: '1', capacity: true, ...on(-60) });
    await researcher.record('PUT', at(n, '/enrolment'), on(-60));
    await supervisor.record('PUT', at(n, '/worker'), { worker: n === 6 ? 'w2' : 'w1', ...on(-59) });
  }
  await offer(1, 'a', 0, '23:50');
  await offer(1, 'b', 0, '00:10');
  await offer(2, 'a', -1);
  await offer(3, 'a', -30);
  await offer(3, 'b', 5);
  await offer(4, 'a', -20);
  await worker.record('PUT', at(4, `/sessions/${uuid('a', 4)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: start(-20) }, because: { code: 'late-log' } });
  await offer(5, 'a', 2);
  await offer(5, 'b', -3);
  last = await worker.record('PUT', at(5, '/death'), { source: 'family', ...on(-2) });
});
afterAll(() => service.stop());

interface Listed { participant: string; session?: string; workingDaysSince?: number; stopped?: { why: string } | null }
interface Day { date: string; caseload: number; due: Listed[]; unrecorded: Listed[]; overdue: Listed[]; ahead: Listed[]; toPlan: Listed[]; stopped: Listed[]; queries: { topic: string }[] }
const sessions = (items: Listed[]) => items.map(({ session }) => session);

describe('my day', () => {
  it('holds in one answer what is due, to be recorded, overdue, ahead and to be planned', async () => {
    const day = await worker.read<Day>('/v1/my-day', last);
    expect(day).toMatchObject({ date: today.toString(), caseload: 5 });
    expect(sessions(day.due)).toEqual([uuid('b', 1), uuid('a', 1)]);
    expect(sessions(day.unrecorded)).toEqual(expect.arrayContaining([uuid('a', 2)]));
    expect(sessions(day.overdue)).toEqual([uuid('a', 3)]);
    expect(day.overdue[0]?.workingDaysSince).toBeGreaterThan(15);
    expect(sessions(day.ahead)).toEqual([uuid('b', 3)]);
    expect(day.toPlan.map(({ participant }) => participant).sort()).toEqual([uuid('p', 2), uuid('p', 4)]);
  });

  it('sends nobody to a person who has died, and still asks for what took place before', async () => {
    const day = await worker.read<Day>('/v1/my-day', last);
    expect(day.stopped).toEqual([expect.objectContaining({ participant: uuid('p', 5), stopped: { since: today.subtract({ days: 2 }).toString(), why: 'died' } })]);
    expect(sessions([...day.due, ...day.ahead])).not.toContain(uuid('a', 5));
    expect(sessions([...day.unrecorded, ...day.overdue])).toContain(uuid('b', 5));
  });

  it('is each worker’s own, and everyone in it is in the access log', async () => {
    const other = await (await voiceOf(service, 'worker', { subject: 'w2', staff: 'w2' })).read<Day>('/v1/my-day');
    expect(other).toMatchObject({ caseload: 1, due: [], toPlan: [{ participant: uuid('p', 6) }] });
    const { items } = await (await voiceOf(service, 'auditor')).read<{ items: { route: string; participants: string[] }[] }>('/v1/access-log?actor=w2');
    expect(items[0]).toMatchObject({ route: '/v1/my-day', participants: [uuid('p', 6)] });
  });
});

describe("the site's list", () => {
  const listed = async (query: string) => (await supervisor.read<{ items: { participant: string }[] }>(`/v1/participants?${query}`)).items.map(({ participant }) => Number(participant.slice(-2)));

  it('is narrowed by stage, dates and consent, and paged by a cursor that keeps the filter’s order', async () => {
    const day = (days: number) => today.add({ days }).toString();
    expect(await listed(`enrolledFrom=${day(-60)}&enrolledUntil=${day(-60)}`)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await listed(`enrolledFrom=${day(-59)}`)).toEqual([]);
    expect(await listed('stage=died')).toEqual([5]);
    await researcher.record('DELETE', at(2, '/consent/interviews'), on(-1));
    await researcher.read('/v1/participants', await researcher.record('DELETE', at(3, '/consent/interviews'), on(-1)));
    expect(await listed('withdrawn=interviews')).toEqual([2, 3]);
    expect(await listed('consented=interviews&stage=enrolled')).toEqual([1, 4, 6]);
    expect(await listed('discontinued=yes')).toEqual([]);
    const first = await supervisor.read<{ items: unknown[]; next: string }>('/v1/participants?consented=interviews&limit=2');
    expect(await listed(`consented=interviews&limit=2&cursor=${first.next}`)).toEqual([5, 6]);
  });

  it('of caseloads tells who has not been met, and what stands', async () => {
    const caseload = async (query: string) => (await supervisor.read<{ items: { participant: string }[] }>(`/v1/caseload?${query}`)).items.map(({ participant }) => Number(participant.slice(-2)));
    expect(await caseload(`notMetSince=${today.subtract({ days: 25 }).toString()}`)).toEqual([1, 2, 3, 5, 6]);
    expect(await caseload('worker=w2&standing=running')).toEqual([6]);
    expect(await caseload('standing=ended')).toEqual([]);
  });

  it('says what is wrong with a filter', async () => {
    for (const query of ['enrolledFrom=2024-02-30', 'withdrawn=everything', 'discontinued=perhaps', 'limit=0']) expect((await supervisor.ask('GET', `/v1/participants?${query}`)).status).toBe(400);
  });
});

interface Board {
  workers: { worker: string; engaged: boolean; caseload: number; running: number; due: number; unrecorded: number; overdue: number; held: number; late: number; left?: string | null; trainings?: { training: string; expired: boolean }[] }[];
  overdue: Listed[];
  toAssign: (Listed & { why: string })[];
}

/** Of the caseloads, those whose worker is not one who could have them. */
async function missing(): Promise<Record<string, string>> {
  const { items } = await supervisor.read<{ items: { participant: string; workerMissing?: string }[] }>('/v1/caseload?limit=200');
  return Object.fromEntries(items.flatMap(({ participant, workerMissing }) => (workerMissing ? [[participant, workerMissing]] : [])));
}

describe("the supervisor's board", () => {
  it('shows of each worker the caseload, what waits, how much is late, and whose training has run out', async () => {
    expect((await supervisor.read<Board>('/v1/board')).toAssign).toEqual([]);
    await supervisor.record('PUT', '/v1/staff/w1/engagement', { programme: 'core', site: 's1', role: 'worker', from: today.subtract({ years: 1 }).toString() });
    await supervisor.record('PUT', '/v1/staff/w1/trainings/lone-working', { validUntil: today.subtract({ days: 1 }).toString(), ...on(-366) });
    const recorded = await supervisor.record('PUT', `/v1/supervisions/${uuid('m', 1)}`, { kind: 'individual', minutes: 60, attendees: ['w1'], ...on(-3) });
    const board = await supervisor.read<Board>('/v1/board', recorded);
    expect(board.workers.map(({ worker }) => worker)).toEqual(['w1', 'w2']);
    expect(board.workers[0]).toMatchObject({ engaged: true, caseload: 5, due: 2, overdue: 1, held: 1, late: 1, left: null, trainings: [{ training: 'lone-working', expired: true }], lastSupervision: { kind: 'individual' } });
    expect(board.workers[1]).toMatchObject({ engaged: false, caseload: 1, overdue: 0 });
    expect(sessions(board.overdue)).toEqual([uuid('a', 3)]);
    // Nobody is engaged as w2, at a site that keeps engagements.
    expect(board.toAssign.map(({ participant, why }) => [participant, why])).toEqual([[uuid('p', 6), 'not-engaged']]);
    expect(await missing()).toEqual({ [uuid('p', 6)]: 'not-engaged' });
  });

  it('asks for another worker where somebody left or nobody has been assigned, and not for those who are not to be contacted', async () => {
    await supervisor.record('DELETE', at(6, '/worker'), {});
    const left = await supervisor.record('PUT', '/v1/staff/w1/leaving', { occurred: { at: new Date(Date.now() - 60_000).toISOString() } });
    const board = await supervisor.read<Board>('/v1/board?site=s1', left);
    expect(board.toAssign.map(({ participant, why }) => [participant, why]).sort()).toEqual([1, 2, 3, 4, 6].map((n) => [uuid('p', n), n === 6 ? 'nobody' : 'left']));
    expect(board.workers.find(({ worker }) => worker === 'w1')).toMatchObject({ engaged: false, left: expect.any(String) });
    expect(new Set(Object.values(await missing()))).toEqual(new Set(['left']));
  });

  it('knows everybody who is engaged, however many they are', async () => {
    const others = Array.from({ length: 201 }, (_, n) => `a${String(n).padStart(3, '0')}`);
    const engaged = await Promise.all(others.map((other) => supervisor.record('PUT', `/v1/staff/${other}/engagement`, { programme: 'core', site: 's1', role: 'worker', from: today.toString() })));
    for (const receipt of engaged) await supervisor.read('/v1/staff?limit=1', receipt);
    const { workers } = await supervisor.read<Board>('/v1/board');
    expect(workers.map(({ worker }) => worker)).toEqual([...others, 'w1']);
    expect(workers.at(-1)).toMatchObject({ engaged: false, left: expect.any(String), trainings: [{ training: 'lone-working' }] });
  });

  it('shows another site’s supervisor nothing of it', async () => {
    const elsewhere = await voiceOf(service, 'supervisor', { sites: ['s2'] });
    expect(await elsewhere.read<Board>('/v1/board')).toMatchObject({ workers: [], overdue: [], toAssign: [] });
    expect(await elsewhere.read<Board>('/v1/board?site=s1')).toMatchObject({ workers: [], overdue: [], toAssign: [] });
  });
});
