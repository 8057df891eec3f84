import { addDays } from '@cairn/kernel/occurred.js';
import { workingDaysBetween } from './late.js';
import type { Nation } from './programme/events.js';

/**
 * How an offered session without an outcome stands on a day: planned later, due on it, past and still to be recorded, or past for longer
 * than the protocol's working days for an entry.
 */
export type Due = 'planned' | 'due' | 'unrecorded' | 'overdue';

export interface DueRules {
  /** The local date that is asked about. */
  readonly today: string;
  /** Whose bank holidays count. */
  readonly nation: Nation;
  readonly lateEntryWorkingDays: number;
}

/** @param planned the planned start with the zone's own offset, so that its first ten characters are the local date */
export function dueOf(planned: string, { today, nation, lateEntryWorkingDays }: DueRules): Due {
  const date = planned.slice(0, 10);
  if (date > today) return 'planned';
  if (date === today) return 'due';
  return workingDaysSince(planned, today, nation, lateEntryWorkingDays) > lateEntryWorkingDays ? 'overdue' : 'unrecorded';
}

/** Working days from the planned day to today, today included; counts no further than one past `enough`. */
export function workingDaysSince(planned: string, today: string, nation: Nation, enough = Infinity): number {
  return workingDaysBetween(planned.slice(0, 10), today, nation, enough);
}

/** Whether a local date lies within so many days after today. */
export function isWithin(date: string, today: string, days: number): boolean {
  return date > today && date <= addDays(today, days);
}
