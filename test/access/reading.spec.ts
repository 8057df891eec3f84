import { fieldGrants } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import { mintToken } from '@cairn/access/sign-in/mint.js';
import { startService, type Service } from '../service.js';
import { send } from './http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';

/*
 * What each role reads of one case that has something of every class in it: who came (staff), why it was late in free text (personal),
 * an amendment of both, and entries on all four streams.
 */
const participant = uuid('p', 1);
const session = uuid('se', 1);
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const words = 'Her sister was ill.';
const staff = 'w1-of-the-team';

let service: Service;
let last: Receipt;

beforeAll(async () => {
  service = await startService();
  await startProgramme(await voiceOf(service, 'investigator', { subject: 'someone-investigator' }));
  const researcher = await voiceOf(service, 'researcher', { subject: 'someone-researcher' });
  const worker = await voiceOf(service, 'worker', { subject: staff });
  const occurred = { at: '2024-01-16' };
  const because = { code: 'told-late', text: words };
  await researcher.record('PUT', at(), { programme: 'core', site: 's1', occurred });
  await researcher.record('PUT', at('/consent'), { scopes: ['contact'], formVersion: '2', capacity: true, occurred, because });
  await researcher.record('PUT', at('/enrolment'), { occurred });
  await (await voiceOf(service, 'supervisor', { subject: 'someone-supervisor' })).record('PUT', at('/worker'), { worker: staff, occurred });
  await worker.record('PUT', at('/workbook'), { version: '1', delivery: 'in-person', occurred });
  const visit = { session, minutes: 60, mode: 'in-person', place: 'home', punctuality: 'on-time', occurred: { at: '2024-02-01T10:00:00+00:00' }, because };
  const { events, etag } = await worker.record('POST', at('/visits'), { ...visit, sections: [{ section: 'recovery-means', progress: 'completed' }] });
  const data = { session, minutes: 45, mode: 'telephone', worker: staff, jointWorker: `${staff}-too`, punctuality: 'on-time' };
  await worker.record('POST', at(`/entries/${events[0]}/amend`), { data, reason: { code: 'entry-error', text: words } }, { 'if-match': etag });
  last = await (await voiceOf(service, 'clinician', { subject: 'someone-clinician' })).record('PUT', at(`/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-09-14', occurred, because });
});
afterAll(() => service.stop());

const reader = (role: Role) => voiceOf(service, role, role === 'worker' ? { subject: staff } : { subject: `reading-${role}` });
const readers: Role[] = ['worker', 'supervisor', 'clinician', 'researcher', 'data-manager', 'trial-manager', 'investigator', 'monitor', 'auditor'];
const [STAFF, PERSONAL] = [new RegExp(`${staff}|someone-`), new RegExp(words)];

interface Shown {
  readonly type: string;
  readonly stream: string;
  readonly withheld?: string[];
}

describe.each(readers)('%s', (role) => {
  const sees = (disclosure: 'worker' | 'personal' | 'blinded') => fieldGrants[role].includes(disclosure);

  it.each(['/history', '/timeline', '/replay'])('reads in %s what their role opens, and of the rest the names', async (rest) => {
    const answer = await (await reader(role)).read<{ entries?: Shown[]; items?: Shown[]; state?: object }>(at(rest), last);
    const text = JSON.stringify(answer);
    expect(STAFF.test(text)).toBe(sees('worker'));
    expect(PERSONAL.test(text)).toBe(sees('personal'));
    const entries = answer.entries ?? answer.items ?? [];
    const streams = new Set(entries.map(({ stream }) => stream));
    expect([...streams].sort()).toEqual(sees('blinded') ? ['acute', 'participant', 'support', 'workbook'] : ['acute', 'participant']);
    const withheld = new Set(entries.flatMap((entry) => entry.withheld ?? []));
    expect(withheld.has('actor.id')).toBe(!sees('worker'));
    expect(withheld.has('reason.text')).toBe(!sees('personal'));
    for (const entry of entries) expect('withheld' in entry).toBe(sees('worker') ? (entry.withheld?.length ?? 0) > 0 : true);
  });

  it('finds in a replayed state nothing withheld, at any point', async () => {
    for (const point of ['', '?asOf=2024-03-01', '?knownAt=2099-01-01T00:00:00Z']) {
      const { state } = await (await reader(role)).read<{ state: Record<string, unknown> }>(at(`/replay${point}`));
      expect(Object.keys(state).sort()).toEqual(sees('blinded') ? ['acute', 'participant', 'support', 'workbook'] : ['acute', 'participant']);
      expect(STAFF.test(JSON.stringify(state))).toBe(sees('worker'));
      expect(JSON.stringify(state)).not.toMatch(PERSONAL);
    }
  });

  it('reads in the summary no staff and no arm but as their role opens them', async () => {
    const summary = await (await reader(role)).read<Record<string, unknown>>(at(), last);
    expect(STAFF.test(JSON.stringify(summary))).toBe(sees('worker'));
    expect(['support', 'workbook'].filter((part) => part in summary)).toEqual(sees('blinded') ? ['support', 'workbook'] : []);
    const flagged = summary['flags'] as object[];
    if (!sees('blinded')) for (const flag of flagged) expect(['consent', 'screening', 'episode', 'outcome', 'entry']).toContain(Object.keys(flag)[0]);
    if (!sees('blinded')) for (const flag of flagged) if ('entry' in flag) expect(flag).toMatchObject({ flags: ['quarantined'] });
    expect(JSON.stringify(summary)).not.toMatch(PERSONAL);
  });
});

it('a former value keeps the class of its field', async () => {
  const { entries } = await (await reader('auditor')).read<{ entries: { type: string; data: { minutes?: number }; current?: { data: { minutes: number; worker?: string } }; corrections?: { reason: { code: string; text?: string } }[] }[] }>(at('/history'));
  const attended = entries.find(({ type }) => type === 'SessionAttended');
  expect([attended?.data.minutes, attended?.current?.data.minutes, attended?.current?.data.worker]).toEqual([60, 45, staff]);
  expect(attended?.corrections?.map(({ reason }) => reason)).toEqual([{ code: 'entry-error' }]);
});

describe('a role that does not reach the participant', () => {
  /** A monitor of the whole programme who is a clinician elsewhere: here they read as a monitor. */
  it('opens no field there, though the caller holds it', async () => {
    const account = { subject: 'both', roles: ['clinician', 'monitor'] as const, sites: ['s2'] };
    const token = await mintToken({ dataDir: service.dataDir, issuer: `${service.url}/sign-in`, audience: 'cairn', account, expiresInSeconds: 600 });
    for (const rest of ['/history', '/timeline', '/replay']) {
      const answer = await send(service.url, { method: 'GET', path: at(rest), token });
      expect([rest, answer.status, PERSONAL.test(answer.body)]).toEqual([rest, 200, false]);
    }
    const here = await mintToken({ dataDir: service.dataDir, issuer: `${service.url}/sign-in`, audience: 'cairn', account: { ...account, sites: ['s1'] }, expiresInSeconds: 600 });
    expect((await send(service.url, { method: 'GET', path: at('/history'), token: here })).body).toMatch(PERSONAL);
  });

  it('corrects nothing there, and what is corrected carries the role that may', async () => {
    const token = (roles: Role[]) => mintToken({ dataDir: service.dataDir, issuer: `${service.url}/sign-in`, audience: 'cairn', account: { subject: staff, roles, sites: ['s1'] }, expiresInSeconds: 600 });
    const both: Voice = { ...(await reader('worker')), ask: async (method, path, also = {}) => send(service.url, { method, path, token: await token(['worker', 'clinician']), ...also }) };
    const { entries, streams } = await (await reader('clinician')).read<{ entries: { id: string; type: string; stream: string; actor: { role: string } }[]; streams: Record<string, { etag: string }> }>(at('/history'));
    const admission = entries.find(({ type }) => type === 'AdmissionFound');
    const data = { episode: uuid('ep', 1), setting: 'crisis-house', source: 'site-records', foundOn: '2024-09-14' };
    const answer = await both.ask('POST', at(`/entries/${admission?.id}/amend`), { body: { data, reason: { code: 'entry-error' } }, headers: { 'if-match': streams['acute']?.etag ?? '' } });
    expect(answer.status).toBe(200);
    const { entries: after } = await (await reader('researcher')).read<{ entries: { type: string; stream: string; actor: { role: string } }[] }>(at('/history'));
    expect(after.filter(({ type, stream }) => type === 'EntryAmended' && stream === 'acute').map(({ actor }) => actor)).toEqual([{ role: 'clinician', site: 's1' }]);
  });
});
