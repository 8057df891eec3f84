import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { csvTable } from '@cairn/interop/csv.js';
import { isEmpty, TableUnreadable, type Row, type Table } from '@cairn/interop/table.js';
import { xlsxTables } from '@cairn/interop/xlsx.js';
import { textOf } from '@cairn/interop/cells.js';
import { exits, Failure } from '../failure.js';
import { Columns } from './columns.js';
import { plain, tableNames, type TableName } from './fields.js';
import { isTableName, type Mapping } from './mapping.js';

/** One table to import: its rows, and what its columns mean. */
export interface Source {
  readonly table: TableName;
  readonly from: Table;
  readonly columns: Columns;
  /** Row of the headers. */
  readonly header: number;
  readonly path: string;
  /** When the file was last written: it must not change between its check and its import. */
  readonly written: number;
}

export interface Found {
  /** In the order in which they are told: whoever is registered first has sessions after. */
  readonly sources: readonly Source[];
  /** Sheets that are none of the tables. */
  readonly left: readonly string[];
}

const words = `Name the file or the sheet after one of ${tableNames.join(', ')}, write sessions=FILE, or say it in the mapping ("from").`;

/** @throws TableUnreadable, Failure */
export async function sourcesOf(given: readonly string[], workingDirectory: string, mapping: Mapping): Promise<Found> {
  const sources: Source[] = [];
  const left: string[] = [];
  for (const each of given) {
    const [, named, rest] = /^(\w+)=(.+)$/.exec(each) ?? [];
    const said = named !== undefined && isTableName(named) ? named : undefined;
    const path = resolve(workingDirectory, said === undefined ? each : (rest ?? ''));
    const found = await stat(path).catch((error: unknown) => {
      throw new Failure(exits.unusable, `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, 'Check the path.');
    });
    if (!found.isFile()) throw new Failure(exits.unusable, `${path} is no file.`, 'Name the spreadsheets themselves.');
    const tables = await tablesOf(path, said, mapping);
    const known = tables.flatMap((from) => {
      const table = said ?? tableOf(from, mapping) ?? (tables.length === 1 ? tableOf({ ...from, sheet: undefined }, mapping) : undefined);
      if (table) return [{ table, from }];
      left.push(from.sheet === undefined ? from.file : `${from.file}, sheet ${from.sheet}`);
      return [];
    });
    if (known.length === 0) throw new Failure(exits.unusable, `What ${basename(path)} holds is not known.`, words);
    for (const { table, from } of known) sources.push({ table, from, path, written: found.mtimeMs, ...(await headed(table, from, mapping)) });
  }
  return { sources: sources.sort((a, b) => tableNames.indexOf(a.table) - tableNames.indexOf(b.table)), left };
}

/** The rows after the header, but for empty ones and comments. @throws TableUnreadable */
export async function* rowsOf({ from, header }: Source): AsyncIterable<Row> {
  for await (const row of from.rows()) if (row.row > header && !isEmpty(row) && !isComment(row)) yield row;
}

async function tablesOf(path: string, said: TableName | undefined, mapping: Mapping): Promise<Table[]> {
  const extension = extname(path).toLowerCase();
  if (['.xlsx', '.xlsm', '.xls', '.xltx'].includes(extension)) return xlsxTables(path);
  if (['.csv', '.tsv', '.txt', '.tab'].includes(extension)) {
    const table = said ?? tableOf({ file: basename(path) }, mapping);
    return [await csvTable(path, table && mapping.tables[table]?.separator)];
  }
  throw new Failure(exits.unusable, `${basename(path)} is neither .csv nor .xlsx.`, 'Save it as .xlsx or as "CSV UTF-8".');
}

function tableOf({ file, sheet }: { file: string; sheet?: string | undefined }, mapping: Mapping): TableName | undefined {
  const name = sheet ?? file.replace(/\.\w+$/, '');
  const mapped = tableNames.find((table) => [sheet, file, name].some((each) => each !== undefined && mapping.tables[table]?.from !== undefined && plain(mapping.tables[table].from) === plain(each)));
  const found = tableNames.filter((table) => plain(name).includes(table));
  return mapped ?? (found.length === 1 ? found[0] : undefined);
}

async function headed(table: TableName, from: Table, mapping: Mapping): Promise<Pick<Source, 'columns' | 'header'>> {
  const at = mapping.tables[table]?.headerRow;
  for await (const row of from.rows()) if (at === undefined ? !isEmpty(row) && !isComment(row) : row.row === at) return { columns: new Columns(table, row, mapping), header: row.row };
  throw new TableUnreadable(from.file, `${from.sheet === undefined ? 'it' : `its sheet ${from.sheet}`} has no row of headers.`, 'The template has one: cairn import template.');
}

function isComment({ cells: [first = ''] }: Row): boolean {
  return textOf(first).startsWith('# ');
}
