import { LRUCache } from 'lru-cache';
import { Temporal } from 'temporal-polyfill';

/** When something happened, as a request says it. */
export interface Occurred {
  readonly at?: string;
  readonly precision?: 'unknown';
  readonly zone?: string;
}

const shapes = /^(\d{4}-\d\d|\d{4}-\d\d-\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)$/;
const example = '2026-03-05T14:30, 2026-03-05, 2026-03 or "unknown"';

/** Reads a line's `when`. A wall-clock time without an offset is completed by the file's zone. @throws Error in words a person can use */
export function whenOf(text: unknown, zone: string | undefined, today: string): Occurred {
  if (text === 'unknown') return { precision: 'unknown', ...(zone !== undefined && { zone }) };
  if (typeof text !== 'string' || !shapes.test(text)) throw new Error(`when is ${JSON.stringify(text)}; it must look like ${example}`);
  dayOf(text.slice(0, 10));
  // As the service would: what it refuses is found before anything is sent.
  if (text < '1900') throw new Error(`when is ${text}, which lies before 1900; check the year`);
  if (text.slice(0, 10) > today) throw new Error(`when is ${text}, which has not happened yet`);
  return { at: text.length > 10 ? instantOf(text, zone) : text, ...(zone !== undefined && { zone }) };
}

/** A date and time with its offset: `2026-03-05T14:30:00+00:00`. @throws Error in words a person can use */
export function instantOf(text: string, zone: string | undefined): string {
  const at = text.replace(' ', 'T');
  if (/(Z|[+-]\d\d:\d\d)$/.test(at)) return at;
  if (zone === undefined) throw new Error(`${text} has no offset: write one, as in ${text}+00:00, or give the file a "zone" such as "Europe/London"`);
  const known = instants.get(`${zone} ${at}`);
  if (known !== undefined) return known;
  const instant = onlyOne(at, text, zone);
  instants.set(`${zone} ${at}`, instant);
  return instant;
}

/** Histories tell of few moments many times, and the calendar is slow. */
const instants = new LRUCache<string, string>({ max: 5_000 });

function onlyOne(at: string, text: string, zone: string): string {
  const wall = wallClock(at, text);
  const possible = (['earlier', 'later'] as const).map((disambiguation) => wall.toZonedDateTime(zone, { disambiguation }));
  const [first, second] = possible.map((there) => there.toString({ timeZoneName: 'never', smallestUnit: 'second' }));
  if (first === undefined || first === second) return first ?? at;
  const twice = possible.every((there) => there.toPlainDateTime().equals(wall));
  throw new Error(twice ? `${text} happened twice in ${zone}: write which, ${first} or ${second}` : `${text} never happened in ${zone}: the clocks went forward over it`);
}

function wallClock(at: string, text: string): Temporal.PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(at, { overflow: 'reject' });
  } catch {
    throw new Error(`${text} is not a date and time of the calendar`);
  }
}

/** @throws Error where the calendar has no such day or month */
function dayOf(text: string): void {
  try {
    Temporal.PlainDate.from(text.length === 7 ? `${text}-01` : text, { overflow: 'reject' });
  } catch {
    throw new Error(`${text} is not a date of the calendar`);
  }
}
