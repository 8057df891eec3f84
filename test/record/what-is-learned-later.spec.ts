import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json } from '../access/http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { startService, type Service } from '../service.js';

/* Situations 5 and 6, and a death found late: what is learned of a participant after enrolment, by whoever learns it. */
let service: Service;
let researcher: Voice;
let worker: Voice;
let auditor: Voice;
const [withdrawing, unblinded, deceased] = [uuid('p', 1), uuid('p', 2), uuid('p', 3)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const on = (date: string) => ({ occurred: { at: date } });
const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1' };

interface Summary {
  stage: string;
  consent: Record<string, string>;
  withdrawn: Record<string, string>;
  diedOn: string | null;
  disclosures: object[];
  outcome: { readmission: string; reason: string; timeDays: number; diedDay: number | null };
  support?: { nextPlannedStart: string | null; attended: number };
  flags?: { session?: string; allocation?: true; flags: string[] }[];
}

beforeAll(async () => {
  service = await startService();
  await startProgramme(await voiceOf(service, 'investigator'));
  [researcher, worker, auditor] = await Promise.all((['researcher', 'worker', 'auditor'] as const).map((role) => voiceOf(service, role))) as [Voice, Voice, Voice];
  const supervisor = await voiceOf(service, 'supervisor');
  for (const participant of [withdrawing, unblinded, deceased]) {
    await researcher.record('PUT', at(participant), { programme: 'core', site: 's1', ...on('2025-01-13') });
    await researcher.record('PUT', at(participant, '/information'), { version: '2.0', ...on('2025-01-13') });
    await researcher.record('PUT', at(participant, '/consent'), { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true, ...on('2025-01-13') });
    await researcher.record('PUT', at(participant, '/enrolment'), on('2025-01-13'));
    await supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', ...on('2025-01-14') });
  }
});
afterAll(() => service.stop());

const summary = (voice: Voice, participant: string, since?: Receipt) => voice.read<Summary>(at(participant), since);

describe('interviews withdrawn, record access kept', () => {
  it('leaves the participant in the analysis, and what is found in the records counts', async () => {
    await researcher.record('DELETE', at(withdrawing, '/consent/interviews'), on('2025-04-01'));
    const searched = await researcher.record('PUT', at(withdrawing, '/outcome-window'), { sources: ['site-records', 'national-records'], searchedTo: '2026-01-13', noneFound: true, ...on('2026-01-20') });
    expect(await summary(researcher, withdrawing, searched)).toMatchObject({ stage: 'enrolled', withdrawn: { interviews: '2025-04-01' }, consent: { 'record-access': '2025-01-13' }, outcome: { readmission: 'no', timeDays: 365 } });
  });
  it('is given anew under a later form, from its date on', async () => {
    const anew = await researcher.record('PUT', at(withdrawing, '/reconsent'), { scopes: ['interviews'], formVersion: '3.0', capacity: true, ...on('2025-06-01') });
    const now = await summary(researcher, withdrawing, anew);
    expect([now.consent['interviews'], now.withdrawn]).toEqual(['2025-06-01', {}]);
  });
  it('what was searched after record access was withdrawn is not used; given anew, it counts as if it had not been', async () => {
    const withdrawn = await researcher.record('DELETE', at(withdrawing, '/consent/record-access'), on('2025-07-01'));
    expect((await summary(researcher, withdrawing, withdrawn)).outcome).toMatchObject({ readmission: 'unknown', timeDays: 0 });
    const anew = await researcher.record('PUT', at(withdrawing, '/reconsent'), { scopes: ['record-access'], formVersion: '3.0', capacity: true, ...on('2025-08-01') });
    expect((await summary(researcher, withdrawing, anew)).outcome).toMatchObject({ readmission: 'no' });
  });
});

describe('an assessor learns the allocation by accident', () => {
  it('is recorded by whoever knows, and shows to all that it happened, to nobody masked who said so', async () => {
    const told = await worker.record('PUT', at(unblinded, '/allocation-disclosure'), { to: 'assessor', kind: 'accidental', staff: 'r1', ...on('2025-05-12'), because: { code: 'overheard', text: 'I was greeted in the corridor.' } });
    const masked = await summary(researcher, unblinded, told);
    expect([masked.disclosures, masked.flags]).toEqual([[{ to: 'assessor', kind: 'accidental', on: '2025-05-12' }], [{ allocation: true, flags: ['assessor-unblinded'] }]]);
    expect((await summary(auditor, unblinded)).flags).toContainEqual({ allocation: true, flags: ['assessor-unblinded'] });
    for (const path of ['/history', '/timeline', '/replay']) {
      const text = JSON.stringify(await researcher.read<object>(at(unblinded, path)));
      expect([path, text.includes('AllocationDisclosed'), /worker|overheard|corridor|"r1"|w1/.test(text)]).toEqual([path, true, false]);
    }
    const { items } = await auditor.read<{ items: { type: string; actor: object; reason: object }[] }>(at(unblinded, '/timeline'));
    expect(items.find(({ type }) => type === 'AllocationDisclosed')).toMatchObject({ actor: { role: 'worker' }, reason: { code: 'overheard' } });
  });
});

describe('a death found out late', () => {
  const [before, after, planned] = [uuid('se', 1), uuid('se', 2), uuid('se', 3)];

  it('stops all contact from its date: what was recorded since is kept and flagged, and nothing comes next', async () => {
    await worker.record('PUT', at(deceased, `/sessions/${before}/attendance`), { ...attendance, occurred: { at: '2025-02-03T10:00:00+00:00' } });
    await worker.record('PUT', at(deceased, `/sessions/${after}/attendance`), { ...attendance, occurred: { at: '2025-03-10T10:00:00+00:00' } });
    const offered = await worker.record('PUT', at(deceased, `/sessions/${planned}/offer`), { plannedStart: '2025-03-17T10:00:00+00:00', mode: 'in-person', method: 'telephone', ...on('2025-03-03') });
    expect((await summary(worker, deceased, offered)).support?.nextPlannedStart).toMatch(/^2025-03-17/);
    const found = await worker.record('PUT', at(deceased, '/death'), { source: 'peer-support', ...on('2025-03-10') });
    const now = await summary(worker, deceased, found);
    expect(now).toMatchObject({ stage: 'died', diedOn: '2025-03-10', support: { nextPlannedStart: null, attended: 2 } });
    const flagged = (now.flags ?? []).filter(({ flags }) => flags.includes('after-death')).map(({ session }) => session);
    expect(flagged.sort()).toEqual([after, planned].sort());
  });
  it('shows in the timeline, the replay and the entry itself, and not in what was known before', async () => {
    interface Flagged {
      readonly id: string;
      readonly type: string;
      readonly data: { readonly session?: string };
      readonly flags?: readonly string[];
    }
    const visits = (entries: readonly Flagged[]) => Object.fromEntries(entries.flatMap(({ type, data, flags }) => (type === 'SessionAttended' ? [[data.session, (flags ?? []).filter((flag) => flag === 'after-death')]] : [])));
    const { items } = await worker.read<{ items: Flagged[] }>(at(deceased, '/timeline'));
    const { entries } = await worker.read<{ entries: Flagged[] }>(at(deceased, '/replay'));
    expect([visits(items), visits(entries)]).toEqual([{ [before]: [], [after]: ['after-death'] }, { [before]: [], [after]: ['after-death'] }]);
    const visited = items.find(({ data }) => data.session === after)?.id ?? '';
    expect((await worker.read<{ flags: string[] }>(at(deceased, `/entries/${visited}`))).flags).toContain('after-death');
    const told = items.find(({ type }) => type === 'Died') as Flagged & { recordedAt: string };
    const justBefore = new Date(Date.parse(told.recordedAt) - 1).toISOString();
    const former = await worker.read<{ entries: Flagged[] }>(at(deceased, `/replay?knownAt=${justBefore}`));
    expect(visits(former.entries)).toEqual({ [before]: [], [after]: [] });
  });
  it('told again by another is nothing, and tells them nothing; another date is refused', async () => {
    const again = await researcher.ask('PUT', at(deceased, '/death'), { body: { source: 'national-records', ...on('2025-03-10') } });
    expect([again.status, (json(again) as { events: string[] }).events]).toEqual([200, []]);
    const other = await researcher.ask('PUT', at(deceased, '/death'), { body: { source: 'national-records', ...on('2025-03-11') } });
    expect([other.status, (json(other) as { code: string }).code]).toEqual([409, 'already-recorded']);
  });
  it('is as far as the records need to be searched', async () => {
    const searched = await researcher.record('PUT', at(deceased, '/outcome-window'), { sources: ['site-records', 'national-records'], searchedTo: '2025-03-10', noneFound: true, ...on('2025-06-01') });
    expect((await summary(researcher, deceased, searched)).outcome).toMatchObject({ readmission: 'no', reason: 'searched-clear-to-death', timeDays: 56, diedDay: 56 });
  });
});

describe('an enrolment dated before the consent', () => {
  const early = uuid('p', 4);

  it('is taken, and flagged to everybody until the consent is dated right', async () => {
    await researcher.record('PUT', at(early), { programme: 'core', site: 's1', ...on('2025-01-13') });
    await researcher.record('PUT', at(early, '/consent'), { scopes: ['contact'], formVersion: '2.1', capacity: true, ...on('2025-01-14') });
    const enrolled = await researcher.record('PUT', at(early, '/enrolment'), on('2025-01-13'));
    expect((await summary(researcher, early, enrolled)).flags).toEqual([{ enrolment: true, flags: ['before-consent'] }]);
    const { items } = await auditor.read<{ items: { id: string; type: string; flags?: string[] }[] }>(at(early, '/timeline'));
    expect(items.map(({ type, flags = [] }) => [type, flags.includes('before-consent')])).toContainEqual(['Enrolled', true]);
    const { streams } = await researcher.read<{ streams: Record<string, { etag: string }> }>(at(early, '/history'));
    const consent = items.find(({ type }) => type === 'ConsentGiven')?.id ?? '';
    const body = { data: { scopes: ['contact'], formVersion: '2.1', capacity: true }, ...on('2025-01-13'), reason: { code: 'entry-error' } };
    const amended = await researcher.record('POST', at(early, `/entries/${consent}/amend`), body, { 'if-match': streams['participant']?.etag ?? '' });
    expect((await summary(researcher, early, amended)).flags).toEqual([]);
  });
});
