import { firstDateOf } from '@cairn/kernel/occurred.js';
import type { Pause } from './courses.read.js';
import type { SessionRow } from './sessions.read.js';

export type SessionFlag = 'not-offered' | 'before-offer' | 'beyond-planned' | 'outside-span' | 'while-paused' | 'after-end' | 'after-withdrawal' | 'after-death' | 'late-entry' | 'late-entry-without-reason' | 'possible-duplicate';

export interface FlagContext {
  readonly plannedSessions: number | undefined;
  /** The course each session belongs to. */
  readonly courses: ReadonlyMap<string, SessionCourse>;
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

/** What a person should look at in a participant's sessions. Derived each time it is asked, never stored as a fact. */
export function flagsOf(sessions: readonly SessionRow[], { plannedSessions, courses, contactWithdrawn, diedOn, attested = [], dismissed = [] }: FlagContext): Map<string, SessionFlag[]> {
  const attended = sessions.filter(({ outcome }) => outcome === 'attended').sort((a, b) => (`${a.occurredOn ?? '9999'} ${a.session}` < `${b.occurredOn ?? '9999'} ${b.session}` ? -1 : 1));
  const byCourse = Map.groupBy(attended, ({ session }) => courses.get(session)?.course ?? 1);
  const beyond = new Set(plannedSessions === undefined ? [] : [...byCourse.values()].flatMap((held) => held.slice(plannedSessions).map(({ session }) => session)));
  const together = Map.groupBy(attended, visitOf);
  const toldApart = (a: SessionRow, b: SessionRow) => dismissed.some((entries) => entries.includes(a.entry ?? '') && entries.includes(b.entry ?? ''));
  const repeated = (row: SessionRow) => together.get(visitOf(row))?.some((other) => other !== row && !toldApart(row, other));
  return new Map(
    sessions.flatMap((row) => {
      const { outcome, occurredOn } = row;
      const flags: SessionFlag[] = [];
      if (!row.offered && outcome !== 'open') flags.push('not-offered');
      if (outcome === 'attended' && occurredOn !== null && occurredOn < offeredOn(row)) flags.push('before-offer');
      if (beyond.has(row.session)) flags.push('beyond-planned');
      if (outcome === 'attended' && occurredOn !== null) flags.push(...outOfCourse(occurredOn, courses.get(row.session)));
      if (isAfterEnd(row, courses.get(row.session))) flags.push('after-end');
      if (contactWithdrawn !== undefined && datedOn(row, contactWithdrawn)) flags.push('after-withdrawal');
      if (diedOn !== undefined && datedOn(row, diedOn)) flags.push('after-death');
      if (row.late && !attested.includes(row.entry ?? '')) flags.push(row.lateUnexplained ? 'late-entry-without-reason' : 'late-entry');
      if (outcome === 'attended' && occurredOn !== null && repeated(row)) flags.push('possible-duplicate');
      return flags.length > 0 ? [[row.session, flags] as const] : [];
    }),
  );
}

/** Same participant, local date and actual worker under different session ids: a possible duplicate. */
function visitOf({ occurredOn, worker, session }: SessionRow): string {
  return occurredOn === null ? session : `${occurredOn} ${worker ?? ''}`;
}

function outOfCourse(date: string, course: SessionCourse | undefined): SessionFlag[] {
  if (!course) return [];
  const { spanEnd, pauses } = course;
  const flags: SessionFlag[] = [];
  if (spanEnd !== undefined && date > spanEnd) flags.push('outside-span');
  if (pauses.some(({ from, to }) => from !== null && date > from && (to === null || date < to))) flags.push('while-paused');
  return flags;
}

/** The first local date on which it may have been offered; empty where nobody offered it, or nobody knows when. */
function offeredOn({ offeredWhen }: SessionRow): string {
  return (offeredWhen && firstDateOf(offeredWhen)) ?? '';
}

/** Whether a session was held, or only offered, after its course had ended. */
function isAfterEnd(row: SessionRow, { endedOn }: { readonly endedOn: string | null } = { endedOn: null }): boolean {
  const heldOn = row.outcome === 'attended' ? (row.occurredOn ?? '') : '';
  return endedOn !== null && (offeredOn(row) > endedOn || heldOn > endedOn);
}

/** Whether a session was offered, held or missed, or is still planned, on a date or after it. Calling it off is what remains to be done. */
function datedOn(row: SessionRow, date: string): boolean {
  const { outcome, response, occurredOn, plannedStart } = row;
  if (offeredOn(row) >= date) return true;
  if (outcome === 'cancelled' || (outcome === 'open' && response === 'declined')) return false;
  return ((outcome === 'open' ? plannedStart?.slice(0, 10) : occurredOn) ?? '') >= date;
}
