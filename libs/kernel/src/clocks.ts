import { Temporal } from 'temporal-polyfill';

/** As long as a zone's clocks are left alone, its time is arithmetic: from an instant up to another, both in epoch milliseconds, so much ahead of UTC. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

const DAY_MS = 86_400_000;
/** Zones are slow to ask and seldom change: each span is asked for once. */
const spans = new Map<string, Span[]>();

function spanAt(zone: string, instant: number): Span {
  const known = spans.get(zone) ?? [];
  for (const span of known) if (span.from <= instant && instant < span.to) return span;
  const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  const span = {
    from: there.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
    to: there.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset: there.offsetNanoseconds / 1e6,
  };
  spans.set(zone, [span, ...known]);
  return span;
}

/** The same few instants are asked for again and again, while an entry is read and those that were recorded with it. */
const MOST_INSTANTS = 1_000;
const instants = new Map<string, number>();

/** An RFC 3339 instant that is one, in epoch milliseconds. */
export function millisecondsOf(at: string): number {
  return remembered(instants, at, parsed, MOST_INSTANTS);
}

function parsed(at: string): number {
  const found = Date.parse(at);
  // A leap second is one to Temporal alone.
  return Number.isNaN(found) ? Temporal.Instant.from(at).epochMilliseconds : found;
}

const USUAL = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(?:\.\d{3,9})?(?:Z|([+-]\d\d):(\d\d))$/;

/** The same of what may be no instant. @throws RangeError when there is no such date or time */
export function checkedMilliseconds(at: string): number {
  const [, minutes, seconds = ':00', hours = '+00', more = '00'] = USUAL.exec(at) ?? [];
  const parsed = minutes === undefined ? NaN : Date.parse(at);
  const offset = Number(hours) * 60 + (hours.startsWith('-') ? -1 : 1) * Number(more);
  // Date.parse takes a 30 February for a 2 March. What is not as usual, Temporal reads.
  const isUsual = !Number.isNaN(parsed) && wallClock(parsed, offset * 60_000) === `${minutes}${seconds}`;
  return isUsual ? parsed : Temporal.Instant.from(at).epochMilliseconds;
}

/** `00` to `59`. */
const digits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** `2026-03-05T14:30:00`, to the second, so far from UTC: a tenth of what `toISOString` costs. */
function wallClock(instant: number, offset: number): string {
  const day = Math.floor((instant + offset) / DAY_MS);
  const second = Math.floor((instant + offset - day * DAY_MS) / 1000);
  return `${dateOfDay(day)}T${digits[Math.floor(second / 3600)]}:${digits[Math.floor(second / 60) % 60]}:${digits[second % 60]}`;
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
export function offsetAt(instant: number, zone: string): number {
  return spanAt(zone, instant).offset;
}

/** An instant as the clocks of a zone showed it, to the second: `2026-03-05T14:30:00+00:00`. */
export function shownAt(instant: number, zone: string): string {
  const offset = offsetAt(instant, zone);
  // Before there were time zones, places were seconds apart.
  const minutes = Math.round(Math.abs(offset) / 60_000);
  return `${wallClock(instant, offset)}${offset < 0 ? '-' : '+'}${digits[Math.floor(minutes / 60)]}:${digits[minutes % 60]}`;
}

/** What the calendar says in a zone at an instant: `2026-03-05`. */
export function localDate(instant: number, zone: string): string {
  return dateOfDay(Math.floor((instant + spanAt(zone, instant).offset) / DAY_MS));
}

/** Of the calendar's days, the few thousand that a record is about are asked for again and again. */
const MOST_DAYS = 100_000;
const days = new Map<string, number>();
const dates = new Map<number, string>();

/** The number of a calendar day, 0 for 1 January 1970. A date has no zone, so no change of clocks makes one day longer than another. */
export function dayOf(date: string): number {
  return remembered(days, date, (asked) => Date.parse(`${asked}T00:00Z`) / DAY_MS);
}

export function dateOfDay(day: number): string {
  return remembered(dates, day, (asked) => new Date(asked * DAY_MS).toISOString().split('T', 1)[0] ?? '');
}

function remembered<Key, Value>(known: Map<Key, Value>, key: Key, make: (key: Key) => Value, most = MOST_DAYS): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= most) known.clear();
  const made = make(key);
  known.set(key, made);
  return made;
}

/** The first instant of a local date in a zone, which need not be midnight, in epoch milliseconds; `later` so many days after it. */
export function startOfDay(date: string, zone: string, later = 0): number {
  const midnight = (dayOf(date) + later) * DAY_MS;
  const { from, to, offset } = spanAt(zone, midnight);
  const start = midnight - offset;
  // Where clocks were changed about that day there may be no such midnight, or two of them.
  if (from <= start - DAY_MS && start + DAY_MS < to) return start;
  return Temporal.PlainDate.from(date).add({ days: later }).toZonedDateTime(zone).epochMilliseconds;
}
