import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json } from '../access/http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { erase } from '../erasing.js';
import { startService, type Service } from '../service.js';

/* Situation 8: registered twice, enrolled twice, seen by two workers; merged by link, the first enrolment stands; and undone. */
let service: Service;
let researcher: Voice;
let manager: Voice;
let worker: Voice;
let auditor: Voice;
const [kept, twice, third, elsewhere] = [uuid('p', 1), uuid('p', 2), uuid('p', 3), uuid('p', 4)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const on = (date: string) => ({ occurred: { at: date } });
const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1' };

interface Summary { stage: string; enrolledOn: string | null; protocolVersion: string | null; studyNumber: string; mergedInto: string | null; merged: string[]; support?: { attended: number; offered: number }; outcome: { readmission: string; day: number | null } }
interface Entries { entries: { id: string; type: string; registration?: string; data: Record<string, unknown> }[] }
interface Timeline { items: Entries['entries'] }
type Refusal = { code: string; detail: string };

let registered: Receipt;

async function enrolled(participant: string, day: string, site = 's1', programme = 'core'): Promise<void> {
  const who = site === 's1' ? researcher : await voiceOf(service, 'researcher', { sites: [site] });
  await who.record('PUT', at(participant), { programme, site, ...on(day) });
  await who.record('PUT', at(participant, '/consent'), { scopes: ['contact', 'record-access'], formVersion: '2.1', capacity: true, ...on(day) });
  await who.record('PUT', at(participant, '/enrolment'), on(day));
}

beforeAll(async () => {
  service = await startService();
  const investigator = await voiceOf(service, 'investigator');
  await startProgramme(investigator);
  await startProgramme(investigator, 'other');
  [researcher, manager, worker, auditor] = await Promise.all((['researcher', 'data-manager', 'worker', 'auditor'] as const).map((role) => voiceOf(service, role))) as [Voice, Voice, Voice, Voice];
  await enrolled(kept, '2026-03-02');
  await enrolled(twice, '2026-02-02');
  await enrolled(third, '2026-03-09');
  await enrolled(elsewhere, '2026-03-10', 's1', 'other');
  const supervisor = await voiceOf(service, 'supervisor');
  for (const participant of [kept, twice]) await supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', ...on('2026-03-03') });
  await worker.record('PUT', at(kept, `/sessions/${uuid('se', 1)}/attendance`), { ...attendance, occurred: { at: '2026-03-10T10:00:00+00:00' } });
  await worker.record('PUT', at(twice, `/sessions/${uuid('se', 2)}/offer`), { plannedStart: '2026-03-17T10:00:00+00:00', mode: 'in-person', method: 'telephone', ...on('2026-03-09') });
  await worker.record('PUT', at(twice, `/sessions/${uuid('se', 3)}/attendance`), { ...attendance, occurred: { at: '2026-03-24T10:00:00+00:00' } });
  registered = await researcher.record('PUT', at(twice, `/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-07-01', ...on('2026-06-02') });
});
afterAll(() => service.stop());

const summary = (voice: Voice, participant: string, since?: Receipt) => voice.read<Summary>(at(participant), since);
const merges = (one: string, other: string) => at(one, `/merges/${other}`);

describe('a merge is refused', () => {
  const refused = async (one: string, other: string) => {
    const answer = await manager.ask('PUT', merges(one, other), { body: {} });
    return [answer.status, (json(answer) as Refusal).code];
  };
  it('with itself, with one of another programme, and of nobody', async () => {
    expect(await refused(kept, kept)).toEqual([409, 'merge-with-itself']);
    expect(await refused(kept, elsewhere)).toEqual([409, 'other-programme']);
    expect(await refused(kept, uuid('p', 404))).toEqual([404, 'participant-unknown']);
    expect(await refused(uuid('p', 404), kept)).toEqual([404, 'participant-unknown']);
  });
  it('to everyone but the data manager', async () => expect((await researcher.ask('PUT', merges(kept, twice), { body: {} })).status).toBe(403));
});

describe('merged', () => {
  let before: { kept: Summary; twice: Summary; instant: string };
  let receipt: Receipt;
  beforeAll(async () => {
    const instant = new Date().toISOString();
    before = { kept: await summary(auditor, kept, registered), twice: await summary(auditor, twice), instant };
    receipt = await manager.record('PUT', merges(kept, twice), { because: { code: 'registered-twice' } });
  });

  it('the first enrolment stands, sessions and outcome are those of both', async () => {
    expect(await summary(auditor, kept, receipt)).toMatchObject({ stage: 'enrolled', enrolledOn: '2026-02-02', studyNumber: before.kept.studyNumber, merged: [twice], support: { attended: 2, offered: 1 }, outcome: { readmission: 'yes', day: 120 } });
  });
  it('the other says where it lives on, and its own history stays', async () => {
    expect(await summary(auditor, twice)).toMatchObject({ stage: 'merged', mergedInto: kept, studyNumber: before.twice.studyNumber, enrolledOn: null });
    expect((await auditor.read<Entries>(at(twice, '/history'))).entries.map(({ type }) => type)).toEqual(expect.arrayContaining(['ParticipantRegistered', 'SessionOffered', 'ParticipantsMerged']));
  });
  it('is one person in lists and on the caseload', async () => {
    const listed = async (path: string) => (await manager.read<{ items: { participant: string }[] }>(path)).items.map(({ participant }) => participant);
    expect(await listed('/v1/participants?programme=core')).toEqual([kept, third]);
    expect(await listed('/v1/participants?stage=merged')).toEqual([twice]);
    const { items } = await researcher.read<{ items: { studyNumber: string }[] }>('/v1/participants?stage=merged');
    expect(await researcher.read(`/v1/participants?studyNumber=${items[0]?.studyNumber}`)).toMatchObject({ items: [{ participant: twice, stage: 'merged', mergedInto: expect.any(String) }] });
    expect(await listed('/v1/caseload')).toEqual([kept]);
  });
  it('history, timeline and replay are of both, and say what was recorded under which', async () => {
    const of = (entries: Entries['entries'], type: string) => entries.filter((entry) => entry.type === type).map(({ registration = kept }) => registration);
    const { entries } = await auditor.read<Entries>(at(kept, '/history'));
    const { items } = await auditor.read<Timeline>(at(kept, '/timeline'));
    const replayed = await auditor.read<Entries & { state: { participant: { enrolled: { occurred: { at: string } } } } }>(at(kept, '/replay'));
    for (const shown of [entries, items, replayed.entries]) expect([of(shown, 'SessionAttended').sort(), of(shown, 'SessionOffered'), of(shown, 'Enrolled').sort()]).toEqual([[kept, twice].sort(), [twice], [kept, twice].sort()]);
    expect([of(items, 'ParticipantRegistered'), of(entries, 'ParticipantRegistered').sort()]).toEqual([[kept], [kept, twice].sort()]);
    expect(replayed.state.participant.enrolled.occurred.at).toBe('2026-02-02');
  });
  it('reading it is logged as reading both', async () => {
    const reader = await voiceOf(service, 'trial-manager', { subject: 'reader-of-both' });
    await reader.read(at(kept, '/history'));
    const { items } = await auditor.read<{ items: { actor: { id: string }; participants: string[] }[] }>('/v1/access-log?limit=50');
    expect(items.find(({ participants }) => participants.includes(twice) && participants.includes(kept))).toBeDefined();
  });
  it('the record still says what it knew before', async () => {
    const then = await auditor.read<Entries>(at(kept, `/replay?knownAt=${before.instant}`));
    expect(then.entries.some(({ registration, type }) => registration !== undefined || type === 'SessionOffered')).toBe(false);
  });
  it('what is new is recorded where the person lives on: that is where the worker is sent', async () => {
    const path = `/sessions/${uuid('se', 2)}/attendance`;
    const body = { ...attendance, occurred: { at: '2026-03-17T10:00:00+00:00' } };
    const answer = await worker.ask('PUT', at(twice, path), { body });
    const refusal = json(answer) as Refusal;
    expect([answer.status, refusal.code, refusal.detail.includes(kept)]).toEqual([409, 'participant-merged', true]);
    const held = await worker.record('PUT', at(kept, path), body);
    const { items } = await worker.read<{ items: { session: string; offered: boolean; outcome: string; flags: string[] }[] }>(at(kept, '/sessions'), held);
    expect(items.find(({ session }) => session === uuid('se', 2))).toMatchObject({ offered: true, outcome: 'attended', flags: expect.not.arrayContaining(['not-offered']) });
    // One session has one outcome, whichever registration it was told of.
    const missed = await worker.ask('PUT', at(kept, `/sessions/${uuid('se', 3)}/non-attendance`), { body: { kind: 'no-warning', ...on('2026-03-24') } });
    expect([missed.status, (json(missed) as Refusal).code]).toEqual([409, 'session-has-outcome']);
  });
  it('the same again is nothing; merged otherwise, or the other way round, is refused', async () => {
    expect((await manager.record('PUT', merges(kept, twice))).events).toEqual([]);
    const refused = async (one: string, other: string) => (json(await manager.ask('PUT', merges(one, other), { body: {} })) as Refusal).code;
    expect(await refused(third, twice)).toBe('already-merged');
    expect(await refused(twice, third)).toBe('kept-is-merged');
    expect(await refused(twice, kept)).toBe('merge-circle');
  });
  it('chains: the kept one’s own merge takes both along, and circles back to neither', async () => {
    const chained = await manager.record('PUT', merges(third, kept));
    expect(await summary(auditor, third, chained)).toMatchObject({ merged: [kept], enrolledOn: '2026-02-02', support: { attended: 3 } });
    expect([await summary(auditor, kept), await summary(auditor, twice)]).toMatchObject([{ stage: 'merged', mergedInto: third }, { stage: 'merged', mergedInto: kept }]);
    expect((json(await manager.ask('PUT', merges(twice, third), { body: {} })) as Refusal).code).toBe('merge-circle');
    const told = json(await researcher.ask('PUT', at(twice, '/completion'), { body: on('2026-07-01') })) as Refusal;
    expect([told.code, told.detail.includes(third)]).toEqual(['participant-merged', true]);
    await manager.record('DELETE', merges(third, kept));
  });
  it('undone, each has its own again, and what was recorded meanwhile stays where it was', async () => {
    const undone = await manager.record('DELETE', merges(kept, twice), { because: { code: 'merged-in-error' } });
    expect(await summary(auditor, kept, undone)).toMatchObject({ stage: 'enrolled', enrolledOn: '2026-03-02', merged: [], support: { attended: 2, offered: 0 }, outcome: { readmission: 'unknown' } });
    expect(await summary(auditor, twice)).toEqual(before.twice);
    expect((await manager.record('DELETE', merges(kept, twice))).events).toEqual([]);
    expect((await manager.read<{ items: object[] }>('/v1/participants?programme=core')).items).toHaveLength(3);
    const again = await manager.record('PUT', merges(kept, twice));
    expect(await summary(auditor, kept, again)).toMatchObject({ enrolledOn: '2026-02-02', merged: [twice] });
  });
  it('asked both ways at once, one way is recorded', async () => {
    const answers = await Promise.all([[kept, third], [third, kept]].map(([one = '', other = '']) => manager.ask('PUT', merges(one, other), { body: {} })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const lost = answers.find(({ status }) => status === 409);
    expect(lost && (json(lost) as Refusal).code).toBe('merge-circle');
  });
});

describe('one of two registrations erased', () => {
  const [gone, left] = [uuid('p', 11), uuid('p', 12)];
  const retold = () => researcher.ask('PUT', at(left, '/completion'), { body: on('2026-07-01') });
  beforeAll(async () => {
    await enrolled(gone, '2026-03-02');
    await enrolled(left, '2026-03-03');
    await manager.record('PUT', merges(gone, left), {});
    await erase(service.dataDir, gone);
  });

  it('leaves the other one where it was merged, and says how it can go on', async () => {
    const refused = json(await retold()) as Refusal;
    expect([refused.code, refused.detail]).toEqual(['participant-merged', expect.stringContaining('undo that merge')]);
    expect((json(await manager.ask('PUT', merges(left, gone), { body: {} })) as Refusal).code).toBe('participant-erased');
  });
  it('it goes on by itself once the merge is undone', async () => {
    const undone = await manager.record('DELETE', merges(gone, left), {});
    expect([undone.events.length, (await manager.record('DELETE', merges(gone, left), {})).events]).toEqual([1, undone.events]);
    expect(await summary(auditor, left, undone)).toMatchObject({ stage: 'enrolled', enrolledOn: '2026-03-03', mergedInto: null });
    const told = json(await retold()) as Receipt;
    const { items } = await auditor.read<Timeline>(at(left, '/timeline'), told);
    expect(items.map(({ type }) => type).filter((type) => !type.startsWith('Participants'))).toEqual(['ParticipantRegistered', 'ConsentGiven', 'Enrolled', 'Completed']);
  });
  it('where the merged one is gone, the kept one goes on, and is rid of it the same way', async () => {
    await enrolled(uuid('p', 13), '2026-03-04');
    await manager.record('PUT', merges(left, uuid('p', 13)), {});
    await erase(service.dataDir, uuid('p', 13));
    expect((await manager.record('DELETE', merges(left, uuid('p', 13)), {})).events).toHaveLength(1);
    await erase(service.dataDir, left);
    const both = await manager.ask('DELETE', merges(left, uuid('p', 13)), { body: {} });
    expect([both.status, (json(both) as Refusal).code]).toEqual([409, 'participant-erased']);
  });
});
