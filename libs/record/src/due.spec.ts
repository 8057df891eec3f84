import { dueOf, isWithin } from './due.js';

const on = (today: string, nation: 'england' | 'scotland' = 'england') => ({ today, nation, lateEntryWorkingDays: 5 });

describe('a session without an outcome', () => {
  it('is planned before its day, due on it by the local date, unrecorded after', () => {
    expect([dueOf('2026-03-10T09:00:00+00:00', on('2026-03-09')), dueOf('2026-03-10T23:30:00+00:00', on('2026-03-10')), dueOf('2026-03-10T09:00:00+00:00', on('2026-03-11'))]).toEqual(['planned', 'due', 'unrecorded']);
  });
  it('is overdue after more than the protocol’s working days, weekends left out', () => {
    expect([dueOf('2026-03-02T09:00:00+00:00', on('2026-03-09')), dueOf('2026-03-02T09:00:00+00:00', on('2026-03-10'))]).toEqual(['unrecorded', 'overdue']);
  });
  it('by the bank holidays of the nation: Easter Monday counts in Scotland', () => {
    const planned = '2026-03-30T10:00:00+01:00';
    expect([dueOf(planned, on('2026-04-08')), dueOf(planned, on('2026-04-08', 'scotland'))]).toEqual(['unrecorded', 'overdue']);
  });
});

it('the days ahead end where they end', () => expect(['2026-03-09', '2026-03-10', '2026-03-16', '2026-03-17'].map((date) => isWithin(date, '2026-03-09', 7))).toEqual([false, true, true, false]));
