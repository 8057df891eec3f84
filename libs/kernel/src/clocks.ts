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
  const found = known.find(({ from, to }) => from <= instant && instant < to);
  if (found) return found;
  const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  const span = {
    from: there.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? -Infinity,
    to: there.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset: there.offsetNanoseconds / 1e6,
  };
  spans.set(zone, [span, ...known]);
  return span;
}

/** An RFC 3339 instant that is one, in epoch milliseconds. */
export function millisecondsOf(at: string): number {
  const parsed = Date.parse(at);
  // A leap second is one to Temporal alone.
  return Number.isNaN(parsed) ? Temporal.Instant.from(at).epochMilliseconds : parsed;
}

/** What the calendar says in a zone at an instant: `2026-03-05`. */
export function localDate(instant: number, zone: string): string {
  const there = instant + spanAt(zone, instant).offset;
  return new Date(there).toISOString().split('T', 1)[0] ?? '';
}

/** The first instant of a local date in a zone, which need not be midnight, in epoch milliseconds; `later` so many days after it. */
export function startOfDay(date: string, zone: string, later = 0): number {
  const midnight = Date.parse(`${date}T00:00Z`) + later * DAY_MS;
  const { from, to, offset } = spanAt(zone, midnight);
  const start = midnight - offset;
  // Where clocks were changed about that day there may be no such midnight, or two of them.
  if (from <= start - DAY_MS && start + DAY_MS < to) return start;
  return Temporal.PlainDate.from(date).add({ days: later }).toZonedDateTime(zone).epochMilliseconds;
}
