import { expect, it } from '@jest/globals';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { Episode } from './acute-care/spells.js';
import type { Session } from './case-views.js';
import { neutralFlags, revealingFlags } from './flagged.js';
import { participantRows } from './participants/participants.read.js';
import { courseRows, type Course } from './support/courses.read.js';
import { entryOf } from '@cairn/kernel/testing.js';

const lookup = () => ({ protocol: { eligibility: [{ code: 'crisis-care', kind: 'inclusion' }, { code: 'risk', kind: 'exclusion' }] } });
const screened = (result: 'eligible' | 'not-eligible', ...met: [string, boolean][]) => {
  const fact = { type: 'Screened', data: { criteria: met.map(([code, is]) => ({ code, met: is })), result } };
  return participantRows.fold(undefined, [entryOf(fact, 1, { stream: 'participant-1', protocol: { programme: 'core', site: 's1', version: '1' } })], lookup);
};
const stay = (also: Partial<Episode>): OutcomeRow => ({ quarantined: [], facts: { found: { f1: '2026-03-12' }, byEpisode: { e1: { start: '2026-03-10', end: '2026-03-20', ended: true, setting: 'ward', ...also } } } }) as never;
const moved = (on: string | null) => [{ to: 'crisis-house', on }];

it('a screening that contradicts its own criteria is shown to everybody', () => {
  expect(neutralFlags(screened('eligible', ['crisis-care', true], ['risk', false]), null)).toEqual([]);
  expect(neutralFlags(screened('eligible', ['crisis-care', true], ['risk', true]), null)).toEqual([{ screening: true, flags: ['eligible-with-exclusion'] }]);
  expect(neutralFlags(screened('eligible', ['crisis-care', false]), null)).toEqual([{ screening: true, flags: ['eligible-without-inclusion'] }]);
  expect(neutralFlags(screened('not-eligible', ['crisis-care', true], ['risk', false]), null)).toEqual([{ screening: true, flags: ['not-eligible-without-reason'] }]);
  expect(neutralFlags(screened('not-eligible', ['crisis-care', true]), null)).toEqual([]);
});

it('a move outside its episode is, where the dates leave no doubt', () => {
  const row = screened('eligible');
  expect(neutralFlags(row, stay({ transfers: moved('2026-03-10') }))).toEqual([]);
  expect(neutralFlags(row, stay({ transfers: moved('2026-03-09') }))).toEqual([{ episode: 'e1', flags: ['transfer-before-admission'] }]);
  expect(neutralFlags(row, stay({ transfers: moved('2026-03-21') }))).toEqual([{ episode: 'e1', flags: ['transfer-after-discharge'] }]);
  expect(neutralFlags(row, stay({ start: '2026-03-31', earliest: '2026-03-01', transfers: moved('2026-03-09') }))).toEqual([]);
  expect(neutralFlags(row, stay({ start: null, end: null, transfers: moved('2026-03-09') }))).toEqual([]);
});

it('an admission found before it began, and a search that told of none while one is on record, are shown to everybody', () => {
  const row = screened('eligible');
  expect(neutralFlags(row, stay({ entry: 'f1' }))).toEqual([]);
  expect(neutralFlags(row, stay({ entry: 'f1', start: '2026-03-13' }))).toEqual([{ episode: 'e1', flags: ['found-before-admission'] }]);
  const searched = (searchedTo: string, noneFound: boolean, also: object = {}) =>
    neutralFlags(row, { readmission: 'yes', day: 9, quarantined: [], facts: { t0: '2026-03-01', byEpisode: {}, found: {}, searches: [{ sources: ['site-records'], searchedTo, noneFound, entry: 'e' }] }, ...also } as never);
  expect(searched('2026-03-10', true)).toEqual([{ outcome: true, flags: ['none-found-contradicted'] }]);
  expect([searched('2026-03-09', true), searched('2026-03-10', false), searched('2026-03-10', true, { readmission: 'no', day: null })]).toEqual([[], [], []]);
});

it('an attempt to reach somebody and a section are, from the day of death or withdrawal on; and a section started after it was completed', () => {
  const sections = [{ section: 'a', version: '1', startedOn: '2026-03-01', completedOn: '2026-03-05' }, { section: 'b', version: '1', startedOn: '2026-03-09', completedOn: '2026-03-02' }];
  const flagged = (beside: object) => revealingFlags([], { workbook: { issued: {}, completed: 2, erased: 0, sections } }, { attempts: { t1: '2026-03-04', t2: '2026-03-05', t3: null }, ...beside });
  const turned = { section: 'b', flags: ['started-after-completion'] };
  expect(flagged({})).toEqual([turned]);
  expect(flagged({ diedOn: '2026-03-05' })).toEqual([{ section: 'a', flags: ['after-death'] }, { section: 'b', flags: [...turned.flags, 'after-death'] }, { attempt: 't2', flags: ['after-death'] }]);
  expect(flagged({ contactWithdrawn: '2026-03-10' })).toEqual([turned]);
});

it('a paper log that counts otherwise, one that did not come back, and a lost copy that was written in are for those who may know the arm', () => {
  const courses = courseRows.derive(courseRows.fold(undefined, [entryOf({ type: 'CourseEnded', data: { course: 1, reason: 'completed' } }, 1, { stream: 'support-1' })], lookup)).courses;
  const flagged = (also: Partial<Course>) => revealingFlags([], { support: { courses: courses.map((course) => ({ ...course, ...also })) } as never });
  expect(flagged({})).toEqual([]);
  expect(flagged({ log: 'reconciled', attended: 4, attendedByLog: 4 })).toEqual([]);
  expect(flagged({ log: 'reconciled', attended: 4, attendedByLog: 5 })).toEqual([{ course: 1, flags: ['log-differs'] }]);
  expect(flagged({ log: 'not-returned' })).toEqual([{ course: 1, flags: ['log-not-returned'] }]);
  const issued = { 1: { delivery: 'post', on: null, filledCopyLost: true, returnedOn: null }, 2: { delivery: 'post', on: null } } as const;
  expect(revealingFlags([], { workbook: { issued, completed: 0, erased: 0, sections: [] } })).toEqual([{ workbook: '1', flags: ['filled-copy-lost', 'delivery-returned'] }]);
});

it('a reopening where nothing was closed, and an end before the course began, are shown beside their course', () => {
  const { courses } = courseRows.derive(courseRows.fold(undefined, [entryOf({ type: 'CourseReoffered', data: { course: 1 } }, 1, { stream: 'support-1' })], lookup));
  const flagged = (...marks: [type: 'CoursePaused' | 'CourseReopened' | 'CourseEnded', on: string][]) =>
    revealingFlags([], { support: { courses } as never }, { marks: { 1: marks.map(([type, on]) => ({ type, on })) }, enrolledOn: '2026-11-02' });
  expect(flagged(['CourseReopened', '2026-11-21'], ['CoursePaused', '2026-11-23'])).toEqual([{ course: 1, flags: ['reopened-while-running'] }]);
  expect(flagged(['CoursePaused', '2026-11-23'], ['CourseReopened', '2026-11-25'], ['CourseEnded', '2026-11-30'])).toEqual([]);
  expect(flagged(['CourseEnded', '2026-11-01'])).toEqual([{ course: 1, flags: ['ended-before-begun'] }]);
});

it('sessions missed in a row ask for a review of a running course, an attendance between them does not, and a cancellation counts for neither', () => {
  const row = courseRows.derive(courseRows.fold(undefined, [entryOf({ type: 'CourseReoffered', data: { course: 1 } }, 1, { stream: 'support-1' })], lookup));
  const on = (day: number, outcome: Session['outcome']) => ({ session: `s${day}`, course: 1, outcome, occurredOn: `2026-02-${String(day).padStart(2, '0')}`, flags: [] }) as unknown as Session;
  const flagged = (sessions: Session[], courses = row.courses) => revealingFlags(sessions, { support: { courses } as never }, { reviewAfter: 3 });
  const missed = [on(3, 'not-attended'), on(1, 'not-attended'), on(2, 'cancelled'), on(4, 'not-attended')];
  expect(flagged(missed)).toEqual([{ course: 1, flags: ['review-attendance'] }]);
  expect(flagged([...missed, on(2, 'attended')])).toEqual([]);
  expect(flagged([...missed, on(5, 'attended')])).toEqual([]);
  expect(flagged(missed, row.courses.map((course) => ({ ...course, standing: 'paused' })))).toEqual([]);
});

it('an enrolment before any consent, and either on the day of death or after it, are shown to everybody', () => {
  const known = { capacity: true, capacityNow: null, disclosures: [], screeningDoubts: [], consent: { contact: '2026-03-05' }, firstConsent: { on: '2026-03-02' }, enrolledOn: '2026-03-02', diedOn: null };
  const flagged = (also: object) => neutralFlags({ ...known, ...also } as never, null);
  expect([flagged({}), flagged({ enrolledOn: null }), flagged({ firstConsent: { on: null }, enrolledOn: '2026-01-01' })]).toEqual([[], [], []]);
  expect(flagged({ enrolledOn: '2026-03-01' })).toEqual([{ enrolment: true, flags: ['before-consent'] }]);
  expect(flagged({ diedOn: '2026-03-05' })).toEqual([{ consent: true, flags: ['after-death'] }]);
  expect(flagged({ diedOn: '2026-03-01' })).toEqual([{ consent: true, flags: ['after-death'] }, { enrolment: true, flags: ['after-death'] }]);
});
