import fc from 'fast-check';
import { addDays, checkZone, dateOf, daysBetween, endOf, endOfDay, inZone, precisions, settle, startOf, type Occurred, type Precision } from './occurred.js';
import { Invalid } from './refused.js';

const london = 'Europe/London';
const now = '2026-11-23T12:00:00Z';
const hour = 3_600_000;

function at(said: string, zone = london, clock = now): string | undefined {
  return settle({ at: said }, zone, clock).at;
}

function faultOf(act: () => unknown): string {
  try {
    return `nothing refused: ${JSON.stringify(act())}`;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return error.message;
  }
}

describe('settle', () => {
  it('keeps the two hours of an October night apart, and in order', () => {
    const first = settle({ at: '2026-10-25T01:30:00+01:00' }, london, now);
    const second = settle({ at: '2026-10-25T01:30:00+00:00' }, london, now);
    expect([first.at, second.at]).toEqual(['2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00+00:00']);
    expect(startOf(second)! - startOf(first)!).toBe(hour);
    expect(dateOf(first)).toBe(dateOf(second));
  });

  it('refuses the hour that never was in March, and says what it would be', () => {
    expect(faultOf(() => at('2026-03-29T01:30:00+00:00'))).toBe(
      'occurred.at: in Europe/London no clock showed 2026-03-29T01:30:00+00:00: the offset there was +01:00, so it would be 2026-03-29T02:30:00+01:00',
    );
    expect(faultOf(() => at('2026-03-29T01:30:00+01:00'))).toContain('it would be 2026-03-29T00:30:00+00:00');
  });

  it.each([
    ['2026-03-05T14:30:00Z', london, '2026-03-05T14:30:00+00:00'],
    ['2026-07-05T14:30:00Z', london, '2026-07-05T15:30:00+01:00'],
    ['2026-10-25T00:30Z', london, '2026-10-25T01:30:00+01:00'],
    ['2026-10-25T01:30Z', london, '2026-10-25T01:30:00+00:00'],
    ['2026-03-05T14:30:59.999999Z', london, '2026-03-05T14:30:59+00:00'],
    ['2026-03-05T14:30:00Z', 'Asia/Kathmandu', '2026-03-05T20:15:00+05:45'],
    ['2026-03-05T14:30:00+05:45', 'Asia/Kathmandu', '2026-03-05T14:30:00+05:45'],
    ['2026-03-05T14:30:00Z', 'Pacific/Kiritimati', '2026-03-06T04:30:00+14:00'],
    ['2026-03-05T10:30:00Z', 'Pacific/Pago_Pago', '2026-03-04T23:30:00-11:00'],
    ['1969-12-31T23:59:59.5Z', 'UTC', '1969-12-31T23:59:59+00:00'],
  ])('reads %s in %s as %s', (said, zone, expected) => {
    expect(settle({ at: said }, zone, now)).toEqual({ at: expected, precision: 'minute', zone });
  });

  it.each(['2026-07-05T14:30:00+00:00', '2026-03-05T14:30:00+01:00', '2026-03-05T14:30:00-05:00', '2026-03-05T14:30:00-00:00'])('refuses the wrong offset of %s', (said) => {
    expect(faultOf(() => at(said))).toContain('no clock showed');
  });

  it('knows leap days', () => {
    expect(at('2028-02-29', london, '2029-01-01T00:00:00Z')).toBe('2028-02-29');
    expect(at('2024-02-29T10:00:00Z')).toBe('2024-02-29T10:00:00+00:00');
    expect(faultOf(() => at('2026-02-29'))).toBe('occurred.at: 2026-02-29 is not a date of the calendar');
    expect(faultOf(() => at('2026-02-29T10:00:00Z'))).toBe('occurred.at: 2026-02-29T10:00:00Z is not a date and time that exists');
    expect(faultOf(() => at('1900-02-29'))).toContain('not a date of the calendar');
  });

  it('takes the precision from the shape', () => {
    expect(settle({ at: '2026-03-05' }, london, now)).toEqual({ at: '2026-03-05', precision: 'date', zone: london });
    expect(settle({ at: '2026-03' }, london, now)).toEqual({ at: '2026-03', precision: 'month', zone: london });
    expect(settle({ precision: 'unknown' }, london, now)).toEqual({ precision: 'unknown', zone: london });
    expect(settle({ at: '2026-03', precision: 'month', zone: 'Asia/Kathmandu' }, london, now).zone).toBe('Asia/Kathmandu');
  });

  it('means now when nothing is said', () => {
    const present = { at: '2026-11-23T12:00:00+00:00', precision: 'minute', zone: london };
    expect(settle(undefined, london, '2026-11-23T12:00:00.123456Z')).toEqual(present);
    expect(settle({}, london, now)).toEqual(present);
    expect(settle({ zone: 'Asia/Kathmandu' }, london, now)).toEqual({ at: '2026-11-23T17:45:00+05:45', precision: 'minute', zone: 'Asia/Kathmandu' });
  });

  it.each<[string, { at?: string; precision?: Precision }, string]>([
    ['a date said to be a month', { at: '2026-03-05', precision: 'month' }, 'it must look like 2026-03'],
    ['a month said to be a date', { at: '2026-03', precision: 'date' }, 'it must look like 2026-03-05'],
    ['a precision without a time', { precision: 'date' }, 'it must look like 2026-03-05'],
    ['a time said to be unknown', { at: '2026-03', precision: 'unknown' }, 'leave it out'],
    ['the thirteenth month', { at: '2026-13' }, 'not a month of the calendar'],
    ['the hour 24', { at: '2026-03-05T24:00:00Z' }, 'not a date and time that exists'],
    ['a time without an offset', { at: '2026-03-05T14:30:00' }, 'must look like 2026-03-05T14:30:00+00:00, 2026-03-05 or 2026-03'],
    ['an empty text', { at: '' }, 'must look like'],
    ['a slip of the year', { at: '0026-03-05' }, 'lies before 1900'],
    ['a slip of the year, to the minute', { at: '0226-03-05T10:00:00Z' }, 'lies before 1900'],
    ['a precision there is not', { at: '2026-03-05', precision: 'hour' as Precision }, 'occurred.precision: must be one of minute, date, month, unknown'],
    ['a precision that every object has', { at: '2026-03-05', precision: 'constructor' as Precision }, 'occurred.precision: must be one of'],
  ])('refuses %s', (_, said, message) => {
    expect(faultOf(() => settle(said, london, now))).toContain(message);
  });

  it('refuses the future, ten minutes of skew allowed', () => {
    expect(at('2026-11-23T12:10:00Z')).toBe('2026-11-23T12:10:00+00:00');
    expect(faultOf(() => at('2026-11-23T12:10:01Z'))).toBe("occurred.at: 2026-11-23T12:10:01Z has not happened yet; the service's clock says 2026-11-23T12:00:00Z");
    expect(at('2026-11-23')).toBe('2026-11-23');
    expect(faultOf(() => at('2026-11-24'))).toContain('has not happened yet');
    expect(at('2026-11')).toBe('2026-11');
    expect(faultOf(() => at('2026-12'))).toContain('has not happened yet');
    expect(faultOf(() => at('9999-12-31'))).toContain('has not happened yet');
    expect(faultOf(() => at('9999-12-31T23:59:59-11:00', 'Pacific/Pago_Pago'))).toContain('has not happened yet');
  });

  it('asks each zone whether the day has begun there', () => {
    expect(at('2026-11-24', 'Pacific/Kiritimati')).toBe('2026-11-24');
    expect(faultOf(() => at('2026-11-23', 'Pacific/Pago_Pago', '2026-11-23T10:00:00Z'))).toContain('has not happened yet');
  });

  it.each(['', 'London', 'europe/london', 'utc', '+01:00', 'Z', '2026-01-01T00:00Z', '2026-01-01T00:00[Europe/London]', 'constructor', 'Europe/London\0'])('refuses the zone %j', (zone) => {
    const message = `${zone} is not a time zone such as Europe/London`;
    expect(faultOf(() => settle({ at: '2026-03-05', zone }, london, now))).toBe(`occurred.zone: ${message}`);
    expect(faultOf(() => settle(undefined, zone, now))).toBe(`occurred.zone: ${message}`);
    expect(faultOf(() => checkZone(zone))).toBe(`zone: ${message}`);
    expect(faultOf(() => inZone('2026-03-05T14:30:00Z', zone))).toBe(`zone: ${message}`);
  });

  it('accepts every zone this machine knows', () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) expect(() => checkZone(zone)).not.toThrow();
  });

  const digits = fc.stringMatching(/^\d{4}-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?)?$/);
  const zones = fc.constantFrom(london, 'UTC', 'Asia/Kathmandu', 'Pacific/Apia', 'Pacific/Kiritimati', 'America/Sao_Paulo', 'Africa/Monrovia', 'Australia/Lord_Howe');

  it('throws nothing but Invalid, whatever it is told', () => {
    const text = fc.oneof(digits, fc.string({ unit: 'binary' }), fc.constantFrom('9999-12-31', '0000-01', '+275760-09-13T00:00:00Z', '-271821-04-20', '2026-W10', '2026-03-05T14:30:60Z'));
    const said = fc.record({ at: text, precision: fc.oneof(fc.constantFrom(...precisions), fc.string() as fc.Arbitrary<Precision>), zone: fc.oneof(zones, fc.string({ unit: 'binary' }), digits) }, { requiredKeys: [] });
    fc.assert(fc.property(said, zones, (said, zone) => void faultOf(() => settle(said, zone, now))), { numRuns: 500 });
  });

  it('answers what it would itself accept unchanged, and every answer has a place in time', () => {
    const instants = fc.date({ min: new Date('1973-01-01'), max: new Date('2026-11-01'), noInvalidDate: true }).map((date) => date.toISOString());
    const said = fc.oneof(instants, instants.map((at) => at.slice(0, 10)), instants.map((at) => at.slice(0, 7)));
    fc.assert(
      fc.property(said, zones, (at, zone) => {
        const settled = settle({ at }, zone, now);
        expect(settle(settled, london, now)).toEqual(settled);
        expect(dateOf(settled)).toMatch(/^\d{4}-\d\d-\d\d$/);
        if (zone !== 'Pacific/Apia') expect(startOf(settled)).toBeLessThanOrEqual(endOf(settled)!);
      }),
      { numRuns: 300 },
    );
  });
});

describe('inZone', () => {
  it('names the field it is asked about', () => {
    expect(faultOf(() => inZone('2026-03-05T14:30:00+01:00', london, 'start'))).toMatch(/^start: in Europe\/London no clock showed/);
  });

  // Temporal reads these, and their offsets would go unchecked.
  it.each(['2026-03-29T01:30:00+0000', '2026-03-29T01:30:00+00:00[Europe/London]', '20260329T013000Z', '2026-03-29 01:30:00Z'])('refuses the shape of %s', (said) => {
    expect(faultOf(() => inZone(said, london, 'start'))).toBe('start: must look like 2026-03-05T14:30:00+00:00');
  });
});

describe('intervals', () => {
  const on = (at: string, precision: Precision = 'date', zone = london): Occurred => ({ at, precision, zone });
  const hours = (occurred: Occurred) => (endOf(occurred)! + 1 - startOf(occurred)!) / hour;

  it('are a point for a minute', () => {
    const point = on('2026-10-25T01:30:00+01:00', 'minute');
    expect([startOf(point), endOf(point)]).toEqual([Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 0, 30)]);
  });

  it('are the whole local day for a date: 24 hours, 23 in March, 25 in October', () => {
    expect(hours(on('2026-03-05'))).toBe(24);
    expect(hours(on('2026-03-29'))).toBe(23);
    expect(hours(on('2026-10-25'))).toBe(25);
    expect(startOf(on('2026-10-25'))).toBe(Date.UTC(2026, 9, 24, 23));
    expect(endOf(on('2026-10-25'))).toBe(Date.UTC(2026, 9, 26) - 1);
    expect(startOf(on('2026-03-05', 'date', 'Asia/Kathmandu'))).toBe(Date.UTC(2026, 2, 4, 18, 15));
  });

  it('begin at the first instant of a day without a midnight', () => {
    expect(hours(on('2018-11-04', 'date', 'America/Sao_Paulo'))).toBe(23);
    expect(endOf(on('2018-11-03', 'date', 'America/Sao_Paulo'))).toBe(startOf(on('2018-11-04', 'date', 'America/Sao_Paulo'))! - 1);
  });

  it('are the whole local month for a month', () => {
    expect(hours(on('2026-03', 'month'))).toBe(31 * 24 - 1);
    expect(hours(on('2026-10', 'month'))).toBe(31 * 24 + 1);
    expect(hours(on('2028-02', 'month'))).toBe(29 * 24);
    expect(endOf(on('2026-12', 'month'))).toBe(Date.UTC(2027, 0, 1) - 1);
  });

  it('are nowhere for what is unknown', () => {
    const unknown: Occurred = { precision: 'unknown', zone: london };
    expect([startOf(unknown), endOf(unknown), dateOf(unknown)]).toEqual([undefined, undefined, undefined]);
  });

  it('count on one local date: the zone\'s own, a month\'s last', () => {
    expect(dateOf(on('2026-03-05T23:30:00+00:00', 'minute'))).toBe('2026-03-05');
    expect(dateOf(on('2026-03-06T04:30:00+14:00', 'minute', 'Pacific/Kiritimati'))).toBe('2026-03-06');
    expect(dateOf(on('2026-03-05T23:30:00+00:00', 'minute', 'Asia/Kathmandu'))).toBe('2026-03-06');
    expect(dateOf(on('2026-03-05'))).toBe('2026-03-05');
    expect(dateOf(on('2028-02', 'month'))).toBe('2028-02-29');
  });

  it('end where the local day ends', () => {
    expect(endOfDay('2026-10-25', london)).toBe(endOf(on('2026-10-25')));
    expect(endOfDay('2026-03-05', 'Pacific/Kiritimati')).toBe(Date.UTC(2026, 2, 5, 10) - 1);
  });

  it('count days by the calendar, not by hours', () => {
    expect([daysBetween('2026-03-28', '2026-03-30'), daysBetween('2028-02-28', '2028-03-01'), daysBetween('2026-03-05', '2026-03-01')]).toEqual([2, 2, -4]);
    expect([addDays('2026-10-24', 2), addDays('2028-02-28', 1), addDays('2026-03-01', -1)]).toEqual(['2026-10-26', '2028-02-29', '2026-02-28']);
  });
});
