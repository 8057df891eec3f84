import { Temporal } from 'temporal-polyfill';
import { checkedMilliseconds, dateOfDay, dayOf, localDate, millisecondsOf, offsetAt, shownAt, startOfDay } from './clocks.js';
import { Invalid } from './refused.js';

export const precisions = ['minute', 'date', 'month', 'unknown'] as const;
export type Precision = (typeof precisions)[number];

/**
 * When something happened, as precisely as it is known.
 * `at` is `2026-10-25T01:30:00+01:00` for `minute`, `2026-10-25` for `date`, `2026-10` for `month`, absent for `unknown`.
 * The offset tells apart the hour that happens twice; the zone says whose wall clock it was.
 */
export interface Occurred {
  readonly at?: string;
  readonly precision: Precision;
  readonly zone: string;
}

const shapes: Record<Exclude<Precision, 'unknown'>, [pattern: RegExp, example: string]> = {
  minute: [/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/, '2026-03-05T14:30:00+00:00'],
  date: [/^\d{4}-\d\d-\d\d$/, '2026-03-05'],
  month: [/^\d{4}-\d\d$/, '2026-03'],
};

/**
 * Checks and completes what a client says of when: precision follows from the shape of `at`, the zone defaults to the
 * programme's, `Z` becomes the zone's own offset.
 *
 * @param now the present, as an instant: what has not happened yet cannot have occurred (a skew of ten minutes is allowed)
 * @throws Invalid when the time does not exist in the zone, the offset is not the zone's, or it lies in the future
 */
export function settle(said: { at?: string; precision?: Precision; zone?: string } | undefined, zone: string, now: string): Occurred {
  const place = said?.zone ?? zone;
  checkZone(place, 'occurred.zone');
  if (!said || (said.at === undefined && said.precision === undefined)) return { at: shownAt(millisecondsOf(now), place), precision: 'minute', zone: place };
  const precision = said.precision ?? precisionOf(said.at);
  if (!precisions.includes(precision)) throw fault('precision', `must be one of ${precisions.join(', ')}`);
  if (precision === 'unknown') {
    if (said.at !== undefined) throw fault('at', 'leave it out when the precision is "unknown"');
    return { precision, zone: place };
  }
  const [pattern, example] = shapes[precision];
  if (said.at === undefined || !pattern.test(said.at)) throw fault('at', `for precision "${precision}" it must look like ${example}`);
  if (said.at < '1900') throw fault('at', `${said.at} lies before 1900; check the year`);
  const occurred: Occurred = { at: precision === 'minute' ? inZone(said.at, place) : real(said.at, precision), precision, zone: place };
  if ((startOf(occurred) ?? 0) > millisecondsOf(now) + 600_000)
    throw fault('at', `${said.at} has not happened yet; the service's clock says ${now}`);
  return occurred;
}

/** An instant given with an offset, checked against the zone's clock: `2026-03-05T14:30:00+00:00`. @throws Invalid */
export function inZone(at: string, zone: string, field = 'occurred.at'): string {
  checkZone(zone);
  if (!shapes.minute[0].test(at)) throw new Invalid([{ field, message: `must look like ${shapes.minute[1]}` }]);
  let instant: number;
  try {
    instant = checkedMilliseconds(at);
  } catch {
    throw new Invalid([{ field, message: `${at} is not a date and time that exists` }]);
  }
  const there = shownAt(instant, zone);
  const offset = /[+-]\d\d:\d\d$/.exec(at)?.[0];
  if (offset !== undefined && !(there.endsWith(offset) && offsetAt(instant, zone) % 60_000 === 0)) {
    const real = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).offset;
    throw new Invalid([{ field, message: `in ${zone} no clock showed ${at}: the offset there was ${real}, so it would be ${there}` }]);
  }
  return there;
}

/** The first instant the fact may have happened, in epoch milliseconds; undefined when unknown. */
export function startOf({ at, precision, zone }: Occurred): number | undefined {
  if (at === undefined) return undefined;
  if (precision === 'minute') return millisecondsOf(at);
  return startOfDay(precision === 'month' ? `${at}-01` : at, zone);
}

/** The last instant the fact may have happened, in epoch milliseconds: an imprecise date counts at the end of its interval. */
export function endOf({ at, precision, zone }: Occurred): number | undefined {
  if (at === undefined) return undefined;
  if (precision === 'minute') return millisecondsOf(at);
  return endOfDay(precision === 'month' ? lastOf(at).toString() : at, zone);
}

/** The local calendar date the fact counts on (`2026-03-05`): for a month its last day; undefined when unknown. */
export function dateOf(occurred: Occurred): string | undefined {
  const { at, precision, zone } = occurred;
  if (at === undefined) return undefined;
  if (precision === 'date') return at;
  if (precision === 'month') return lastOf(at).toString();
  return localDate(millisecondsOf(at), zone);
}

/** The first local date the fact may have happened on; undefined when unknown. */
export function firstDateOf(occurred: Occurred): string | undefined {
  return occurred.precision === 'month' && occurred.at !== undefined ? `${occurred.at}-01` : dateOf(occurred);
}

/** The end of a local date, as an instant in epoch milliseconds. */
export function endOfDay(date: string, zone: string): number {
  return startOfDay(date, zone, 1) - 1;
}

/** Whole days from one local date to another; negative when the second comes first. */
export function daysBetween(from: string, to: string): number {
  return dayOf(to) - dayOf(from);
}

export function addDays(date: string, days: number): string {
  return dateOfDay(dayOf(date) + days);
}

function lastOf(month: string): Temporal.PlainDate {
  const { year, month: number, daysInMonth } = Temporal.PlainYearMonth.from(month);
  return Temporal.PlainDate.from({ year, month: number, day: daysInMonth });
}

function precisionOf(at: string | undefined): Precision {
  const found = (['minute', 'date', 'month'] as const).find((precision) => at !== undefined && shapes[precision][0].test(at));
  if (!found) throw fault('at', `must look like ${shapes.minute[1]}, ${shapes.date[1]} or ${shapes.month[1]}`);
  return found;
}

function real(at: string, precision: 'date' | 'month'): string {
  try {
    if (precision === 'date') Temporal.PlainDate.from(at, { overflow: 'reject' });
    else Temporal.PlainYearMonth.from(at, { overflow: 'reject' });
    return at;
  } catch {
    throw fault('at', `${at} is not a ${precision} of the calendar`);
  }
}

const zones = new Set<string>();

/** @throws Invalid when the name is no time zone of the IANA database */
export function checkZone(zone: string, field = 'zone'): void {
  if (zones.has(zone)) return;
  try {
    const { timeZoneId } = new Temporal.ZonedDateTime(0n, zone);
    // Temporal also takes whole timestamps, offsets and names in any case: two spellings of one zone would not be the same fact.
    if (timeZoneId !== zone || /^[+-]/.test(zone)) throw new RangeError();
    zones.add(zone);
  } catch {
    throw new Invalid([{ field, message: `${zone} is not a time zone such as Europe/London` }]);
  }
}

function fault(field: string, message: string): Invalid {
  return new Invalid([{ field: `occurred.${field}`, message }]);
}

/** The local date some months after another: the last day of a shorter month where there is no such day. */
export function monthsAfter(date: string, months: number): string {
  return Temporal.PlainDate.from(date).add({ months }).toString();
}
