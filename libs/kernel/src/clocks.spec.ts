import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { checkedMilliseconds, localDate, millisecondsOf, offsetAt, shownAt, startOfDay } from './clocks.js';

const [first, last] = [Date.UTC(1900, 0, 2), Date.UTC(2100, 0, 1)];
const zone = fc.constantFrom('UTC', 'Asia/Kolkata', ...Intl.supportedValuesOf('timeZone'));
const there = (instant: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
/** Any time, and about midnights and changes of the clocks above all. */
const instant = fc.oneof(fc.integer({ min: first, max: last }), fc.tuple(fc.integer({ min: 0, max: 73_000 }), fc.integer({ min: -3, max: 3 })).map(([day, ms]) => first + day * 86_400_000 + ms));
const near = (zone: string, at: number, off: number) => (there(at, zone).getTimeZoneTransition('next')?.epochMilliseconds ?? at) + off;

it('shows the date that the zone’s own clocks and calendar show, whatever was asked before', () => {
  fc.assert(fc.property(zone, instant, fc.integer({ min: -7_200_000, max: 7_200_000 }), (zone, at, off) => {
    for (const each of [at, near(zone, at, off), near(zone, at, 0), near(zone, at, -1)]) expect(localDate(each, zone)).toBe(there(each, zone).toPlainDate().toString());
  }), { numRuns: 250 });
});

it('shows the time that the zone’s own clocks show, to the second, and how far they are from UTC', () => {
  fc.assert(fc.property(zone, instant, fc.integer({ min: -7_200_000, max: 7_200_000 }), (zone, at, off) => {
    for (const each of [at, near(zone, at, off), near(zone, at, 0), near(zone, at, -1)]) {
      const shown = there(each, zone).round({ smallestUnit: 'second', roundingMode: 'floor' });
      expect([shownAt(each, zone), offsetAt(each, zone)]).toEqual([shown.toString({ timeZoneName: 'never', smallestUnit: 'second' }), shown.offsetNanoseconds / 1e6]);
    }
  }), { numRuns: 250 });
});

it('lets a day begin when the zone’s does, also where that is not midnight', () => {
  fc.assert(fc.property(zone, instant, fc.integer({ min: 0, max: 2 }), (zone, at, later) => {
    for (const each of [at, near(zone, at, 0)]) {
      const date = there(each, zone).toPlainDate();
      expect(startOfDay(date.toString(), zone, later)).toBe(date.add({ days: later }).toZonedDateTime(zone).epochMilliseconds);
    }
  }), { numRuns: 250 });
});

it('reads instants as Temporal does', () => {
  const part = (max: number, min = 0) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
  const fraction = fc.oneof(fc.constant(''), fc.integer({ min: 0, max: 999_999 }).map((n) => `.${String(n).padStart(6, '0')}`));
  const offset = fc.oneof(fc.constant('Z'), fc.tuple(fc.constantFrom('+', '-'), part(14), part(59)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`));
  fc.assert(fc.property(fc.integer({ min: 1971, max: 2099 }), part(12, 1), part(28, 1), part(23), part(59), part(60), fraction, offset, (year, month, day, hours, minutes, seconds, fraction, offset) => {
    const at = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}${fraction}${offset}`;
    expect(millisecondsOf(at)).toBe(Temporal.Instant.from(at).epochMilliseconds);
  }), { numRuns: 2000 });
});

it('reads what may be no instant as Temporal does, and refuses what it refuses', () => {
  const part = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
  const year = fc.oneof(fc.integer({ min: 0, max: 9999 }).map((n) => String(n).padStart(4, '0')), fc.constantFrom('2026', '2028'));
  const seconds = fc.oneof(fc.constant(''), fc.tuple(part(60), fc.constantFrom('', '.5', '.123', '.123456', '.1239', '.999999999')).map(([seconds, fraction]) => `:${seconds}${fraction}`));
  const offset = fc.oneof(fc.constantFrom('Z', '', 'z', '+01:00', '-00:00'), fc.tuple(fc.constantFrom('+', '-'), part(25), part(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`));
  const read = (how: () => number) => {
    try {
      return how();
    } catch (error) {
      return (error as Error).constructor.name;
    }
  };
  fc.assert(fc.property(year, part(13), part(32), part(24), part(60), seconds, offset, (year, month, day, hours, minutes, seconds, offset) => {
    const at = `${year}-${month}-${day}T${hours}:${minutes}${seconds}${offset}`;
    expect([at, read(() => checkedMilliseconds(at))]).toEqual([at, read(() => Temporal.Instant.from(at).epochMilliseconds)]);
  }), { numRuns: 2000 });
});
