import { setTimeout as pause } from 'node:timers/promises';
import { startService, type Service } from '../service.js';
import { codeOf } from '../access/http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';

/* What a user could see of a participant then, who knew the allocation, and what was recorded after an authority had ended. DOMAIN.md "What a replay must answer". */
const participant = uuid('p', 1);
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const visit = (n: number, day: string, also: object = {}) =>
  [at(`/sessions/${uuid('se', n)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: `2026-02-${day}T10:00:00+00:00` }, ...also }] as const;

interface SightOf {
  readonly standing: { basis: string; roles: string[]; sites: string[]; staff?: string; staffAssumed?: true; ended?: string };
  readonly reachedThrough: { role: string; reach: string }[];
  readonly streams: string[];
  readonly fieldClasses: string[];
  readonly entries: { type: string; stream: string; data: object; reason?: { code: string; text?: string }; withheld?: string[]; beyondYou?: string[]; actor: { id?: string } }[];
  readonly allocation: { disclosed: object[]; recorded: { user: string }[]; read: { user: string; roles: string[]; readings: number }[] };
}

let service: Service;
let auditor: Voice;
let last: Receipt;
/** Before anything, after the first session, after w2 took over, after w1 was granted access, after w1 had left. */
const marks: string[] = [];
const mark = async () => {
  await pause(5);
  marks.push(new Date().toISOString());
  await pause(5);
};
const sight = (user: string, when: number | string) => auditor.read<SightOf>(at(`/sight?user=${user}&at=${typeof when === 'number' ? (marks[when] ?? '') : when}`), last);

beforeAll(async () => {
  service = await startService();
  const speaking = async (role: Parameters<Service['token']>[0], subject?: string) => voiceOf(service, role, subject === undefined ? {} : { subject });
  const [researcher, supervisor, administrator, worker] = await Promise.all([speaking('researcher'), speaking('supervisor'), speaking('administrator'), speaking('worker')]);
  auditor = await speaking('auditor');
  await startProgramme(await speaking('investigator'));
  await mark();
  const on = { occurred: { at: '2026-01-12' } };
  await researcher.record('PUT', at(), { programme: 'core', site: 's1', ...on });
  await supervisor.record('PUT', at('/worker'), { worker: 'w1', ...on });
  const { events } = await worker.record('PUT', ...visit(1, '02', { because: { code: 'told-late', text: 'Her sister was ill.' } }));
  await worker.read(at());
  await researcher.read(at());
  await mark();
  await supervisor.record('PUT', at('/worker'), { worker: 'w2', ...on });
  await mark();
  await supervisor.record('PUT', at(`/entries/${events[0]}/attestation`), { because: { code: 'visit-confirmed' } });
  await supervisor.record('PUT', at(`/queries/${uuid('qu', 1)}`), { topic: 'data', to: 'worker', entries: [events[0]], text: 'How long?' });
  await administrator.record('PUT', `/v1/accounts/w1/grants/${uuid('gr', 1)}`, { roles: ['worker'], sites: ['s1'], staff: 'w1', purpose: 'employment' });
  await supervisor.record('PUT', at('/worker'), { worker: 'w1', occurred: { at: '2026-01-20' } });
  await mark();
  await researcher.record('PUT', at('/allocation-disclosure'), { to: 'assessor', kind: 'accidental', staff: 'r1', occurred: { at: '2026-02-10' } });
  await supervisor.record('PUT', '/v1/staff/w1/engagement', { programme: 'core', site: 's1', role: 'worker', from: '2026-01-05' });
  await supervisor.record('PUT', '/v1/staff/w1/leaving', { occurred: { at: '2026-03-06T17:00:00+00:00' } });
  last = await worker.record('PUT', ...visit(2, '20', { via: 'offline', because: { code: 'no-signal' } }));
  await mark();
});
afterAll(() => service.stop());

describe('what a user could see', () => {
  it('before anybody was registered, is nothing', async () => {
    expect(await sight('w1', 0)).toMatchObject({ standing: { basis: 'nothing', roles: [] }, reachedThrough: [], streams: [], entries: [], allocation: { recorded: [], read: [] } });
  });

  it('is what their roles had opened, as it was then; without a grant on record from what the access log had seen, which is said', async () => {
    const { standing, reachedThrough, streams, fieldClasses, entries } = await sight('w1', 1);
    expect(standing).toEqual({ basis: 'access-log', roles: ['worker'], sites: ['s1'], staff: 'w1', staffAssumed: true });
    expect(reachedThrough).toEqual([{ role: 'worker', reach: 'caseload' }]);
    expect(streams).toEqual(['participant', 'support', 'workbook', 'acute']);
    expect(fieldClasses).toContain('personal');
    expect(entries.map(({ type }) => type)).toEqual(['ParticipantRegistered', 'WorkerAssigned', 'SessionAttended']);
  });

  it('names what the auditor may not see themselves, and does not tell it', async () => {
    const found = await sight('w1', 1);
    expect(found.entries.at(-1)).toMatchObject({ reason: { code: 'told-late' }, beyondYou: ['reason.text'] });
    expect(JSON.stringify(found)).not.toContain('Her sister');
  });

  it('is nothing once another had taken over, by the caseload as it was known then', async () => {
    expect(await sight('w1', 2)).toMatchObject({ reachedThrough: [], streams: [], entries: [] });
    expect((await sight('w1', 3)).reachedThrough).toEqual([{ role: 'worker', reach: 'caseload' }]);
  });

  it('goes by the grants on record, and ends when the person had left', async () => {
    expect((await sight('w1', 3)).standing).toEqual({ basis: 'grants', roles: ['worker'], sites: ['s1'], staff: 'w1' });
    expect(await sight('w1', 4)).toMatchObject({ standing: { basis: 'grants', ended: 'engagement-ended' }, reachedThrough: [], entries: [] });
  });

  it('by the grants on record is what the user really has, whatever their token says beside', async () => {
    const administrator = await voiceOf(service, 'administrator');
    const joe = await voiceOf(service, 'auditor', { subject: 'joe' });
    const granted = await administrator.record('PUT', `/v1/accounts/joe/grants/${uuid('gr', 2)}`, { roles: ['supervisor'], sites: ['s2'], purpose: 'employment' });
    const refused = await joe.ask('GET', at());
    expect([refused.status, codeOf(refused)]).toEqual([403, 'access-not-granted']);
    const now = new Date().toISOString();
    expect(await auditor.read(at(`/sight?user=joe&at=${now}`), granted)).toMatchObject({ standing: { basis: 'grants', roles: ['supervisor'], sites: ['s2'] }, reachedThrough: [], streams: [], entries: [] });
    expect(await auditor.read(`/v1/accounts/joe/access?at=${now}`)).toMatchObject({ standing: 'granted', roles: ['supervisor'], sites: ['s2'] });
    const supervising = await (await voiceOf(service, 'supervisor', { subject: 'joe', sites: ['s1', 's2'] })).ask('GET', at());
    expect([supervising.status, codeOf(supervising)]).toEqual([404, 'participant-unknown']);
  });

  it('to a masked user shows nothing that tells the arm', async () => {
    const { streams, entries } = await sight('researcher-s1', 4);
    expect(streams).toEqual(['participant', 'acute']);
    expect(entries.map(({ type, actor }) => [type, actor?.id])).toEqual([['ParticipantRegistered', undefined], ['AllocationDisclosed', undefined]]);
  });

  it('of somebody never heard of, is nothing', async () => expect((await sight('nobody', 4)).standing).toEqual({ basis: 'nothing', roles: [], sites: [] }));

  it.each(['user=w1', `at=2026-01-01T00:00:00Z`, 'user=w1&at=yesterday', 'user=w1&at=2026-02-30T00:00:00Z'])('%s is no question', async (query) => {
    const answer = await auditor.ask('GET', at(`/sight?${query}`));
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid']);
  });
});

it('says who knew the allocation then: those who had recorded on what tells the arm, those who had read it unmasked', async () => {
  const early = await sight('w1', 1);
  expect(early.allocation.recorded.map(({ user }) => user)).toEqual(['supervisor-s1', 'w1']);
  expect(early.allocation.read).toMatchObject([{ user: 'w1', roles: ['worker'], readings: 1 }]);
  const now = await sight('w1', new Date().toISOString());
  expect(now.allocation.read.map(({ user }) => user)).toEqual(['w1', 'auditor-s1']);
  expect(early.allocation.disclosed).toEqual([]);
  expect(now.allocation.disclosed).toMatchObject([{ type: 'AllocationDisclosed', data: { to: 'assessor', kind: 'accidental', staff: 'r1' } }]);
});

it('reports what was recorded after the person had left, and that it had happened before', async () => {
  const { items } = await auditor.read<{ items: object[] }>('/v1/audit-trail/after-authority', last);
  expect(items).toMatchObject([{ person: 'w1', what: 'session attended', authority: 'left', endedAt: '2026-03-06T17:00:00.000Z', happenedBefore: true, source: 'offline', reason: 'no-signal', entry: last.events[0] }, { what: 'session attended', reason: 'told-late' }]);
  expect((await auditor.read<{ items: object[] }>('/v1/audit-trail/after-authority?site=s2')).items).toEqual([]);
  const first = await auditor.read<{ items: object[]; next: string }>('/v1/audit-trail/after-authority?limit=1');
  const second = await auditor.read<{ items: object[]; next?: string }>(`/v1/audit-trail/after-authority?limit=1&cursor=${first.next}`);
  expect([[...first.items, ...second.items], second.next]).toEqual([items, undefined]);
});

it('shows with an entry the remarks about it, and in the trail whose they are', async () => {
  const { entries } = await auditor.read<{ entries: { id: string; type: string }[] }>(at('/history'));
  const attended = entries.find(({ type }) => type === 'SessionAttended')?.id ?? '';
  const { remarks } = await auditor.read<{ remarks: { type: string; actor: object; data: object }[] }>(at(`/entries/${attended}`));
  expect(remarks).toMatchObject([{ type: 'EntryAttested', actor: { id: 'supervisor-s1', role: 'supervisor' } }, { type: 'QueryRaised', data: { entries: [attended] } }]);
  const { items } = await auditor.read<{ items: { what: string; about: string }[] }>('/v1/audit-trail?type=left');
  expect(items).toMatchObject([{ what: 'left', about: 'staff w1' }]);
});
