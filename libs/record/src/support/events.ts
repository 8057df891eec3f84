import { IsBoolean, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Open, Worker } from '@cairn/kernel/disclosure.js';
import { remarks } from '../review/events.js';

export const modes = ['in-person', 'telephone', 'video'] as const;
export const offerMethods = ['in-person', 'telephone', 'text', 'letter', 'email'] as const;
export const places = ['home', 'service', 'community', 'other'] as const;
export const nonAttendances = ['no-warning', 'too-late', 'no-access'] as const;
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

/** Never recorded by the system itself: nobody is discharged automatically. */
export class CourseEnded {
  @Open('outcome') @IsIn(courseEnds) reason: (typeof courseEnds)[number];
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
    CourseEnded: { version: 1, data: CourseEnded },
  },
);
export type SupportEvent = FactOf<typeof supportEvents>;
