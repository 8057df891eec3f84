import { codeOf } from '../access/http.js';
import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { erase } from '../erasing.js';
import { startService, type Service } from '../service.js';
import { processesDone } from './processes-done.js';

/* Where somebody was registered twice: corrections, remarks, what is given to another, and what the record does by itself, on both registrations together. */
let service: Service;
let [researcher, worker, leaver, supervisor, manager, clinician]: Voice[] = [];
const at = (n: number, rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;
const on = (date: string) => ({ occurred: { at: date } });
const by = (voice: Voice | undefined): Voice => {
  if (!voice) throw new Error('The service has not started.');
  return voice;
};
const settled = () => processesDone(service.url);
const first = ({ events }: Receipt) => events[0] ?? '';

beforeAll(async () => {
  service = await startService();
  [researcher, worker, supervisor, manager, clinician] = await Promise.all((['researcher', 'worker', 'supervisor', 'data-manager', 'clinician'] as const).map((role) => voiceOf(service, role)));
  leaver = await voiceOf(service, 'worker', { subject: 'w9', staff: 'w9' });
  await startProgramme(await voiceOf(service, 'investigator'));
  for (const staff of ['w1', 'w9']) await by(supervisor).record('PUT', `/v1/staff/${staff}/engagement`, { programme: 'core', site: 's1', role: 'worker', from: '2025-01-06' });
});
afterAll(() => service.stop());

async function enrol(n: number, staff = 'w1'): Promise<void> {
  await by(researcher).record('PUT', at(n), { programme: 'core', site: 's1', ...on('2026-01-12') });
  await by(researcher).record('PUT', at(n, '/consent'), { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, ...on('2026-01-12') });
  await by(researcher).record('PUT', at(n, '/enrolment'), on('2026-01-12'));
  await by(supervisor).record('PUT', at(n, '/worker'), { worker: staff, ...on('2026-01-13') });
}

const visit = (who: Voice | undefined, n: number, session: number, when: string) =>
  by(who).record('PUT', at(n, `/sessions/${uuid('se', session)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: when } });
const offer = (n: number, session: number, day: string) =>
  by(worker).record('PUT', at(n, `/sessions/${uuid('se', session)}/offer`), { plannedStart: `${day}T14:00:00+00:00`, mode: 'in-person', method: 'telephone', ...on('2026-02-01') });
const merge = (kept: number, merged: number) => by(manager).record('PUT', at(kept, `/merges/${uuid('p', merged)}`), {});

interface Shown { streams: Record<string, { etag: string }>; entries: { id: string; stream: string; type: string; registration?: string; data: Record<string, unknown> }[] }
const historyOf = (n: number) => by(manager).read<Shown>(at(n, '/history'));
const entriesOf = async (n: number, type: string) => (await historyOf(n)).entries.filter((entry) => entry.type === type);
const queriesOf = async (n: number, topic: string) => (await by(manager).read<{ items: { query: string; topic: string; entries: string[]; open: boolean; closed?: { resolution: string } }[] }>(at(n, '/queries'))).items.filter((query) => query.topic === topic);
const correct = (n: number, entry: string, verb: string, body: object, stream = 'support') =>
  onEtag(async () => (await historyOf(n)).streams[stream]?.etag ?? '', (ifMatch) => by(manager).ask('POST', at(n, `/entries/${entry}/${verb}`), { body, headers: { 'if-match': ifMatch } }));

describe('what is told after a merge of what was recorded before it', () => {
  let held: Receipt;
  beforeAll(async () => {
    for (const n of [1, 2]) await enrol(n);
    held = await visit(worker, 1, 10, '2026-02-10T10:00:00+00:00');
    const offered = await offer(2, 11, '2026-12-02');
    await by(supervisor).record('PUT', at(2, `/queries/${uuid('qu', 1)}`), { topic: 'planning', to: 'worker', entries: [first(offered)] });
    await merge(1, 2);
    await by(worker).record('PUT', at(1, `/sessions/${uuid('se', 11)}/response`), { response: 'accepted', ...on('2026-02-11') });
    await by(worker).record('PUT', at(1, `/queries/${uuid('qu', 1)}/answer`), { text: 'I rang.' });
  });

  it('does not keep the one that lives on from being corrected', async () => {
    const amended = { data: { session: uuid('se', 10), minutes: 45, mode: 'in-person', worker: 'w1', punctuality: 'on-time' }, reason: { code: 'entry-error' } };
    const answer = await correct(1, first(held), 'amend', amended);
    expect([answer.status, codeOf(answer)]).toEqual([200, undefined]);
  });
  it('nor once the two are separated again', async () => {
    await by(manager).record('DELETE', at(1, `/merges/${uuid('p', 2)}`), {});
    const answer = await correct(1, first(held), 'void', { why: 'entered-in-error' });
    expect([answer.status, codeOf(answer)]).toEqual([200, undefined]);
    await merge(1, 2);
  });
});

it('an entry given to a registration that is then merged is corrected there: from elsewhere it would be on two cases at once', async () => {
  for (const n of [21, 22, 23]) await enrol(n);
  const { events: [entry = ''] } = await visit(worker, 21, 60, '2026-02-10T10:00:00+00:00');
  const give = (from: number, to: number) => correct(from, entry, 'reattribute', { to: uuid('p', to), reason: { code: 'wrong-participant' } });
  expect((await give(21, 22)).status).toBe(200);
  await merge(21, 22);
  const refused = await give(21, 23);
  expect([refused.status, codeOf(refused)]).toEqual([409, 'other-registration']);
  expect((await give(22, 23)).status).toBe(200);
  await settled();
  const told = await Promise.all([21, 23].map(async (n) => (await by(manager).read<{ items: { id: string }[] }>(at(n, '/timeline?limit=100'))).items.some(({ id }) => id === entry)));
  expect(told).toEqual([false, true]);
});

describe('what the record does by itself', () => {
  it('asks about a visit that two registrations tell, until it is voided on either', async () => {
    for (const n of [3, 4]) await enrol(n);
    const told = [await visit(worker, 3, 20, '2026-02-10T10:00:00+00:00'), await visit(worker, 4, 21, '2026-02-10T10:05:00+00:00')];
    await merge(3, 4);
    await settled();
    expect(await queriesOf(3, 'possible-duplicate')).toMatchObject([{ open: true, entries: told.map(first) }]);
    expect((await correct(4, first(told[1] as Receipt), 'void', { why: 'duplicate' })).status).toBe(200);
    await settled();
    expect(await queriesOf(3, 'possible-duplicate')).toMatchObject([{ open: false }]);
  });

  it('calls off once what is planned, whichever registration the death is found on', async () => {
    for (const n of [5, 6, 7]) await enrol(n);
    for (const n of [5, 6, 7]) await offer(n, 20 + n, '2026-12-02');
    await merge(6, 7);
    await merge(5, 6);
    await by(clinician).record('PUT', at(5, '/death'), { source: 'clinical-records', ...on('2026-02-03') });
    await settled();
    expect((await entriesOf(5, 'SessionCancelled')).map(({ data }) => data['session']).sort()).toEqual([5, 6, 7].map((n) => uuid('se', 20 + n)));
  });

  it('goes on where one of the registrations was erased', async () => {
    for (const n of [14, 15]) await enrol(n);
    await offer(14, 70, '2026-12-02');
    await merge(14, 15);
    await settled();
    await erase(service.dataDir, uuid('p', 15));
    await by(clinician).record('PUT', at(14, '/death'), { source: 'clinical-records', ...on('2026-02-03') });
    await settled();
    expect((await entriesOf(14, 'SessionCancelled')).map(({ data }) => data['session'])).toEqual([uuid('se', 70)]);
  });

  it('records once that what was found on either was found without consent', async () => {
    for (const n of [8, 9]) await enrol(n);
    await by(researcher).record('PUT', at(9, `/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', ...on('2026-06-21') });
    await merge(8, 9);
    await by(researcher).record('DELETE', at(8, '/consent/record-access'), on('2026-09-01'));
    await settled();
    expect(await entriesOf(8, 'ProtocolDeviationRecorded')).toHaveLength(1);
  });
});

it('died on the first of the days that two registrations tell', async () => {
  for (const [n, day] of [[12, '2026-02-03'], [13, '2026-02-05']] as const) {
    await enrol(n);
    await by(clinician).record('PUT', at(n, '/death'), { source: 'clinical-records', ...on(day) });
  }
  const merged = await merge(12, 13);
  expect(await by(manager).read(at(12), merged)).toMatchObject({ stage: 'died', diedOn: '2026-02-03', outcome: { diedDay: 22 } });
});

describe('what came late from somebody who has left', () => {
  it('waits for attestation with whomever it is given to', async () => {
    for (const n of [10, 11]) await enrol(n, 'w9');
    await by(supervisor).record('PUT', '/v1/staff/w9/leaving', { occurred: { at: '2026-03-06T17:00:00+00:00' } });
    const late = await visit(leaver, 10, 30, '2026-03-05T10:00:00+00:00');
    await settled();
    expect(await queriesOf(10, 'attestation')).toMatchObject([{ open: true, entries: [first(late)] }]);
    expect((await correct(10, first(late), 'reattribute', { to: uuid('p', 11), reason: { code: 'wrong-participant' } })).status).toBe(200);
    await settled();
    expect([await queriesOf(10, 'attestation'), await queriesOf(11, 'attestation')]).toMatchObject([[{ open: false }], [{ open: true, entries: [first(late)] }]]);
    await by(supervisor).record('PUT', at(11, `/entries/${first(late)}/attestation`), {});
    await settled();
    expect(await queriesOf(11, 'attestation')).toMatchObject([{ open: false }]);
  });
});
