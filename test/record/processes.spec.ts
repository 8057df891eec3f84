import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { codeOf } from '../access/http.js';
import { startService, type Service } from '../service.js';
import { processesDone } from './processes-done.js';

/* The rules across boundaries, as a running service follows them: situations 3 and 7 of DOMAIN.md, death, withdrawal, research data without consent. */
let service: Service;
let [researcher, worker, supervisor, dataManager, clinician, second]: Voice[] = [];
const at = (n: number, rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;
const by = (voice: Voice | undefined): Voice => {
  if (!voice) throw new Error('The service has not started.');
  return voice;
};
const settled = () => processesDone(service.url);

beforeAll(async () => {
  service = await startService();
  [researcher, worker, supervisor, dataManager, clinician] = [await voiceOf(service, 'researcher'), await voiceOf(service, 'worker'), await voiceOf(service, 'supervisor'), await voiceOf(service, 'data-manager'), await voiceOf(service, 'clinician')];
  second = await voiceOf(service, 'worker', { subject: 'w9', staff: 'w9' });
  await startProgramme(await voiceOf(service, 'investigator'));
  for (const staff of ['w1', 'w9']) await by(supervisor).record('PUT', `/v1/staff/${staff}/engagement`, { programme: 'core', site: 's1', role: 'worker', from: '2025-01-06' });
});
afterAll(() => service.stop());

async function enrol(n: number, staff = 'w1', scopes = ['contact', 'record-access']): Promise<void> {
  const occurred = { at: '2026-01-12' };
  await by(researcher).record('PUT', at(n), { programme: 'core', site: 's1', occurred });
  await by(researcher).record('PUT', at(n, '/consent'), { scopes, formVersion: '2', capacity: true, occurred });
  await by(researcher).record('PUT', at(n, '/enrolment'), { occurred });
  await by(supervisor).record('PUT', at(n, '/worker'), { worker: staff, occurred: { at: '2026-01-13' } });
}

interface Query {
  readonly query: string;
  readonly topic: string;
  readonly to: string;
  readonly entries: readonly string[];
  readonly open: boolean;
  readonly raised: { readonly by: { readonly id: string; readonly role: string } };
  readonly closed?: { readonly resolution: string };
}
const queriesOf = async (n: number, who: Voice | undefined = dataManager) => (await by(who).read<{ items: Query[] }>(at(n, '/queries'))).items;
const about = async (n: number, topic: string) => (await queriesOf(n)).filter((query) => query.topic === topic);
const [first] = [({ events }: Receipt) => events[0] ?? ''];
const visit = (who: Voice | undefined, n: number, session: number, when: string) =>
  by(who).record('PUT', at(n, `/sessions/${uuid('se', session)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: when } });
const offer = (n: number, session: number, day: string) =>
  by(worker).record('PUT', at(n, `/sessions/${uuid('se', session)}/offer`), { plannedStart: `${day}T14:00:00+00:00`, mode: 'in-person', method: 'telephone', occurred: { at: '2026-02-01' } });
const sessionsOf = async (n: number, who: Voice | undefined = supervisor) => (await by(who).read<{ items: { session: string; outcome: string; code: string; flags: string[] }[] }>(at(n, '/sessions'))).items;
const historyOf = async (n: number) => by(dataManager).read<{ streams: Record<string, { etag: string }>; entries: { id: string; stream: string; type: string; actor: { id?: string; role: string }; source: string; data: Record<string, unknown>; reason?: { code: string } }[] }>(at(n, '/history'));
async function voidEntry(n: number, type: string): Promise<void> {
  const { id = '', stream = '' } = (await historyOf(n)).entries.find((each) => each.type === type) ?? {};
  const etag = async () => (await historyOf(n)).streams[stream]?.etag ?? '';
  const answer = await onEtag(etag, (ifMatch) => by(dataManager).ask('POST', at(n, `/entries/${id}/void`), { body: { why: 'entered-in-error' }, headers: { 'if-match': ifMatch } }));
  expect(answer.status).toBe(200);
}

describe('a worker leaves', () => {
  let late: Receipt;
  beforeAll(async () => {
    for (const n of [1, 2]) await enrol(n, 'w9');
    await visit(second, 1, 1, '2026-03-02T10:00:00+00:00');
    await by(supervisor).record('PUT', '/v1/staff/w9/leaving', { occurred: { at: '2026-03-06T17:00:00+00:00' } });
    await settled();
  });

  it('and reads nothing more, at once', async () => {
    const answer = await by(second).ask('GET', at(1));
    expect([answer.status, codeOf(answer)]).toEqual([403, 'engagement-ended']);
  });
  it('and everyone assigned to them is to be assigned to another, who is then', async () => {
    for (const n of [1, 2]) expect(await about(n, 'reassignment')).toMatchObject([{ to: 'supervisor', open: true, raised: { by: { id: 'process:reassignment', role: 'process' } } }]);
    await by(supervisor).record('PUT', at(1, '/worker'), { worker: 'w1', occurred: { at: '2026-03-09' } });
    await settled();
    expect(await about(1, 'reassignment')).toMatchObject([{ open: false, closed: { resolution: 'corrected' } }]);
    expect(await about(2, 'reassignment')).toMatchObject([{ open: true }]);
  });
  it('as is whoever is assigned to them afterwards', async () => {
    await enrol(3, 'w9');
    await settled();
    expect(await about(3, 'reassignment')).toMatchObject([{ open: true }]);
  });
  it('and what they did before and sends only now waits for attestation; authorship stays', async () => {
    late = await visit(second, 2, 2, '2026-03-05T10:00:00+00:00');
    await settled();
    expect(await about(2, 'attestation')).toMatchObject([{ to: 'supervisor', open: true, entries: [first(late)] }]);
    expect((await historyOf(2)).entries.find(({ id }) => id === first(late))).toMatchObject({ actor: { id: 'w9', role: 'worker' } });
    expect(await about(1, 'attestation')).toMatchObject([{ entries: [expect.any(String)] }]);
  });
  it('until somebody stands for it', async () => {
    await by(supervisor).record('PUT', at(2, `/entries/${first(late)}/attestation`), {});
    await settled();
    expect(await about(2, 'attestation')).toMatchObject([{ open: false, closed: { resolution: 'confirmed' } }]);
  });
});

describe('a participant dies', () => {
  beforeAll(async () => {
    await enrol(4);
    await offer(4, 10, '2026-02-02');
    await offer(4, 11, '2026-12-09');
    await by(clinician).record('PUT', at(4, '/death'), { source: 'clinical-records', occurred: { at: '2026-02-03' } });
    await settled();
  });

  it('and what is planned from that day on is called off, with the reason, by the record itself', async () => {
    expect((await sessionsOf(4)).map(({ outcome }) => outcome)).toEqual(['open', 'cancelled']);
    expect((await historyOf(4)).entries.filter(({ type }) => type === 'SessionCancelled')).toMatchObject([{ actor: { id: 'process:stops', role: 'process' }, source: 'process', reason: { code: 'died' }, data: { by: 'provider' } }]);
  });
  it('so too what is offered afterwards, and no course ends', async () => {
    await offer(4, 12, '2026-12-16');
    await settled();
    expect((await sessionsOf(4)).map(({ outcome }) => outcome)).toEqual(['open', 'cancelled', 'cancelled']);
    expect((await historyOf(4)).entries.some(({ type }) => type === 'CourseEnded')).toBe(false);
  });
  it('and an offer made or an attempt to reach them from that day on is flagged, though the session was called off', async () => {
    await by(worker).record('PUT', at(4, `/contact-attempts/${uuid('at', 1)}`), { method: 'telephone', result: 'no-answer', occurred: { at: '2026-02-12' } });
    await by(worker).record('PUT', at(4, `/contact-attempts/${uuid('at', 2)}`), { method: 'telephone', result: 'reached', occurred: { at: '2026-02-02' } });
    const offered = await by(worker).record('PUT', at(4, `/sessions/${uuid('se', 14)}/offer`), { plannedStart: '2026-12-18T14:00:00+00:00', mode: 'in-person', method: 'telephone', occurred: { at: '2026-02-20' } });
    await settled();
    const { flags } = await by(worker).read<{ flags: { attempt?: string; session?: string; flags: string[] }[] }>(at(4), offered);
    expect(flags.filter((flag) => flag.flags.includes('after-death'))).toEqual([{ session: uuid('se', 14), flags: ['after-death'] }, { attempt: uuid('at', 1), flags: ['after-death'] }]);
  });
  it('or did not: the supervisor plans anew', async () => {
    await voidEntry(4, 'Died');
    await settled();
    expect(await about(4, 'planning')).toMatchObject([{ to: 'supervisor', open: true, entries: [expect.any(String), expect.any(String), expect.any(String)] }]);
    await offer(4, 13, '2026-12-17');
    await settled();
    expect((await sessionsOf(4)).at(-1)).toMatchObject({ outcome: 'open' });
  });
});

describe('contact is no longer consented to', () => {
  it('and what was planned is called off by the participant; a visit that took place all the same is taken, and flagged', async () => {
    await enrol(5);
    await offer(5, 20, '2026-03-10');
    await by(researcher).record('DELETE', at(5, '/consent/contact'), { occurred: { at: '2026-03-09' } });
    await settled();
    expect(await sessionsOf(5)).toMatchObject([{ outcome: 'cancelled', code: '2' }]);
    await visit(worker, 5, 20, '2026-03-10T14:00:00+00:00');
    await settled();
    expect(await sessionsOf(5)).toMatchObject([{ outcome: 'attended', flags: expect.arrayContaining(['after-withdrawal']) as string[] }]);
  });
});

describe('one visit is told twice', () => {
  it('and somebody is asked, until one of the two is voided', async () => {
    await enrol(6);
    const told = [await visit(worker, 6, 30, '2026-02-10T10:00:00+00:00'), await visit(worker, 6, 31, '2026-02-10T10:05:00+00:00')];
    await settled();
    expect(await about(6, 'possible-duplicate')).toMatchObject([{ to: 'supervisor', open: true, entries: told.map(first) }]);
    await voidEntry(6, 'SessionAttended');
    await settled();
    expect(await about(6, 'possible-duplicate')).toMatchObject([{ open: false, closed: { resolution: 'corrected' } }]);
  });
});

describe('records are searched without consent', () => {
  const summary = (who: Voice | undefined = researcher) => by(who).read<{ outcome: { readmission: string; reason: string; spells: object[] }; flags: { entry?: string; flags: string[] }[] }>(at(7));
  let found: Receipt;

  it('and what was found is kept, not used, and a deviation, for those who are masked as for all', async () => {
    await enrol(7);
    await by(researcher).record('DELETE', at(7, '/consent/record-access'), { occurred: { at: '2026-09-01' } });
    found = await by(researcher).record('PUT', at(7, `/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', occurred: { at: '2026-06-21' } });
    await settled();
    for (const who of [researcher, dataManager]) {
      const { outcome, flags } = await summary(who);
      expect(outcome).toMatchObject({ readmission: 'unknown', spells: [] });
      expect(flags).toContainEqual({ entry: first(found), flags: ['quarantined'] });
    }
    const { entries } = await by(researcher).read<{ entries: { type: string; stream: string; data: { entry?: string; kind?: string } }[] }>(at(7, '/history'));
    expect(entries.filter(({ type }) => type === 'ProtocolDeviationRecorded')).toMatchObject([{ stream: 'acute', data: { entry: first(found), kind: 'without-consent' } }]);
    expect(entries.some(({ type }) => type === 'AdmissionFound')).toBe(true);
  });
  it('until consent that covers it is given', async () => {
    await by(researcher).record('PUT', at(7, '/consent'), { scopes: ['record-access'], formVersion: '3', capacity: true, occurred: { at: '2026-10-01' } });
    await settled();
    const { outcome, flags } = await summary();
    expect(outcome).toMatchObject({ readmission: 'yes', reason: 'readmitted' });
    expect(flags.filter(({ flags: each }) => each.includes('quarantined'))).toEqual([]);
  });
});
