import { isMasked, seesClass } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { monthsAfter } from '@cairn/kernel/occurred.js';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { Session, Summary } from './case-views.js';
import { neutralFlags, revealingFlags } from './flagged.js';
import type { ParticipantRow } from './participants/participants.read.js';
import type { ProtocolVersionPublished } from './programme/events.js';
import type { ReviewedRow } from './review/reviewed.read.js';
import { attendanceCodes } from './support/codes.js';
import type { CourseRow } from './support/courses.read.js';
import { flagsOf, type JudgedSession, type SessionCourse } from './support/flags.js';
import type { SessionRow } from './support/sessions.read.js';
import type { WorkbookRow } from './workbook/workbooks.read.js';

/** What the read models hold of one participant: the first two for those who are masked as well. */
export interface CaseRows<Session extends JudgedSession = JudgedSession> {
  readonly participant: ParticipantRow;
  readonly outcome: OutcomeRow | null;
  readonly course: Omit<CourseRow, 'sessions'> | null;
  /** Which session belongs to which course, where there was more than one. */
  readonly placed?: CourseRow['sessions'];
  readonly sessions: readonly Session[];
  readonly workbook: WorkbookRow | null;
  readonly reviewed: ReviewedRow | null;
}

type Protocol = ProtocolVersionPublished | undefined;

/** One participant at a glance. */
export function summaryOf(rows: CaseRows, protocol: Protocol, { caller, roles }: Asking): Summary {
  const { position: _, screeningDoubts: __, firstConsent: ___, ...known } = rows.participant;
  const neutral = neutralFlags(rows.participant, rows.outcome);
  const common = { ...known, outcome: outcomeView(rows.outcome) };
  if (isMasked(caller)) return { ...common, flags: neutral };
  const care = careOf(rows, protocol, seesClass(roles, 'worker'));
  const sessions = inOrder(rows, protocol).map(({ row: { session, outcome, occurredOn }, course, flags }) => ({ session, outcome, occurredOn, course, flags }));
  const beside = { reviewAfter: protocol?.attendanceReviewThreshold, marks: rows.course?.marks, attempts: rows.course?.attempts, enrolledOn: rows.participant.enrolledOn, ...stopsOf(rows.participant) };
  return { ...common, ...care, flags: [...neutral, ...revealingFlags(sessions, care, beside)] };
}

export function outcomeView(row: OutcomeRow | null | undefined): Summary['outcome'] {
  const { readmission = 'unknown', day = null, reason = 'not-enrolled', timeDays = null, diedDay = null, spells = [] } = row ?? {};
  return { readmission, day, reason, timeDays, diedDay, spells };
}

/** In the order in which they are planned or took place. */
export function sessionsOf(rows: CaseRows<SessionRow>, protocol: Protocol): Session[] {
  return inOrder(rows, protocol).map(({ row, course, flags }) => {
    const { session, ordinal, offered, offeredWhen, plannedStart, response, outcome, code, entry, occurred, occurredOn, minutes, mode, worker } = row;
    return { session, ordinal, offered, offeredWhen, plannedStart, response, outcome, code, entry, occurred, occurredOn, minutes, mode, worker, course, flags };
  });
}

function inOrder<Session extends JudgedSession>(rows: CaseRows<Session>, protocol: Protocol) {
  const { participant, sessions, reviewed } = rows;
  const courseOf = coursesOf(rows, protocol?.spanMonths);
  const { attested = [], dismissed = [] } = reviewed ?? {};
  const flags = flagsOf(sessions, { attested, dismissed, plannedSessions: protocol?.plannedSessions, courseOf, ...stopsOf(participant) });
  return sessions
    .map((row) => ({ row, course: courseOf(row.session)?.course ?? 1, flags: flags.get(row.session) ?? [] }))
    .sort((a, b) => a.course - b.course || (a.row.ordinal ?? 999) - (b.row.ordinal ?? 999) || inText(a.row.occurredOn ?? '', b.row.occurredOn ?? '') || inText(a.row.session, b.row.session));
}

function inText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Local dates from which nobody is to be visited. */
function stopsOf({ withdrawn, diedOn }: ParticipantRow) {
  return { contactWithdrawn: withdrawn.contact ?? undefined, diedOn: diedOn ?? undefined };
}

function careOf({ participant, course, workbook }: CaseRows, protocol: Protocol, seesWorker: boolean): Pick<Summary, 'support' | 'workbook'> {
  return {
    ...(course && { support: { ...supportOf(course, protocol?.plannedSessions ?? null, seesWorker), ...(participant.stage === 'died' && { nextPlannedStart: null }) } }),
    ...(workbook && { workbook: { issued: workbook.issued, completed: workbook.completed, erased: workbook.erased, sections: Object.values(workbook.sections) } }),
  };
}

/** Tells of a session which course it belongs to. Its span counts from the day the course began: the first with the enrolment. */
function coursesOf({ participant: { enrolledOn }, course: row, placed }: CaseRows, spanMonths: number | undefined): (session: string) => SessionCourse | undefined {
  const courses = new Map(
    (row?.courses ?? []).map(({ course, begunOn, endedOn, standing, pauses: all }) => {
      // A pause that ended on a day nobody knows leaves every day after it in doubt.
      const pauses = all.filter(({ to }) => to !== null || standing === 'paused');
      const from = course === 1 ? enrolledOn : begunOn;
      return [course, { course, endedOn, pauses, spanEnd: from !== null && spanMonths !== undefined ? monthsAfter(from, spanMonths) : undefined }];
    }),
  );
  return (session) => courses.get(placed ? (placed[session]?.course ?? 1) : 1);
}

function supportOf({ participant: _, position: __, marks: ___, attempts: ____, byCode, worker, courses, ...row }: Omit<CourseRow, 'sessions'>, planned: number | null, seesWorker: boolean): NonNullable<Summary['support']> {
  const counted = Object.entries(attendanceCodes).map(([code, meaning]) => ({ code, meaning, sessions: byCode[code as keyof typeof byCode] ?? 0 }));
  const judged = courses.map((course) => ({ ...course, allPlanned: course.log === 'reconciled' && planned !== null && row.erased === 0 ? course.attended >= planned : null }));
  return { ...row, planned, byCode: counted, courses: judged, ...(seesWorker && { worker }) };
}
