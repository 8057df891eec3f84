import Holidays from 'date-holidays';
import { bankHolidays, bankHolidayTable } from './bank-holidays.js';

const regions = { e: 'ENG', s: 'SCT', w: 'WLS', n: 'NIR' };
const isWeekday = (date: string) => ![0, 6].includes(new Date(`${date}T12:00:00Z`).getUTCDay());

/** A line of the table. */
function kept(year: number): string {
  const days = new Map<string, string>();
  for (const [letter, region] of Object.entries(regions)) {
    const found = new Holidays('GB', region).getHolidays(String(year)).filter(({ type, date }) => (type === 'public' || type === 'bank') && isWeekday(date.slice(0, 10)));
    for (const day of new Set(found.map(({ date }) => date.slice(5, 7) + date.slice(8, 10)))) days.set(day, (days.get(day) ?? '') + letter);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, nations]) => (nations.length === 4 ? day : day + nations)).join(' ');
}

const years = Object.keys(bankHolidayTable).map(Number);

it('are those of the package that keeps them: after an update of it, what it says now is to be put into the table', () => {
  expect(bankHolidayTable).toEqual(Object.fromEntries(years.map((year) => [year, kept(year)])));
});

it('are known for every year from 1970 to long after this one', () => {
  expect(years).toEqual(Array.from({ length: years.length }, (_, n) => 1970 + n));
  expect(years.at(-1)).toBeGreaterThan(new Date().getFullYear() + 20);
});

it('are told by nation', () => {
  expect(bankHolidays('england', 2026)).toEqual(['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-04', '2026-05-25', '2026-08-31', '2026-12-25', '2026-12-28']);
  expect(bankHolidays('scotland', 2026)).toEqual(['2026-01-01', '2026-01-02', '2026-04-03', '2026-05-04', '2026-05-25', '2026-08-03', '2026-11-30', '2026-12-25', '2026-12-28']);
  expect(bankHolidays('northern-ireland', 2026)).toContain('2026-07-13');
  expect(bankHolidays('wales', 2026)).toEqual(bankHolidays('england', 2026));
});
