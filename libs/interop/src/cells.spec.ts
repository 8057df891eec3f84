import { describe, expect, it } from '@jest/globals';
import { flagOf, momentOf, timeOf, wholeOf, type DateOrder } from './cells.js';
import { identityInHeader, identityInText, isNhsNumber } from './identity.js';
import { WallClock, type Cell } from './table.js';

describe('a date', () => {
  it.each<[Cell, string]>([
    ['2026-03-05', '2026-03-05'],
    ['2026-03-05 14:30', '2026-03-05T14:30'],
    ['2026-03-05T14:30:00+00:00', '2026-03-05T14:30:00+00:00'],
    ['2026-03', '2026-03'],
    ['5/3/2026', '2026-03-05'],
    ['05.03.26', '2026-03-05'],
    ['05-03-2026 2.30pm', '2026-03-05T14:30'],
    ['5 March 2026', '2026-03-05'],
    ['Thu 5th Mar 2026', '2026-03-05'],
    ['5-Mar-26 09:05', '2026-03-05T09:05'],
    [new WallClock('2026-03-05T14:30'), '2026-03-05T14:30'],
  ])('is read day first: %j', (cell, read) => {
    expect(momentOf(cell, 'day-first')).toBe(read);
  });

  it('is read month first, or as the days that Excel counts, where the mapping says so', () => {
    expect(momentOf('3/5/2026', 'month-first')).toBe('2026-03-05');
    expect(momentOf('46086', 'excel')).toBe('2026-03-05');
    expect(momentOf(46086.604166667, 'excel')).toBe('2026-03-05T14:30');
    expect(momentOf('44624', 'excel-1904')).toBe('2026-03-05');
    expect(momentOf('1', 'excel')).toBe('1900-01-01');
    expect(momentOf('61', 'excel')).toBe('1900-03-01');
  });

  it.each<[Cell, DateOrder, RegExp]>([
    ['31/02/2026', 'day-first', /"31\/02\/2026" is not a date of the calendar, day first/],
    ['3/15/2026', 'day-first', /not a date of the calendar, day first/],
    ['46086', 'day-first', /if the column holds Excel's day numbers/],
    ['next week', 'day-first', /"next week" is not a date; write it as 2026-03-05/],
    [new WallClock('14:30'), 'day-first', /is a time of day without a date/],
    ['5/3/2026 25:00', 'day-first', /is not a time of day/],
  ])('that is none is refused: %j', (cell, order, words) => {
    expect(() => momentOf(cell, order)).toThrow(words);
  });
});

it('a time of day is read as people write it', () => {
  for (const cell of ['14:30', '2.30pm', '2:30 PM', '14:30:00', new WallClock('14:30'), new WallClock('2026-03-05T14:30'), 0.604166667]) expect(timeOf(cell)).toBe('14:30');
  expect(timeOf('12am')).toBe('00:00');
  expect(timeOf('9am')).toBe('09:00');
  for (const cell of ['24:10', '14', 'noon', '13pm']) expect(() => timeOf(cell)).toThrow('is not a time of day');
});

it('numbers and yes or no are read strictly', () => {
  expect([wholeOf('55'), wholeOf(55), wholeOf('55.0')]).toEqual([55, 55, 55]);
  for (const cell of ['55 min', '5.5', '-5', '']) expect(() => wholeOf(cell)).toThrow('is not a whole number');
  expect([flagOf('Yes'), flagOf(true), flagOf('n'), flagOf(0)]).toEqual([true, true, false, false]);
  expect(() => flagOf('perhaps')).toThrow('neither yes nor no');
});

describe('who somebody is', () => {
  it.each(['NHS number', 'NHS_No', 'Client Name', 'Surname', 'firstName', 'DOB', 'Date of birth', 'Post code', 'Home address', 'Telephone', 'Mobile no', 'E-mail', 'RiO number', 'Next of kin'])('is suspected under the header %s', (header) => {
    expect(identityInHeader(header)).toBeDefined();
  });

  it.each(['Participant number', 'Client ID', 'Session number', 'Consent form version', 'Planned date', 'Offer method', 'Place', 'Worker', 'Outcome', 'Reason', 'Notice'])('is not suspected under the header %s', (header) => {
    expect(identityInHeader(header)).toBeUndefined();
  });

  it('is found in text by its form', () => {
    expect(identityInText('see 943 476 5919 for more')).toBe('an NHS number');
    expect(identityInText('ring 07700 900123')).toBe('a telephone number');
    expect(identityInText('write to ann@example.org')).toBe('an e-mail address');
    expect(identityInText('The paper log came back on 2026-03-05, three weeks late.')).toBeUndefined();
  });

  it('is told from other ten digits by the check digit of an NHS number', () => {
    expect(isNhsNumber('9434765919')).toBe(true);
    expect(isNhsNumber('943-476-5919')).toBe(true);
    expect(isNhsNumber('9434765918')).toBe(false);
    expect(isNhsNumber('1111111111')).toBe(false);
  });
});
