import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open, Worker } from '@cairn/kernel/disclosure.js';
import { remarks } from '../review/events.js';

export const modes = ['in-person', 'telephone', 'video'] as const;
export const offerMethods = ['in-person', 'telephone', 'text', 'letter', 'email'] as const;
export const places = ['home', 'service', 'community', 'other'] as const;
export const nonAttendances = ['no-warning', 'too-late', 'no-access'] as const;
export const contactResults = ['reached', 'message-left', 'no-answer', 'wrong-details'] as const;
export const pauseReasons = ['participant-choice', 'unwell', 'in-acute-care', 'worker-away', 'other'] as const;
export const courseEnds = ['completed', 'participant-choice', 'lost-contact', 'moved-away', 'died', 'other'] as const;
export type Mode = (typeof modes)[number];

const staffId = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const plannedStart = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

export class WorkerAssigned {
  @Worker() @Matches(staffId, { message: '$property must be a staff id: letters, digits, and . _ @ -' }) worker: string;
}

class WorkerUnassigned {
  @Worker() @Matches(staffId, { message: '$property must be a staff id: letters, digits, and . _ @ -' }) worker: string;
}

class OfSession {
  @Linked() @IsId() session: string;
}

export class SessionOffered extends OfSession {
  @Open() @IsInt() @Min(1) @Max(200) ordinal: number;
  /** An instant with the offset of the programme's zone: 2026-03-05T14:30:00+00:00. */
  @Linked() @Matches(plannedStart, { message: 'plannedStart must look like 2026-03-05T14:30:00+00:00' }) plannedStart: string;
  @Open('mode') @IsIn(modes) mode: Mode;
  /** How the offer reached the participant. */
  @Linked() @IsIn(offerMethods) method: (typeof offerMethods)[number];
}

class OfferAccepted extends OfSession {}

class OfferDeclined extends OfSession {}

export class SessionRescheduled extends OfSession {
  @Linked() @Matches(plannedStart, { message: 'plannedStart must look like 2026-03-05T14:30:00+00:00' }) plannedStart: string;
  @Open('outcome') @IsIn(['participant', 'provider']) by: 'participant' | 'provider';
}

export class SessionCancelled extends OfSession {
  @Open('outcome') @IsIn(['participant', 'provider']) by: 'participant' | 'provider';
  /** Whole hours between the cancellation and the planned start. */
  @Linked() @IsOptional() @IsInt() @Min(0) @Max(10_000) noticeHours?: number;
}

/** Its envelope's `occurred` is the start of the visit. */
export class SessionAttended extends OfSession {
  @Linked() @IsInt() @Min(1) @Max(600) minutes: number;
  @Open('mode') @IsIn(modes) mode: Mode;
  @Linked() @IsOptional() @IsIn(modes) plannedMode?: Mode;
  @Linked() @IsOptional() @IsIn(places) place?: (typeof places)[number];
  /** Who actually came, which need not be the assigned worker. */
  @Worker() @Matches(staffId, { message: '$property must be a staff id: letters, digits, and . _ @ -' }) worker: string;
  @Worker() @IsOptional() @Matches(staffId, { message: '$property must be a staff id: letters, digits, and . _ @ -' }) jointWorker?: string;
  @Linked() @IsOptional() @IsBoolean() interpreter?: boolean;
  /** NHS attended codes: on time 5, late but seen 6. */
  @Open('outcome') @IsIn(['on-time', 'late']) punctuality: 'on-time' | 'late';
}

/** NHS codes: too late to be seen 7, no warning 3. No access to the place counts as no warning. */
export class SessionNotAttended extends OfSession {
  @Open('outcome') @IsIn(nonAttendances) kind: (typeof nonAttendances)[number];
}

class OfCourse {
  /** Which course of sessions: 1, and the next one once a course has ended. */
  @Linked() @IsInt() @Min(1) @Max(20) course: number;
}

export class CourseDeclined extends OfCourse {}

/** Offered again after it was declined; or the next course, after the end of the one before. */
export class CourseReoffered extends OfCourse {}

export class CoursePaused extends OfCourse {
  @Open('outcome') @IsIn(pauseReasons) reason: (typeof pauseReasons)[number];
}

/** It goes on, after a pause or after an end. */
export class CourseReopened extends OfCourse {}

/** Never recorded by the system itself: nobody is discharged automatically. */
export class CourseEnded extends OfCourse {
  @Open('outcome') @IsIn(courseEnds) reason: (typeof courseEnds)[number];
}

/** The worker's paper log of the course did not come back: what took place is unknown, never nothing. */
export class NoLogReturned extends OfCourse {}

/** The paper log was held against the record. */
export class CourseLogReconciled extends OfCourse {
  /** Sessions attended, as the paper log counts them. */
  @Linked() @IsInt() @Min(0) @Max(200) attended: number;
}

/** Somebody tried to reach the participant about the support; an offer of a session is told as an offer. */
export class ContactAttempted {
  @Linked() @IsId() attempt: string;
  @Open('mode') @IsIn(offerMethods) method: (typeof offerMethods)[number];
  @Open('outcome') @IsIn(contactResults) result: (typeof contactResults)[number];
}

export const supportEvents = catalogue(
  { stream: 'support', about: 'participant', reveals: 'allocation', remarks },
  {
    WorkerAssigned: { version: 1, data: WorkerAssigned },
    WorkerUnassigned: { version: 1, data: WorkerUnassigned },
    SessionOffered: { version: 1, data: SessionOffered, fixed: ['session'] },
    OfferAccepted: { version: 1, data: OfferAccepted, fixed: ['session'] },
    OfferDeclined: { version: 1, data: OfferDeclined, fixed: ['session'] },
    SessionRescheduled: { version: 1, data: SessionRescheduled, fixed: ['session'] },
    SessionCancelled: { version: 1, data: SessionCancelled, fixed: ['session'] },
    SessionAttended: { version: 1, data: SessionAttended, fixed: ['session'] },
    SessionNotAttended: { version: 1, data: SessionNotAttended, fixed: ['session'] },
    CourseDeclined: { version: 1, data: CourseDeclined, fixed: ['course'] },
    CourseReoffered: { version: 1, data: CourseReoffered, fixed: ['course'] },
    CoursePaused: { version: 1, data: CoursePaused, fixed: ['course'] },
    CourseReopened: { version: 1, data: CourseReopened, fixed: ['course'] },
    // Until courses were numbered there was one.
    CourseEnded: { version: 2, data: CourseEnded, fixed: ['course'], upcast: { 1: (data: object) => ({ ...data, course: 1 }) } },
    NoLogReturned: { version: 1, data: NoLogReturned, fixed: ['course'] },
    CourseLogReconciled: { version: 1, data: CourseLogReconciled, fixed: ['course'] },
    ContactAttempted: { version: 1, data: ContactAttempted, fixed: ['attempt'] },
  },
);
export type SupportEvent = FactOf<typeof supportEvents>;

/** Local dates on which the courses after the first were offered; null where nobody knows. */
export type Begun = Readonly<Record<number, string | null>>;

/** The course a day belongs to: the latest that had begun by then, on a day nobody knows the latest of all. */
export function courseOn(begun: Begun, date: string | undefined): number {
  const courses = Object.entries(begun).filter(([, on]) => date === undefined || (on !== null && on <= date));
  return Math.max(1, ...courses.map(([course]) => Number(course)));
}

/** What is said of a course as a whole. */
export type CourseEvent = Extract<SupportEvent, { data: { course: number } }>;
export interface CourseMark {
  readonly type: CourseEvent['type'];
  /** Its local date; null where nobody knows. */
  readonly on: string | null;
}

const undoneBy: Readonly<Record<CourseMark['type'], readonly CourseMark['type'][]>> = {
  CourseDeclined: ['CourseReoffered'],
  CourseReoffered: ['CourseDeclined', 'CourseEnded'],
  CoursePaused: ['CourseReopened', 'CourseEnded'],
  CourseReopened: ['CoursePaused', 'CourseEnded'],
  CourseEnded: ['CourseReopened'],
  NoLogReturned: ['CourseLogReconciled'],
  CourseLogReconciled: ['NoLogReturned'],
};

/** What was said of a course, and one thing more, by their dates; what is undated stays behind what was recorded before it. */
export function byDate<Mark extends CourseMark>(marks: readonly Mark[], said: Mark): Mark[] {
  const { on } = said;
  const later = on === null ? -1 : marks.findIndex((known) => known.on !== null && known.on > on);
  return marks.toSpliced(later < 0 ? marks.length : later, 0, said);
}

/** What was said last of its kind and not undone since, of marks by their dates; as of a date, where one is given. */
export function standing<Mark extends CourseMark>(marks: readonly Mark[], type: CourseMark['type'], date?: string): Mark | undefined {
  const last = marks.findLast((mark) => (mark.type === type || undoneBy[type].includes(mark.type)) && (date === undefined || mark.on === null || mark.on <= date));
  return last?.type === type ? last : undefined;
}
