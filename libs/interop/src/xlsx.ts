import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { TableUnreadable, WallClock, type Cell, type Row, type Table } from './table.js';

/** A workbook is read whole, so what it may hold is bounded: packed, and unpacked. */
const LARGEST_FILE = 25 << 20;
const LARGEST_CONTENT = 200 << 20;

/** What a cell whose formula was never calculated reads as: nothing that any field takes. */
export const UNCALCULATED = '=';

const asCsv = 'Save the sheet as "CSV UTF-8", which may be of any size, and import that.';

/**
 * The sheets of an Excel workbook (.xlsx) as tables. Of a formula the value is taken that was calculated when the workbook was
 * saved; where there is none, or an error, the cell reads as `UNCALCULATED` or the error, `#REF!`.
 *
 * @throws TableUnreadable when it is none, is locked, or is too large
 */
export async function xlsxTables(path: string): Promise<Table[]> {
  const file = basename(path);
  const { size } = await stat(path);
  if (size > LARGEST_FILE) throw new TableUnreadable(file, `it is ${megabytes(size)}; a workbook of more than ${megabytes(LARGEST_FILE)} is not read.`, asCsv);
  const content = told(file, await readFile(path));
  const { default: read } = await import('read-excel-file/node');
  const sheets = await read(content).catch((error: unknown) => {
    throw new TableUnreadable(file, `it cannot be read as a workbook (${error instanceof Error ? error.message : String(error)}).`, 'Open it in Excel and save it again as .xlsx.');
  });
  return sheets.map(({ sheet, data }) => ({ file, sheet, rows: () => rowsOf(data) }));
}

async function* rowsOf(data: readonly (readonly unknown[])[]): AsyncIterable<Row> {
  for (const [index, cells] of data.entries()) yield { row: index + 1, cells: cells.map(cellOf) };
}

function cellOf(value: unknown): Cell {
  if (value instanceof Date) return new WallClock(wallClock(value));
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : '';
}

/** Excel counts days, so a moment comes with a rounding error below a second; a time of day is a moment of its day zero. */
function wallClock(date: Date): string {
  const text = new Date(Math.round(date.getTime() / 1000) * 1000).toISOString();
  const time = text.slice(11, text.slice(17, 19) === '00' ? 16 : 19);
  if (date.getUTCFullYear() < 1900 || text.startsWith('1904-01-01')) return time;
  return time === '00:00' ? text.slice(0, 10) : `${text.slice(0, 10)}T${time}`;
}

/**
 * The workbook with what its cells could not calculate written out as text: a reader that finds no value would take the cell for empty.
 *
 * @throws TableUnreadable
 */
function told(file: string, packed: Buffer): Buffer {
  if (packed.readUInt32BE(0) === 0xd0cf11e0) throw new TableUnreadable(file, 'it is an old .xls workbook, or one locked with a password.', 'Save it in Excel as .xlsx without a password.');
  let content = 0;
  let parts: Record<string, Uint8Array>;
  try {
    parts = unzipSync(packed, {
      filter: ({ originalSize }) => {
        content += originalSize;
        if (content > LARGEST_CONTENT) throw new TableUnreadable(file, `it holds more than ${megabytes(LARGEST_CONTENT)} once unpacked, which is not read.`, asCsv);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof TableUnreadable) throw error;
    throw new TableUnreadable(file, 'it is no .xlsx workbook, or a damaged one.', 'Open it in Excel and save it again as .xlsx.');
  }
  if (!Object.hasOwn(parts, 'xl/workbook.xml')) throw new TableUnreadable(file, 'it is no Excel workbook.', 'Save it in the program it came from as .xlsx or as "CSV UTF-8".');
  const spoken = Object.entries(parts).map(([name, part]) => [name, /^xl\/worksheets\/[^/]+\.xml$/.test(name) ? strToU8(spokenOut(strFromU8(part))) : part] as const);
  return Buffer.from(zipSync(Object.fromEntries(spoken), { level: 0 }));
}

/** No cell holds another, so that one which is never closed is looked for no further than to the next. */
const cell = /<((?:\w+:)?)c( [^<>]*[^<>/]|)>((?:(?!<\/?\1c[ >])[^])*)<\/\1c>/g;

function spokenOut(sheet: string): string {
  if (!/<(?:\w+:)?f[ />]|t="e"/.test(sheet)) return sheet;
  return sheet.replace(cell, (whole, prefix: string, attributes: string, inner: string) => {
    const type = /\bt="(\w+)"/.exec(attributes)?.[1] ?? 'n';
    const value = /<(?:\w+:)?v(?: [^<>]*)?>([^<]*)</.exec(inner)?.[1];
    const text = type === 'e' ? (value ?? '#ERROR') : /<(?:\w+:)?f[ />]/.test(inner) && (value === undefined || (value === '' && type !== 'str')) ? UNCALCULATED : undefined;
    if (text === undefined) return whole;
    return `<${prefix}c${attributes.replace(/ t="\w+"/, '')} t="inlineStr"><${prefix}is><${prefix}t>${text}</${prefix}t></${prefix}is></${prefix}c>`;
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MB`;
}
