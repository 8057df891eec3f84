import { describe, expect, it } from '@jest/globals';
import type { ProtocolContext } from './contexts.js';
import { isLate, workingDaysBetween } from './late.js';

describe('working days', () => {
  it('leave out the weekend', () => expect(workingDaysBetween('2026-02-06', '2026-02-09', 'england')).toBe(1));
  it('leave out the bank holidays of the nation: Good Friday and Easter Monday in England', () => expect(workingDaysBetween('2026-04-02', '2026-04-07', 'england')).toBe(1));
  it('count Easter Monday in Scotland', () => expect(workingDaysBetween('2026-04-02', '2026-04-07', 'scotland')).toBe(2));
  it("leave out St Andrew's Day in Scotland alone", () => {
    expect(workingDaysBetween('2026-11-27', '2026-11-30', 'scotland')).toBe(0);
    expect(workingDaysBetween('2026-11-27', '2026-11-30', 'wales')).toBe(1);
  });
  it("leave out St Patrick's Day in Northern Ireland alone", () => {
    expect(workingDaysBetween('2026-03-16', '2026-03-17', 'northern-ireland')).toBe(0);
    expect(workingDaysBetween('2026-03-16', '2026-03-17', 'england')).toBe(1);
  });
  it('count the leap day', () => expect(workingDaysBetween('2028-02-28', '2028-03-01', 'england')).toBe(2));
  it('are those counted day by day, over years, weekends at either end and leap days included', () => {
    const day = (n: number) => new Date(Date.UTC(2023, 11, 20) + n * 86_400_000).toISOString().slice(0, 10);
    for (const from of [0, 3, 4, 5, 11]) {
      const one = (n: number) => workingDaysBetween(day(n - 1), day(n), 'wales');
      for (let to = from + 1, counted = one(to); to < 900; counted += one(++to)) expect([from, to, workingDaysBetween(day(from), day(to), 'wales')]).toEqual([from, to, counted]);
    }
  });
  it('stop counting once it is enough', () => expect(workingDaysBetween('1926-01-01', '2026-01-01', 'england', 5)).toBe(6));
});

describe('a late entry', () => {
  const context = { protocol: { lateEntryWorkingDays: 5 }, zone: 'Europe/London', nation: 'england' } as ProtocolContext;
  const entered = (recordedAt: string, at: string | undefined, precision: 'date' | 'month' | 'unknown' = 'date') =>
    isLate({ recordedAt, occurred: { ...(at !== undefined && { at }), precision, zone: 'Europe/London' } }, context);

  it('comes after more than the protocol’s working days', () => expect(entered('2026-02-10T09:00:00.000000Z', '2026-02-02')).toBe(true));
  it('is not late on the last of them', () => expect(entered('2026-02-09T09:00:00.000000Z', '2026-02-02')).toBe(false));
  it('is dated by the local clock: shortly after midnight of British Summer Time is the next day', () => {
    expect(entered('2026-06-15T22:59:00.000000Z', '2026-06-08')).toBe(false);
    expect(entered('2026-06-15T23:01:00.000000Z', '2026-06-08')).toBe(true);
  });
  it('is never said of an unknown day', () => expect(entered('2026-02-09T09:00:00.000000Z', undefined, 'unknown')).toBe(false));
  it('counts a month from its last day', () => expect(entered('2026-03-06T09:00:00.000000Z', '2026-02', 'month')).toBe(false));
});
