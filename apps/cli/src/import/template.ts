import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { exits, Failure } from '../failure.js';
import { tableNames, tables, type Field, type TableName } from './fields.js';
import { isTableName } from './mapping.js';

const GUIDE = 'How to fill this in';

const guidance = [
  'One row each; leave empty what you do not know. The row of EXAMPLE-1 is not imported.',
  'Never names, NHS numbers, dates of birth, addresses or telephone numbers: use your own number for each person.',
  'Dates as 05/03/2026 (day first) or 2026-03-05; times as 14:30. What was agreed for the future is an outcome of "planned".',
];

/**
 * Writes the template of a table, or of all, and says where.
 *
 * @throws Failure when there is such a file already
 */
export async function writeTemplates(directory: string, table: string | undefined, asWorkbook: boolean): Promise<string[]> {
  if (table !== undefined && !isTableName(table)) throw new Failure(exits.unusable, `There is no table "${table}".`, `The tables are ${tableNames.join(', ')}.`);
  const wanted = table === undefined ? tableNames : [table];
  if (asWorkbook) return [await write(join(directory, `${table ?? 'cairn-import'}.xlsx`), await workbookOf(wanted))];
  return Promise.all(wanted.map((name) => write(join(directory, `${name}.csv`), csvOf(name))));
}

/** With the mark by which Excel knows UTF-8. */
function csvOf(table: TableName): string {
  const fields = Object.values(tables[table]);
  const guide = [...guidance, ...fields.map((field) => `${field.header}: ${meaning(field)}`)].map((text) => [`# ${text}`]);
  return `\uFEFF${stringify([...guide, fields.map(({ header }) => header), fields.map(({ example }) => example)], { record_delimiter: 'windows' })}`;
}

async function workbookOf(wanted: readonly TableName[]): Promise<Buffer> {
  const { default: workbook } = await import('write-excel-file/node');
  const bold = (value: string) => ({ value, fontWeight: 'bold' as const });
  const sheets = wanted.map((name) => {
    const fields = Object.values(tables[name]);
    return { sheet: name, data: [fields.map(({ header }) => bold(header)), fields.map(({ example }) => example)], columns: fields.map(({ header }) => ({ width: Math.max(14, header.length + 3) })), stickyRowsCount: 1 };
  });
  const guide = [...guidance.map((text) => [text]), [], ...wanted.flatMap((name) => [[bold(name)], ...Object.values(tables[name]).map((field) => [field.header, meaning(field)]), []])];
  return workbook([...sheets, { sheet: GUIDE, data: guide, columns: [{ width: 28 }, { width: 120 }] }]).toBuffer();
}

function meaning({ needed, help }: Field): string {
  return [needed ? 'Needed in every row.' : '', help].filter(Boolean).join(' ') || 'May be left empty.';
}

async function write(path: string, content: string | Buffer): Promise<string> {
  await writeFile(path, content, { flag: 'wx' }).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(exits.unusable, code === 'EEXIST' ? `There is a file ${path} already; it is not written over.` : `${path} cannot be written (${code ?? 'unknown reason'}).`, 'Move it, or run this in another directory.');
  });
  return path;
}
