import type { Pause } from './courses.read.js';
import type { SessionRow } from './sessions.read.js';

export type SessionFlag = 'not-offered' | 'before-offer' | 'beyond-planned' | 'outside-span' | 'while-paused' | 'after-end' | 'after-withdrawal' | 'after-death' | 'late-entry' | 'late-entry-without-reason' | 'possible-duplicate';

export interface FlagContext {
  readonly plannedSessions: number | undefined;
  /** The course a session belongs to. */
  readonly courseOf: (session: string) => SessionCourse | undefined;
  /** Local date from which contact is no longer consented to. */
  readonly contactWithdrawn: string | undefined;
  /** Local date of death, whenever it became known. */
  readonly diedOn?: string | undefined;
  /** Entries somebody stands for: no longer flagged as late. */
  readonly attested?: readonly string[];
  /** Sets of entries that a person found to be different facts. */
  readonly dismissed?: readonly (readonly string[])[];
}

export interface SessionCourse {
  readonly course: number;
  /** Last local date of the span in which its sessions are to be held. */
  readonly spanEnd: string | undefined;
  readonly endedOn: string | null;
  readonly pauses: readonly Pause[];
}

/** What of a session its flags and its place among the others follow from. */
export const judged = ['session', 'ordinal', 'offered', 'offeredOn', 'plannedStart', 'response', 'outcome', 'entry', 'occurredOn', 'worker', 'late', 'lateUnexplained'] as const satisfies readonly (keyof SessionRow)[];
export type JudgedSession = Pick<SessionRow, (typeof judged)[number]>;

/** What a person should look at in a participant's sessions. Derived each time it is asked, never stored as a fact. */
export function flagsOf(sessions: readonly JudgedSession[], { plannedSessions = Infinity, courseOf, contactWithdrawn, diedOn, attested = [], dismissed = [] }: FlagContext): Map<string, SessionFlag[]> {
  const attended = sessions.filter(({ outcome }) => outcome === 'attended').sort(byDate);
  const beyond = beyondPlanned(attended, courseOf, plannedSessions);
  const sameDay = Map.groupBy(attended, ({ occurredOn }) => occurredOn);
  const toldApart = (a: JudgedSession, b: JudgedSession) => dismissed.some((entries) => entries.includes(a.entry ?? '') && entries.includes(b.entry ?? ''));
  const repeated = (row: JudgedSession) => sameDay.get(row.occurredOn)?.some((other) => other !== row && other.worker === row.worker && !toldApart(row, other));
  const stoodFor = new Set(attested);
  const flagged = new Map<string, SessionFlag[]>();
  for (const row of sessions) {
    const { session, outcome, occurredOn } = row;
    const heldOn = outcome === 'attended' ? occurredOn : null;
    const offeredOn = row.offeredOn ?? '';
    const course = courseOf(session);
    const flags: SessionFlag[] = [];
    if (!row.offered && outcome !== 'open') flags.push('not-offered');
    if (heldOn !== null && heldOn < offeredOn) flags.push('before-offer');
    if (beyond.has(session)) flags.push('beyond-planned');
    if (heldOn !== null && course) flags.push(...outOfCourse(heldOn, course));
    if (course && course.endedOn !== null && (offeredOn > course.endedOn || (heldOn ?? '') > course.endedOn)) flags.push('after-end');
    if (contactWithdrawn !== undefined && isDatedOn(row, offeredOn, contactWithdrawn)) flags.push('after-withdrawal');
    if (diedOn !== undefined && isDatedOn(row, offeredOn, diedOn)) flags.push('after-death');
    if (row.late && !stoodFor.has(row.entry ?? '')) flags.push(row.lateUnexplained ? 'late-entry-without-reason' : 'late-entry');
    if (heldOn !== null && repeated(row)) flags.push('possible-duplicate');
    if (flags.length > 0) flagged.set(session, flags);
  }
  return flagged;
}

/** Undated ones last. */
function byDate(a: JudgedSession, b: JudgedSession): number {
  const [one, other] = [a.occurredOn ?? '9999', b.occurredOn ?? '9999'];
  return one === other ? (a.session < b.session ? -1 : 1) : one < other ? -1 : 1;
}

/** Of sessions attended, in their order, those that are more than their course was to have. */
function beyondPlanned(attended: readonly JudgedSession[], courseOf: FlagContext['courseOf'], planned: number): Set<string> {
  const held = new Map<number, number>();
  const beyond = new Set<string>();
  for (const { session } of attended) {
    const course = courseOf(session)?.course ?? 1;
    const count = (held.get(course) ?? 0) + 1;
    held.set(course, count);
    if (count > planned) beyond.add(session);
  }
  return beyond;
}

function outOfCourse(date: string, { spanEnd, pauses }: SessionCourse): SessionFlag[] {
  const flags: SessionFlag[] = [];
  if (spanEnd !== undefined && date > spanEnd) flags.push('outside-span');
  if (pauses.some(({ from, to }) => from !== null && date > from && (to === null || date < to))) flags.push('while-paused');
  return flags;
}

/**
 * Whether a session was offered, held or missed, or is still planned, on a date or after it. Calling it off is what remains to be done.
 *
 * @param offeredOn the first local date on which it may have been offered; empty where nobody offered it, or nobody knows when
 */
function isDatedOn({ outcome, response, occurredOn, plannedStart }: JudgedSession, offeredOn: string, date: string): boolean {
  if (offeredOn >= date) return true;
  if (outcome === 'cancelled' || (outcome === 'open' && response === 'declined')) return false;
  return ((outcome === 'open' ? plannedStart?.slice(0, 10) : occurredOn) ?? '') >= date;
}
