import { Temporal } from 'temporal-polyfill';
import { WallClock, type Cell } from './table.js';

/** How dates are written; ISO 8601 is understood in all. The last two are Excel's day numbers, as a CSV of unformatted cells has them. */
export const dateOrders = ['day-first', 'month-first', 'excel', 'excel-1904'] as const;
export type DateOrder = (typeof dateOrders)[number];

const orders: Record<DateOrder, string> = { 'day-first': 'day first, as in 5/3/2026', 'month-first': 'month first, as in 3/5/2026', excel: 'as Excel day numbers, as in 46086', 'excel-1904': 'as Excel day numbers since 1904, as in 44624' };
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const clock = /^(\d{1,2})(?:[:.](\d\d)(?:[:.](\d\d))?)? ?([ap])?\.?(?:m\.?)?$/i;
const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?(?:\.0+)?(?:Z|[+-]\d\d:\d\d)?))?$/;
const numbers = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d\d)(?:,? +(.+))?$/;
const named = /^(?:[a-z]{3,9},? )?(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d\d)(?:,? +(.+))?$/i;

export function textOf(cell: Cell): string {
  return (cell instanceof WallClock ? cell.text : String(cell)).replace(/\s+/g, ' ').trim().normalize('NFC');
}

/** A date, with its time where the cell has one: `2026-03-05`, `2026-03-05T14:30`, or a month, `2026-03`. @throws Error in words a person can use */
export function momentOf(cell: Cell, order: DateOrder): string {
  const text = textOf(cell);
  if (cell instanceof WallClock && text.length < 10) throw new Error(`${text} is a time of day without a date`);
  const [, isoDate, isoTime] = iso.exec(text) ?? [];
  if (isoDate !== undefined) return isoTime === undefined ? calendar(isoDate) : `${calendar(isoDate)}T${isoTime.replace(/\.0+/, '')}`;
  if (/^\d{4}-\d\d$/.test(text)) return calendar(`${text}-01`).slice(0, 7);
  if (/^\d+(\.\d+)?$/.test(text)) return serial(Number(text), order);
  const [, day, month, year, time] = numbers.exec(text) ?? named.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) throw new Error(`${shown(text)} is not a date; write it as 2026-03-05 or ${orders[order]}`);
  const [d, m] = order === 'month-first' && /\d/.test(month) ? [month, day] : [day, /\d/.test(month) ? month : String(months.indexOf(month.slice(0, 3).toLowerCase()) + 1)];
  const date = calendar(`${year.length === 2 ? `20${year}` : year}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`, text, order);
  return time === undefined ? date : `${date}T${timeOf(time)}`;
}

/** A time of day: `14:30`. @throws Error in words a person can use */
export function timeOf(cell: Cell): string {
  const text = textOf(cell);
  if (cell instanceof WallClock && text.length >= 10) return text.length > 10 ? text.slice(11) : '00:00';
  if (/^0?\.\d+$/.test(text)) return Temporal.PlainTime.from('00:00').add({ seconds: Math.round(Number(text) * 1440) * 60 }).toString({ smallestUnit: 'minute' });
  const [, hours = '', minutes = '00', seconds, half] = clock.exec(text) ?? [];
  const hour = Number(hours) + (half?.toLowerCase() === 'p' && Number(hours) < 12 ? 12 : 0) - (half?.toLowerCase() === 'a' && hours === '12' ? 12 : 0);
  if (hours === '' || (half === undefined && !/[:.]/.test(text)) || hour > 23 || Number(minutes) > 59 || (half !== undefined && Number(hours) > 12)) throw new Error(`${shown(text)} is not a time of day; write it as 14:30`);
  return `${String(hour).padStart(2, '0')}:${minutes}${seconds === undefined || seconds === '00' ? '' : `:${seconds}`}`;
}

/** @throws Error in words a person can use */
export function wholeOf(cell: Cell): number {
  const text = textOf(cell);
  if (!/^\d{1,9}(\.0+)?$/.test(text)) throw new Error(`${shown(text)} is not a whole number`);
  return Number(text);
}

/** @throws Error in words a person can use */
export function flagOf(cell: Cell): boolean {
  const text = textOf(cell).toLowerCase();
  if (['true', 'yes', 'y', '1'].includes(text)) return true;
  if (['false', 'no', 'n', '0'].includes(text)) return false;
  throw new Error(`${shown(text)} is neither yes nor no`);
}

/** As it may be repeated to a person: no more than its beginning. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function serial(number: number, order: DateOrder): string {
  if (!order.startsWith('excel')) throw new Error(`${number} is not a date; if the column holds Excel's day numbers, give it "dates": "excel" in the mapping, or format it as dates`);
  if (number < 1 || number > 80_000) throw new Error(`${number} is no day number of Excel's`);
  // Day 60 of the 1900 system is a 29 February that never was; all days after it count from two days earlier.
  const start = order === 'excel-1904' ? '1904-01-01' : number < 60 ? '1899-12-31' : '1899-12-30';
  const minutes = Math.round((number % 1) * 1440);
  const moment = Temporal.PlainDateTime.from(start).add({ days: Math.floor(number), minutes });
  return minutes === 0 ? moment.toPlainDate().toString() : moment.toString({ smallestUnit: 'minute' });
}

function calendar(date: string, written = date, order?: DateOrder): string {
  try {
    return Temporal.PlainDate.from(date, { overflow: 'reject' }).toString();
  } catch {
    throw new Error(`${shown(written)} is not a date of the calendar${order === undefined ? '' : `, ${orders[order].replace(/,.*/, '')}`}`);
  }
}
