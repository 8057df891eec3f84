import { expect, it } from '@jest/globals';
import { fold } from '@cairn/kernel/decider.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { refold } from '@cairn/kernel/read-model.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { courseRows, type CourseRow } from './courses.read.js';
import { standing, type SupportEvent } from './events.js';
import { support } from './support.js';

type Said = [fact: SupportEvent, on: string | undefined];
const when = (at: string | undefined): Occurred => ({ ...(at !== undefined && { at }), precision: at === undefined ? 'unknown' : 'date', zone: 'Europe/London' });
const rowOf = (...said: Said[]): CourseRow => {
  const history = said.map(([fact, on], index) => entryOf(fact, index + 1, { occurred: when(on) }));
  const row = refold(courseRows, history as never[], () => undefined).get('');
  if (!row) throw new Error('Nothing was folded.');
  return row;
};

const attended = (session: string, on: string | undefined): Said => [{ type: 'SessionAttended', data: { session, minutes: 60, mode: 'video', worker: 'w1', punctuality: 'on-time' } }, on];
const offered = (session: string, on: string): Said => [{ type: 'SessionOffered', data: { session, ordinal: 1, plannedStart: '2026-09-01T10:00:00+01:00', mode: 'video', method: 'text' } }, on];
const of = (type: 'CourseDeclined' | 'CourseReoffered' | 'CourseReopened' | 'NoLogReturned', on: string | undefined, course = 1): Said => [{ type, data: { course } }, on];
const paused = (on: string | undefined): Said => [{ type: 'CoursePaused', data: { course: 1, reason: 'unwell' } }, on];
const ended = (on: string | undefined, course = 1): Said => [{ type: 'CourseEnded', data: { course, reason: 'completed' } }, on];
const counted = (sessions: number, on: string): Said => [{ type: 'CourseLogReconciled', data: { course: 1, attended: sessions } }, on];

it('a course runs until something else is said of it', () => {
  expect(rowOf(attended('a', '2026-02-01'))).toMatchObject({ course: 1, standing: 'running', log: 'unknown', courses: [{ course: 1, standing: 'running', attended: 1, begunOn: null }] });
  expect(rowOf(of('CourseDeclined', '2026-02-01'))).toMatchObject({ standing: 'declined' });
  expect(rowOf(of('CourseDeclined', '2026-02-01'), of('CourseReoffered', '2026-03-01'))).toMatchObject({ standing: 'running', courses: [{ begunOn: null }] });
  expect(rowOf(paused('2026-02-01'), ended('2026-03-01'), of('CourseReopened', '2026-04-01'))).toMatchObject({ standing: 'running', ended: null });
});

it('what was said later by its date stands, whenever it was entered', () => {
  expect(rowOf(ended('2026-03-01'), paused('2026-02-01'), of('CourseReopened', '2026-02-10'))).toMatchObject({ standing: 'ended', courses: [{ endedOn: '2026-03-01', pauses: [{ from: '2026-02-01', to: '2026-02-10' }] }] });
  expect(rowOf(counted(6, '2026-04-14'), of('NoLogReturned', '2026-04-01'))).toMatchObject({ log: 'reconciled', courses: [{ attendedByLog: 6 }] });
  expect(rowOf(counted(6, '2026-04-14'), of('NoLogReturned', '2026-05-01'))).toMatchObject({ log: 'not-returned', courses: [{ attendedByLog: null }] });
  expect(rowOf(paused('2026-02-01'), of('CourseReopened', undefined))).toMatchObject({ standing: 'running' });
});

it('writes and reads stand on one rule, in whatever order it was told', () => {
  const told: Said[] = [[{ type: 'CoursePaused', data: { course: 1, reason: 'unwell' } }, '2026-11-23'], of('CourseReopened', '2026-11-21'), of('CourseReopened', '2026-11-25'), ended('2026-11-01')];
  const orders = (rest: Said[]): Said[][] => (rest.length === 0 ? [[]] : rest.flatMap((one) => orders(rest.filter((other) => other !== one)).map((others) => [one, ...others])));
  for (const order of orders(told).flatMap((all) => all.map((_, count) => all.slice(0, count + 1)))) {
    const marks = fold(support, order.map(([fact, on], index) => entryOf(fact, index + 1, { occurred: when(on) })) as never[]).courses[1] ?? [];
    const decided = standing(marks, 'CourseEnded') ? 'ended' : standing(marks, 'CoursePaused') ? 'paused' : 'running';
    expect(rowOf(...order).standing).toBe(decided);
  }
});

it('a pause ends when the course goes on or ends, and is open until then', () => {
  expect(rowOf(paused('2026-02-01'), paused('2026-02-05'), ended('2026-03-01')).courses[0]?.pauses).toEqual([{ from: '2026-02-01', to: '2026-03-01' }]);
  expect(rowOf(paused('2026-02-01'), of('CourseReopened', '2026-02-03'), paused('2026-02-09')).courses[0]?.pauses).toEqual([{ from: '2026-02-01', to: '2026-02-03' }, { from: '2026-02-09', to: null }]);
});

it('a session belongs to the course of the day it was offered on, or held on where nobody offered it', () => {
  const row = rowOf(offered('a', '2026-06-20'), ended('2026-06-30'), of('CourseReoffered', '2026-07-01', 2), attended('a', '2026-07-05'), attended('b', '2026-07-05'), attended('c', '2026-05-01'), attended('d', undefined));
  expect(Object.fromEntries(Object.entries(row.sessions).map(([session, { course }]) => [session, course]))).toEqual({ a: 1, b: 2, c: 1, d: 2 });
  expect(row).toMatchObject({ course: 2, attended: 4, courses: [{ attended: 2, offered: 1, ended: 'completed' }, { attended: 2, offered: 0, ended: null, begunOn: '2026-07-01' }] });
  // The re-offer was entered late: everything after its day moves.
  expect(rowOf(attended('b', '2026-07-05'), ended('2026-06-30'), of('CourseReoffered', '2026-07-01', 2)).sessions).toMatchObject({ b: { course: 2 } });
});

it('another course has a next session again, where the one before had ended', () => {
  expect(rowOf(offered('a', '2026-06-20'), ended('2026-06-30')).nextPlannedStart).toBeNull();
  expect(rowOf(ended('2026-06-30'), of('CourseReoffered', '2026-07-01', 2), offered('b', '2026-07-02')).nextPlannedStart).toBe('2026-09-01T10:00:00+01:00');
});
