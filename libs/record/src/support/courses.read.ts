import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { dateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { attendedCode, cancelledCode, missedCode, type AttendanceCode } from './codes.js';
import { byDate, courseOn, standing, supportEvents, type Begun, type contactResults, type CourseEvent, type CourseMark } from './events.js';

export const standings = ['running', 'declined', 'paused', 'ended'] as const;
export type Standing = (typeof standings)[number];
/** Until the paper log is back and held against the record, what took place beside what is recorded is unknown, never nothing. */
export type CourseLog = 'unknown' | 'not-returned' | 'reconciled';

/** One course of sessions in numbers. */
export interface Course {
  readonly course: number;
  readonly standing: Standing;
  /** Local date of its offer; null for the first, which begins with the support, and where nobody knows. */
  readonly begunOn: string | null;
  readonly pauses: readonly Pause[];
  readonly ended: string | null;
  readonly endedOn: string | null;
  readonly offered: number;
  readonly attended: number;
  readonly byCode: Codes;
  readonly log: CourseLog;
  /** Sessions attended as the reconciled paper log counts them. */
  readonly attendedByLog: number | null;
}

export interface Pause {
  readonly from: string | null;
  /** Null while it goes on, or where nobody knows. */
  readonly to: string | null;
}

type Codes = Partial<Record<AttendanceCode, number>>;
interface Mark extends CourseMark {
  readonly reason?: string;
  readonly attended?: number;
}

/** A participant's sessions in numbers, over all courses and by course. Its very existence reveals allocation. */
@Entity({ schema: 'read', name: 'courses' })
@Index('courses_by_worker', ['worker'])
export class CourseRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text', { nullable: true }) worker: string | null;
  /** The course offered last; `standing`, `ended` and `log` are about this one. */
  @Column('int') course: number;
  @Column('text') standing: Standing;
  @Column('text') log: CourseLog;
  @Column('int') offered: number;
  /** Distinct attendances, codes 5 and 6, unplanned ones included. */
  @Column('int') attended: number;
  /** Sessions by attendance code, those without an outcome under 0. */
  @Column('jsonb', { name: 'by_code' }) byCode: Codes;
  @Column('date', { name: 'last_contact', nullable: true }) lastContact: string | null;
  @Column('text', { name: 'next_planned_start', nullable: true }) nextPlannedStart: string | null;
  @Column('text', { nullable: true }) ended: string | null;
  /** Attempts to reach the participant, by their result. */
  @Column('jsonb', { name: 'contact_attempts' }) contactAttempts: Partial<Record<(typeof contactResults)[number], number>>;
  /** The local date of each. */
  @Column('jsonb') attempts: Readonly<Record<string, string | null>>;
  @Column('jsonb') courses: readonly Course[];
  /** Entries that can no longer be read: whatever they said is unknown, never zero. */
  @Column('int') erased: number;
  @Column('jsonb') sessions: Readonly<Record<string, Session>>;
  /** What was said of each course, by its date. */
  @Column('jsonb') marks: Readonly<Record<number, readonly Mark[]>>;
}

interface Session {
  readonly offered?: true;
  readonly code?: AttendanceCode;
  readonly planned?: string;
  readonly declined?: true;
  /** The day of the offer, or of the outcome where nobody offered it. */
  readonly on?: string | null;
  /** The course it belongs to by that day; left out while there is only one. */
  readonly course?: number;
}

function session(row: CourseRow, { data, occurred }: { data: { session: string }; occurred: Occurred }, more: Session): CourseRow {
  const known = row.sessions[data.session] ?? { on: dateOf(occurred) ?? null };
  return { ...row, sessions: put(row.sessions, data.session, { ...known, ...more }) };
}

/** The day somebody was last seen or spoken to. */
function met(row: CourseRow, { occurred }: { occurred: Occurred }): CourseRow {
  const date = dateOf(occurred);
  return date !== undefined && (row.lastContact === null || date > row.lastContact) ? { ...row, lastContact: date } : row;
}

function mark(row: CourseRow, { type, data, occurred }: EntryOf<CourseEvent>): CourseRow {
  const said = { type, on: dateOf(occurred) ?? null, ...('reason' in data && { reason: data.reason }), ...('attended' in data && { attended: data.attended }) };
  return { ...row, marks: { ...row.marks, [data.course]: byDate(row.marks[data.course] ?? [], said) } };
}

function counted(sessions: readonly Session[]): Pick<Course, 'byCode' | 'offered' | 'attended'> {
  const byCode: Codes = {};
  let offered = 0;
  for (const session of sessions) {
    const { code = '0' } = session;
    byCode[code] = (byCode[code] ?? 0) + 1;
    if (session.offered) offered++;
  }
  return { byCode, offered, attended: (byCode['5'] ?? 0) + (byCode['6'] ?? 0) };
}

/** Its fields stand in the order in which jsonb gives them back, so that they need not be brought into it. */
function courseOf(course: number, marks: readonly Mark[], { byCode, offered, attended }: Pick<Course, 'byCode' | 'offered' | 'attended'>): Course {
  const ended = standing(marks, 'CourseEnded');
  const reconciled = standing(marks, 'CourseLogReconciled');
  return {
    log: reconciled ? 'reconciled' : standing(marks, 'NoLogReturned') ? 'not-returned' : 'unknown',
    ended: ended?.reason ?? null,
    byCode,
    course,
    pauses: pausesOf(marks),
    begunOn: (course > 1 && marks.find(({ type }) => type === 'CourseReoffered')?.on) || null,
    endedOn: ended?.on ?? null,
    offered,
    attended,
    standing: ended ? 'ended' : standing(marks, 'CoursePaused') ? 'paused' : standing(marks, 'CourseDeclined') ? 'declined' : 'running',
    attendedByLog: reconciled?.attended ?? null,
  };
}

function pausesOf(marks: readonly Mark[]): Pause[] {
  const pauses: Pause[] = [];
  let open = false;
  for (const { type, on } of marks) {
    const last = pauses.at(-1);
    if (type === 'CoursePaused' && !open) pauses.push({ from: on, to: null });
    if ((type === 'CourseReopened' || type === 'CourseEnded') && open && last) pauses[pauses.length - 1] = { ...last, to: on };
    open = type === 'CoursePaused' || (open && type !== 'CourseReopened' && type !== 'CourseEnded');
  }
  return pauses;
}

function derived(row: CourseRow): CourseRow {
  const numbers = [...new Set([1, ...Object.keys(row.marks).map(Number)])].sort((a, b) => a - b);
  const sessions = numbers.length === 1 ? row.sessions : placed(row, numbers);
  const all = Object.values(sessions);
  const total = counted(all);
  const courses = numbers.map((course) => courseOf(course, row.marks[course] ?? [], numbers.length === 1 ? total : counted(all.filter((session) => session.course === course))));
  const { course = 1, standing = 'running', log = 'unknown', ended = null } = courses.at(-1) ?? {};
  return { ...row, sessions, ...total, courses, course, standing, log, ended, nextPlannedStart: ended === null ? nextOf(all) : null };
}

/** The sessions, each with the course of its day. */
function placed({ sessions, marks }: CourseRow, numbers: readonly number[]): CourseRow['sessions'] {
  const begun: Begun = Object.fromEntries(numbers.slice(1).map((course) => [course, marks[course]?.find(({ type }) => type === 'CourseReoffered')?.on ?? null]));
  return Object.fromEntries(Object.entries(sessions).map(([id, session]) => [id, { ...session, course: courseOn(begun, session.on ?? undefined) }]));
}

function nextOf(sessions: readonly Session[]): string | null {
  const planned = sessions.filter(({ code, planned, declined }) => code === undefined && planned !== undefined && !declined).map(({ planned }) => planned ?? '');
  return planned.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

export const courseRows = readModel(
  CourseRow,
  [supportEvents],
  {
    initial: {
      worker: null, course: 1, standing: 'running', log: 'unknown', offered: 0, attended: 0, byCode: {}, lastContact: null, nextPlannedStart: null, ended: null, contactAttempts: {}, attempts: {}, courses: [], erased: 0,
      sessions: {}, marks: {},
    },
    erased: (row) => ({ ...row, erased: row.erased + 1 }),
    derive: derived,
  },
  {
    WorkerAssigned: (row, { data }) => ({ ...row, worker: data.worker }),
    WorkerUnassigned: (row, { data }) => (row.worker === data.worker ? { ...row, worker: null } : row),
    SessionOffered: (row, entry) => session(row, entry, { offered: true, on: dateOf(entry.occurred) ?? null, planned: row.sessions[entry.data.session]?.planned ?? entry.data.plannedStart }),
    OfferDeclined: (row, entry) => session(row, entry, { declined: true }),
    SessionRescheduled: (row, entry) => session(row, entry, { planned: entry.data.plannedStart }),
    SessionCancelled: (row, entry) => session(row, entry, { code: cancelledCode(entry.data) }),
    SessionNotAttended: (row, entry) => session(row, entry, { code: missedCode(entry.data) }),
    SessionAttended: (row, entry) => met(session(row, entry, { code: attendedCode(entry.data) }), entry),
    CourseDeclined: mark,
    CourseReoffered: mark,
    CoursePaused: mark,
    CourseReopened: mark,
    CourseEnded: mark,
    NoLogReturned: mark,
    CourseLogReconciled: mark,
    ContactAttempted: (row, entry) => {
      const { attempt, result } = entry.data;
      const tried = { ...row, attempts: put(row.attempts, attempt, dateOf(entry.occurred) ?? null), contactAttempts: { ...row.contactAttempts, [result]: (row.contactAttempts[result] ?? 0) + 1 } };
      return result === 'reached' ? met(tried, entry) : tried;
    },
  },
);
