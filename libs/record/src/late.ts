import type { Definition } from '@cairn/kernel/catalogue.js';
import { dayOf } from '@cairn/kernel/clocks.js';
import { categoryOf, type Entry, type Envelope } from '@cairn/kernel/envelope.js';
import { named } from '@cairn/kernel/named.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import { bankHolidays } from './bank-holidays.js';
import { contextOf, type ProtocolContext } from './contexts.js';
import { participantEvents } from './participants/events.js';
import type { Nation } from './programme/events.js';

/** More than any year has. */
const MOST_HOLIDAYS = 20;
/** Ten years of working days: beyond them only that it was longer is of interest. */
const LONGEST_DELAY = 2_600;

/** Whether an entry came more than the protocol's working days after what it records; never, when that day is not known. */
export function isLate(entry: Pick<Envelope, 'occurred' | 'recordedAt'>, context: ProtocolContext | undefined): boolean {
  const limit = context?.protocol?.lateEntryWorkingDays ?? Infinity;
  return (workingDaysOf(entry, context, limit) ?? 0) > limit;
}

/** Working days from the day it happened to the day it was recorded, no further than one past `enough`; undefined where either is not known. */
function workingDaysOf({ occurred, recordedAt }: Pick<Envelope, 'occurred' | 'recordedAt'>, context: ProtocolContext | undefined, enough: number): number | undefined {
  if (!context?.protocol) return undefined;
  const happened = dateOf(occurred);
  const entered = dateOf({ at: recordedAt, precision: 'minute', zone: context.zone });
  return happened === undefined || entered === undefined ? undefined : workingDaysBetween(happened, entered, context.nation ?? 'england', enough);
}

export const lateFlags = ['late-entry', 'late-entry-without-reason'] as const;

/** Late entries, among what people tell of their own work. */
export function entryFlags(entry: Entry, lookup: Lookup): (typeof lateFlags)[number][] {
  if (!isOfOwnWork(entry) || !isLate(entry, contextOf(lookup, entry.protocol))) return [];
  return [entry.reason ? 'late-entry' : 'late-entry-without-reason'];
}

/** What is found in records later, or told by whoever learns of it, was never theirs to enter sooner. */
function isOfOwnWork({ stream, type }: Entry): boolean {
  return categoryOf(stream) !== 'acute' && named<Definition>(participantEvents.definitions, type)?.teller !== 'withheld';
}

/** How many working days after it happened an entry was recorded, as far as both are known, and whether that is late. */
export function delayOf(entry: Entry, lookup: Lookup): { workingDays: number | null; late: boolean } {
  const context = contextOf(lookup, entry.protocol);
  const workingDays = workingDaysOf(entry, context, LONGEST_DELAY) ?? null;
  return { workingDays, late: workingDays !== null && workingDays > (context?.protocol?.lateEntryWorkingDays ?? Infinity) && isOfOwnWork(entry) };
}

/** Working days after the first date up to and including the second, by the nation's bank holidays; counts no further than one past `enough`. */
export function workingDaysBetween(from: string, to: string, nation: Nation, enough = Infinity): number {
  if (to <= from) return 0;
  const [first, last] = [Number(from.slice(0, 4)), Number(to.slice(0, 4))];
  const weekdays = weekdaysUpTo(to) - weekdaysUpTo(from);
  if (weekdays - MOST_HOLIDAYS * (last - first + 1) > enough) return enough + 1;
  let holidays = holidaysUpTo(nation, to) - holidaysUpTo(nation, from);
  for (let year = first; year < last; year++) holidays += bankHolidays(nation, year).length;
  return Math.min(weekdays - holidays, enough + 1);
}

/** Bank holidays of its year up to a date. */
function holidaysUpTo(nation: Nation, date: string): number {
  let count = 0;
  for (const holiday of bankHolidays(nation, Number(date.slice(0, 4)))) if (holiday <= date) count++;
  return count;
}

/** Mondays to Fridays from Monday 5 January 1970 up to a date. */
function weekdaysUpTo(date: string): number {
  const days = dayOf(date) - 3;
  return Math.floor(days / 7) * 5 + Math.min(5, (((days % 7) + 7) % 7));
}
