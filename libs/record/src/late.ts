import Holidays from 'date-holidays';
import { categoryOf, type Entry, type Envelope } from '@cairn/kernel/envelope.js';
import { addDays, dateOf } from '@cairn/kernel/occurred.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import { contextOf, type ProtocolContext } from './contexts.js';
import type { Nation } from './programme/events.js';

const regions: Record<Nation, string> = { england: 'ENG', scotland: 'SCT', wales: 'WLS', 'northern-ireland': 'NIR' };
const calendars = new Map<string, ReadonlySet<string>>();

/** Whether an entry came more than the protocol's working days after what it records; never, when that day is not known. */
export function isLate({ occurred, recordedAt }: Pick<Envelope, 'occurred' | 'recordedAt'>, context: ProtocolContext | undefined): boolean {
  const happened = dateOf(occurred);
  const entered = dateOf({ at: recordedAt, precision: 'minute', zone: context?.zone ?? 'UTC' });
  if (happened === undefined || entered === undefined || !context?.protocol) return false;
  return workingDaysBetween(happened, entered, context.nation ?? 'england', context.protocol.lateEntryWorkingDays) > context.protocol.lateEntryWorkingDays;
}

/** Late entries, among what people tell of their own work: what is found in records later was never theirs to enter sooner. */
export function entryFlags(entry: Entry, lookup: Lookup): string[] {
  if (categoryOf(entry.stream) === 'acute' || !isLate(entry, contextOf(lookup, entry.protocol))) return [];
  return [entry.reason ? 'late-entry' : 'late-entry-without-reason'];
}

/** Working days after the first date up to and including the second, by the nation's bank holidays; counts no further than one past `enough`. */
export function workingDaysBetween(from: string, to: string, nation: Nation, enough = Infinity): number {
  let days = 0;
  for (let date = addDays(from, 1); date <= to && days <= enough; date = addDays(date, 1)) if (isWorkingDay(date, nation)) days++;
  return days;
}

function isWorkingDay(date: string, nation: Nation): boolean {
  const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !bankHolidays(nation, date.slice(0, 4)).has(date);
}

/** The local dates of a nation's bank holidays in a year; worked out once, for it takes milliseconds. */
function bankHolidays(nation: Nation, year: string): ReadonlySet<string> {
  const key = `${nation} ${year}`;
  const known = calendars.get(key);
  if (known) return known;
  const found = new Holidays('GB', regions[nation]).getHolidays(year).filter(({ type }) => type === 'public' || type === 'bank');
  const dates = new Set(found.map(({ date }) => date.slice(0, 10)));
  calendars.set(key, dates);
  return dates;
}
