import type { Role } from '@cairn/access/roles.js';
import { codeOf, json, type Answer } from '../access/http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { startService, type Service } from '../service.js';

/* One participant through two courses of sessions, a lost workbook, and acute care around day 0. */
let service: Service;
const voices = new Map<Role, Voice>();
const participant = uuid('p', 1);
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const on = (day: string) => ({ occurred: { at: day } });
const by = (role: Role): Voice => {
  const voice = voices.get(role);
  if (!voice) throw new Error(`Nobody speaks as ${role}.`);
  return voice;
};
const tell = (role: Role, path: string, body: object): Promise<Receipt> => by(role).record('PUT', at(path), body);
const refusal = (answer: Answer) => [answer.status, codeOf(answer)];

interface Course {
  readonly course: number;
  readonly standing: string;
}
interface Summary {
  readonly support: { readonly course: number; readonly standing: string; readonly ended: string | null; readonly log: string; readonly attended: number; readonly lastContact: string; readonly contactAttempts: object; readonly courses: Course[] };
  readonly workbook: { readonly completed: number; readonly issued: Record<string, object> };
  readonly outcome: object;
  readonly flags: { readonly flags: string[] }[];
}
const summary = (role: Role, since: Receipt) => by(role).read<Summary>(at(), since);
const visit = (n: number, start: string) => tell('worker', `/sessions/${uuid('se', n)}/attendance`, { minutes: 60, mode: 'in-person', punctuality: 'on-time', ...on(start) });
const offer = (n: number, day: string, start = `${day}T14:00:00+00:00`) => tell('worker', `/sessions/${uuid('se', n)}/offer`, { plannedStart: start, mode: 'in-person', method: 'telephone', ...on(day) });

beforeAll(async () => {
  service = await startService();
  for (const role of ['investigator', 'researcher', 'clinician', 'supervisor', 'worker', 'data-manager'] as const) voices.set(role, await voiceOf(service, role));
  await startProgramme(by('investigator'));
  await tell('researcher', '', { programme: 'core', site: 's1', ...on('2026-01-12') });
  await tell('researcher', '/consent', { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, ...on('2026-01-12') });
  await tell('researcher', '/enrolment', on('2026-01-12'));
  await tell('clinician', `/episodes/${uuid('ep', 1)}/index-discharge`, { setting: 'crisis-team', ...on('2026-01-09') });
  await tell('supervisor', '/worker', { worker: 'w1', ...on('2026-01-13') });
});
afterAll(() => service.stop());

describe('a course of sessions', () => {
  it('is declined, offered again, paused and goes on; a visit within the pause is kept and flagged', async () => {
    await tell('worker', '/courses/1/decline', on('2026-01-14'));
    await tell('worker', '/courses/1/re-offer', on('2026-01-20'));
    await offer(1, '2026-01-22');
    await visit(1, '2026-01-22T14:00:00+00:00');
    await tell('worker', '/courses/1/pause', { reason: 'unwell', ...on('2026-02-01') });
    const paused = await visit(2, '2026-02-05T14:00:00+00:00');
    expect((await summary('worker', paused)).support).toMatchObject({ course: 1, standing: 'paused' });
    const goesOn = await tell('worker', '/courses/1/reopening', on('2026-02-10'));
    const { support, flags } = await summary('worker', goesOn);
    expect(support).toMatchObject({ standing: 'running', attended: 2, log: 'unknown' });
    expect(flags).toContainEqual({ session: uuid('se', 2), flags: expect.arrayContaining(['not-offered', 'while-paused']) });
  });

  it('takes a reopening dated before its pause, shows it, and takes the true one', async () => {
    await tell('worker', '/courses/1/pause', { reason: 'unwell', ...on('2026-02-20') });
    const before = await tell('worker', '/courses/1/reopening', on('2026-02-18'));
    expect(await summary('worker', before)).toMatchObject({ support: { standing: 'paused' }, flags: expect.arrayContaining([{ course: 1, flags: ['reopened-while-running'] }]) as object });
    const goesOn = await tell('worker', '/courses/1/reopening', on('2026-02-22'));
    expect((await summary('worker', goesOn)).support).toMatchObject({ standing: 'running', courses: [{ pauses: [{ from: '2026-02-01', to: '2026-02-10' }, { from: '2026-02-20', to: '2026-02-22' }] }] });
    expect(refusal(await by('worker').ask('PUT', at('/courses/1/re-offer'), { body: on('2026-02-23') }))).toEqual([409, 'course-running']);
  });

  it('counts who was tried to be reached and how it went; only who was spoken to was in contact', async () => {
    await tell('worker', `/contact-attempts/${uuid('at', 1)}`, { method: 'telephone', result: 'no-answer', ...on('2026-02-12') });
    const reached = await tell('worker', `/contact-attempts/${uuid('at', 2)}`, { method: 'text', result: 'reached', ...on('2026-02-11') });
    expect((await summary('worker', reached)).support).toMatchObject({ contactAttempts: { 'no-answer': 1, reached: 1 }, lastContact: '2026-02-11' });
  });

  it('ends, by its number; the way it ended before is gone', async () => {
    expect((await by('worker').ask('PUT', at('/support/end'), { body: { reason: 'completed' } })).status).toBe(404);
    expect(refusal(await by('worker').ask('PUT', at('/courses/2/re-offer'), { body: {} }))).toEqual([409, 'course-running']);
    const ended = await tell('worker', '/courses/1/end', { reason: 'participant-choice', ...on('2026-03-31') });
    expect((await summary('worker', ended)).support).toMatchObject({ standing: 'ended', ended: 'participant-choice' });
    expect(refusal(await by('worker').ask('PUT', at('/courses/2/end'), { body: { reason: 'completed' } }))).toEqual([409, 'course-unknown']);
    for (const course of ['0', '21', 'one', '1.5']) expect((await by('worker').ask('PUT', at(`/courses/${course}/end`), { body: { reason: 'completed' } })).status).toBe(400);
  });

  it('says nothing of "all planned" until its paper log is held against the record', async () => {
    const missing = await tell('worker', '/courses/1/missing-log', on('2026-04-01'));
    const courseIn = async (since: Receipt) => (await summary('supervisor', since)).support.courses[0];
    expect(await courseIn(missing)).toMatchObject({ log: 'not-returned', allPlanned: null, attended: 2 });
    const counted = await tell('supervisor', '/courses/1/log-reconciliation', { attended: 3, ...on('2026-04-14') });
    expect(await courseIn(counted)).toMatchObject({ log: 'reconciled', allPlanned: false, attended: 2, attendedByLog: 3 });
    expect((await summary('supervisor', counted)).flags).toContainEqual({ course: 1, flags: ['log-differs', 'reopened-while-running'] });
    const found = await visit(3, '2026-03-03T14:00:00+00:00');
    expect((await summary('supervisor', found)).flags).toContainEqual({ course: 1, flags: ['reopened-while-running'] });
  });

  it('is followed by another, whose sessions are counted from one; what happened before it stays where it was', async () => {
    await tell('worker', '/courses/2/re-offer', on('2026-07-01'));
    await offer(4, '2026-07-02', '2026-07-02T14:00:00+01:00');
    await visit(4, '2026-07-02T14:00:00+01:00');
    const late = await visit(5, '2026-04-02T14:00:00+01:00');
    const { items } = await by('worker').read<{ items: { session: string; course: number; ordinal: number | null; flags: string[] }[] }>(at('/sessions'), late);
    const sessions = Object.fromEntries(items.map(({ session, course, ordinal, flags }) => [session, { course, ordinal, flags }]));
    expect(sessions[uuid('se', 1)]).toMatchObject({ course: 1, ordinal: 1 });
    expect(sessions[uuid('se', 4)]).toMatchObject({ course: 2, ordinal: 1 });
    expect(sessions[uuid('se', 4)]?.flags).not.toContain('outside-span');
    expect(sessions[uuid('se', 5)]).toMatchObject({ course: 1, ordinal: null, flags: expect.arrayContaining(['after-end']) as string[] });
    const { support } = await summary('worker', late);
    expect(support).toMatchObject({ course: 2, standing: 'running', ended: null, log: 'unknown', attended: 5 });
    expect(support.courses).toMatchObject([{ course: 1, attended: 4, ended: 'participant-choice', log: 'reconciled' }, { course: 2, attended: 1, begunOn: '2026-07-01', allPlanned: null }]);
  });

  it('keeps the end on which the next one rests', async () => {
    const { streams, entries } = await by('worker').read<{ streams: Record<string, { etag: string }>; entries: { id: string; type: string }[] }>(at('/history'));
    const end = entries.find(({ type }) => type === 'CourseEnded')?.id;
    const answer = await by('worker').ask('POST', at(`/entries/${end}/void`), { body: { why: 'entered-in-error' }, headers: { 'if-match': streams['support']?.etag ?? '' } });
    expect(refusal(answer)).toEqual([409, 'entry-needed']);
  });
});

describe('a workbook', () => {
  it('that is lost after it was written in is an information incident; a section reopened is not completed', async () => {
    await tell('worker', '/workbook', { version: '1', delivery: 'post', ...on('2026-01-20') });
    const returned = await tell('worker', '/workbook/return', { cause: 'wrong-address', ...on('2026-01-28') });
    expect((await summary('worker', returned)).flags).toContainEqual({ workbook: '1', flags: ['delivery-returned'] });
    await tell('worker', '/workbook/reissue', { delivery: 'in-person', cause: 'damaged', filled: false, ...on('2026-02-05') });
    await tell('worker', '/workbook/sections/recovery-means/completion', { reporter: 'participant', ...on('2026-02-12') });
    await tell('worker', '/workbook/reissue', { delivery: 'in-person', cause: 'lost', filled: true, ...on('2026-02-20') });
    const reopened = await tell('worker', '/workbook/sections/recovery-means/reopening', on('2026-02-21'));
    const { workbook, flags } = await summary('worker', reopened);
    expect(workbook).toMatchObject({ completed: 0, issued: { 1: { delivery: 'in-person', on: '2026-02-20', reissued: 2 } } });
    expect(flags).toContainEqual({ workbook: '1', flags: ['filled-copy-lost'] });
    expect(refusal(await by('worker').ask('PUT', at('/workbook/sections/recovery-means/reopening'), { body: on('2026-02-22') }))).toEqual([409, 'section-not-completed']);
  });
});

describe('acute care around day 0', () => {
  const outcome = async (since: Receipt) => (await summary('researcher', since)).outcome;
  const [assessed, sameDay] = [uuid('ep', 2), uuid('ep', 3)];

  it('counts no assessment that led nowhere, and leaves day 0 open until somebody decides', async () => {
    await tell('clinician', `/episodes/${assessed}/non-acceptance`, { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', ...on('2026-05-02') });
    const searched = await tell('researcher', '/outcome-window', { sources: ['site-records'], searchedTo: '2026-09-14', noneFound: true, ...on('2026-09-14') });
    expect(await outcome(searched)).toMatchObject({ readmission: 'unknown', reason: 'search-incomplete' });
    const found = await tell('researcher', `/episodes/${sameDay}/admission`, { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', ...on('2026-01-12') });
    expect(await outcome(found)).toMatchObject({ readmission: 'unknown', reason: 'day-0-to-adjudicate' });
    const decided = await tell('investigator', `/episodes/${sameDay}/adjudication`, { decision: 'readmission', ...on('2026-10-01') });
    expect(await outcome(decided)).toMatchObject({ readmission: 'yes', day: 0, timeDays: 0 });
    expect(refusal(await by('researcher').ask('PUT', at(`/episodes/${sameDay}/adjudication`), { body: { decision: 'index-care' } }))).toEqual([409, 'already-recorded']);
  });

  it('flags a move before its admission to everybody who sees the case', async () => {
    const moved = await tell('researcher', `/episodes/${sameDay}/transfer`, { to: 'crisis-house', ...on('2026-01-11') });
    for (const role of ['researcher', 'clinician'] as const) expect((await summary(role, moved)).flags).toContainEqual({ episode: sameDay, flags: ['transfer-before-admission'] });
    expect(JSON.stringify((await summary('researcher', moved)).flags)).not.toMatch(/session|course|workbook|section/);
  });

  it('flags a screening that contradicts its own criteria', async () => {
    const screened = await tell('researcher', '/screening', { criteria: [{ code: 'crisis-care', met: true }, { code: 'risk', met: true }], result: 'eligible', ...on('2026-01-12') });
    expect((await summary('researcher', screened)).flags).toContainEqual({ screening: true, flags: ['eligible-with-exclusion'] });
  });
});

it('an answer names no field that was not asked for: the marks a fold keeps stay inside', async () => {
  expect(json(await by('worker').ask('GET', at()))).not.toHaveProperty('support.marks');
});
