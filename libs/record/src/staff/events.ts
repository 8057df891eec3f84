import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { catalogue, type FactOf } from '@cairn/kernel/catalogue.js';
import { Linked, Worker } from '@cairn/kernel/disclosure.js';
import { IsId } from '@cairn/kernel/ids.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { slug, slugForm } from '../programme/events.js';

export const staffId = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
export const staffIdForm = '$property must be a staff id: letters, digits, and . _ @ -';
export const supervisionKinds = ['individual', 'group'] as const;

/** One may be engaged at several sites, and again after having left. Who it is, is the stream's: no names here. */
export class Engaged {
  @Linked() @Matches(slug, { message: slugForm }) programme: string;
  @Linked() @Matches(slug, { message: slugForm }) site: string;
  /** What they are engaged as: one of the roles. */
  @Linked() @Matches(slug, { message: slugForm }) role: string;
  @Linked() @IsLocalDate() from: string;
}

/** What they may do from now on, by whom is the envelope's actor; what was delegated before and is not named, no longer (ICH E6(R3) 2.3). */
export class TasksDelegated {
  @Linked() @IsArray() @ArrayMaxSize(50) @ArrayUnique() @Matches(slug, { each: true, message: slugForm }) tasks: string[];
  /** The last day on which they may. */
  @Linked() @IsOptional() @IsLocalDate() until?: string;
}

/** Completed again, it is renewed. */
export class TrainingCompleted {
  @Linked() @Matches(slug, { message: slugForm }) training: string;
  /** The last day on which it counts. */
  @Linked() @IsOptional() @IsLocalDate() validUntil?: string;
}

/** On the stream of each who was there. */
export class SupervisionHeld {
  @Linked() @IsId() meeting: string;
  @Linked() @IsIn(supervisionKinds) kind: (typeof supervisionKinds)[number];
  @Linked() @IsInt() @Min(1) @Max(600) minutes: number;
}

/** Its envelope's `occurred` is the instant at which access ends; a whole day counts to its end. */
class Left {}

export const staffEvents = catalogue(
  { stream: 'staff', about: 'staff' },
  {
    Engaged: { version: 1, data: Engaged },
    TasksDelegated: { version: 1, data: TasksDelegated },
    TrainingCompleted: { version: 1, data: TrainingCompleted },
    SupervisionHeld: { version: 1, data: SupervisionHeld },
    Left: { version: 1, data: Left },
  },
);
export type StaffEvent = FactOf<typeof staffEvents>;

/** One meeting is one fact, whoever was there. */
export class MeetingHeld {
  @Linked() @IsIn(supervisionKinds) kind: (typeof supervisionKinds)[number];
  @Linked() @IsInt() @Min(1) @Max(600) minutes: number;
  /** In the order of their ids. */
  @Worker() @IsArray() @ArrayMinSize(1) @ArrayMaxSize(100) @ArrayUnique() @Matches(staffId, { each: true, message: staffIdForm }) attendees: string[];
}

export const meetingEvents = catalogue({ stream: 'meeting', about: 'site' }, { MeetingHeld: { version: 1, data: MeetingHeld } });
export type MeetingEvent = FactOf<typeof meetingEvents>;
