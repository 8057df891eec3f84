import { readFile } from 'node:fs/promises';
import { dateOrders, type DateOrder } from '@cairn/interop/cells.js';
import { isRole, type Role } from '@cairn/access/roles.js';
import { exits, Failure } from '../failure.js';
import type { Reason } from '../record/format.js';
import { isObject, reasonFault } from '../record/header.js';
import { plain, tableNames, tables, type Field, type TableName } from './fields.js';

const MAPPING = 'cairn-mapping/1';
export const IGNORE = 'ignore';

/** Which column is which field, and how its cells are written. */
export interface ColumnMapping {
  readonly field: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly dates?: DateOrder;
}

export interface TableMapping {
  /** The name of its file or sheet, where that does not say which table it is. */
  readonly from?: string;
  readonly separator?: string;
  /** The row its headers stand in; the first that is not empty when left out. */
  readonly headerRow?: number;
  readonly columns: Readonly<Record<string, ColumnMapping>>;
  /** What holds in every row that does not say it itself. */
  readonly constants: Readonly<Record<string, string>>;
}

export interface Mapping {
  readonly namespace?: string;
  readonly programme?: string;
  readonly site?: string;
  readonly zone?: string;
  readonly dates: DateOrder;
  readonly because?: Reason;
  /** Subjects of those who tell, by their role. */
  readonly people: Readonly<Partial<Record<Role, string>>>;
  readonly tables: Readonly<Partial<Record<TableName, TableMapping>>>;
}

type Loose = Readonly<Record<string, unknown>>;
type Fault = (message: string) => void;

const keys = ['format', 'about', 'namespace', 'programme', 'site', 'zone', 'dates', 'because', 'people', 'tables'];
const tableKeys = ['from', 'separator', 'headerRow', 'columns', 'constants'];

/** @throws Failure with everything that is wrong with the file */
export async function readMapping(path: string | undefined): Promise<Mapping> {
  if (path === undefined) return { dates: 'day-first', people: {}, tables: {} };
  const content = await contentOf(path);
  const faults: string[] = [];
  const mapping = mappingOf(content, (message) => void faults.push(message));
  if (faults.length > 0) throw new Failure(exits.unusable, [`${path} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}; nothing was sent.`, ...faults.map((fault) => `  ${fault}`)].join('\n'), 'Correct it and run the same command again. apps/cli/IMPORT.md describes the mapping.');
  return mapping;
}

async function contentOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Failure(exits.unusable, `${path} is not JSON: ${error.message}.`, 'Correct it there. apps/cli/IMPORT.md describes the mapping.');
    throw new Failure(exits.unusable, `The mapping ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, 'Check the path.');
  }
}

function mappingOf(content: unknown, fault: Fault): Mapping {
  const file: Loose = isObject(content) ? content : {};
  if (file['format'] !== MAPPING) fault(`"format" is ${JSON.stringify(file['format']) ?? 'missing'}; this program reads "${MAPPING}"`);
  for (const key of Object.keys(file)) if (!keys.includes(key)) fault(`"${key}" is not part of a mapping, which has: ${keys.join(', ')}`);
  const { dates = 'day-first', because, tables: mapped = {}, people = {} } = file;
  const texts = Object.fromEntries(['namespace', 'programme', 'site', 'zone'].flatMap((key) => textAt(file, key, fault)));
  const wrong = because === undefined ? undefined : reasonFault(because);
  if (wrong !== undefined) fault(`"because" ${wrong}`);
  if (!isObject(mapped)) fault('"tables" must be an object');
  const read = Object.entries(isObject(mapped) ? mapped : {}).flatMap(([name, table]) => {
    if (isTableName(name)) return [[name, tableOf(name, table, fault)] as const];
    fault(`"tables" has "${name}"; the tables are ${tableNames.join(', ')}`);
    return [];
  });
  return { ...texts, dates: orderOf(dates, '"dates"', fault), ...(because !== undefined && { because: because as Reason }), people: peopleOf(people, fault), tables: Object.fromEntries(read) };
}

function tableOf(name: TableName, given: unknown, fault: Fault): TableMapping {
  const table: Loose = isObject(given) ? given : {};
  const at = `tables.${name}`;
  if (!isObject(given)) fault(`${at} must be an object`);
  for (const key of Object.keys(table)) if (!tableKeys.includes(key)) fault(`${at}: "${key}" has no place there; it has: ${tableKeys.join(', ')}`);
  const { headerRow, separator, columns = {}, constants = {} } = table;
  if (headerRow !== undefined && !(Number.isInteger(headerRow) && Number(headerRow) > 0)) fault(`${at}: "headerRow" must be the number of a row`);
  if (separator !== undefined && (typeof separator !== 'string' || separator.length !== 1)) fault(`${at}: "separator" must be one character`);
  if (!isObject(columns) || !isObject(constants)) fault(`${at}: "columns" and "constants" must be objects`);
  const read = Object.entries(isObject(columns) ? columns : {}).map(([header, column]) => [header, columnOf(name, column, (message) => void fault(`${at}: column "${header}" ${message}`))] as const);
  for (const [field, value] of Object.entries(isObject(constants) ? constants : {})) {
    if (!fieldOf(name, field)) fault(`${at}: there is no field "${field}"; the fields are ${Object.keys(tables[name]).join(', ')}`);
    if (!['string', 'number', 'boolean'].includes(typeof value)) fault(`${at}: the constant "${field}" must be a text, a number, or true or false`);
  }
  return {
    ...Object.fromEntries(textAt(table, 'from', (message) => void fault(`${at}: ${message}`))),
    ...(typeof separator === 'string' && { separator }),
    ...(headerRow !== undefined && { headerRow: Number(headerRow) }),
    columns: Object.fromEntries(read),
    constants: Object.fromEntries(Object.entries(isObject(constants) ? constants : {}).map(([field, value]) => [field, String(value)])),
  };
}

function columnOf(table: TableName, given: unknown, fault: Fault): ColumnMapping {
  const { field, values, dates, ...rest } = (isObject(given) ? given : { field: given }) as { field?: unknown; values?: unknown; dates?: unknown };
  for (const key of Object.keys(rest)) fault(`has "${key}"; a column has field, values, dates`);
  const known = typeof field === 'string' ? fieldOf(table, field) : undefined;
  if (field !== IGNORE && !known) fault(`is mapped to ${JSON.stringify(field) ?? 'nothing'}, which is no field of it; write "${IGNORE}" or one of ${Object.keys(tables[table]).join(', ')}`);
  if (values !== undefined && (!isObject(values) || !Object.values(values).every((value) => typeof value === 'string'))) fault('has "values" that are not { "what the cell says": "what it means" }');
  const translations = isObject(values) ? (values as Readonly<Record<string, string>>) : undefined;
  for (const meaning of Object.values(translations ?? {})) if (known?.choices && meaning !== '' && !Object.hasOwn(known.choices, meaning)) fault(`means ${JSON.stringify(meaning)}, which is not one of ${Object.keys(known.choices).join(', ')}`);
  return { field: String(field), ...(translations && { values: Object.fromEntries(Object.entries(translations).map(([said, meaning]) => [plain(said), meaning])) }), ...(dates !== undefined && { dates: orderOf(dates, '"dates"', fault) }) };
}

function peopleOf(given: unknown, fault: Fault): Mapping['people'] {
  const entries = Object.entries(isObject(given) ? given : {});
  for (const [role, subject] of entries) if (!isRole(role) || typeof subject !== 'string' || subject === '') fault(`"people" must be { "role": "subject of their token" }, and has ${JSON.stringify(role)}: ${JSON.stringify(subject)}`);
  if (!isObject(given)) fault('"people" must be { "role": "subject of their token" }');
  return Object.fromEntries(entries);
}

function orderOf(given: unknown, what: string, fault: Fault): DateOrder {
  const known = dateOrders.find((order) => order === given);
  if (!known) fault(`${what} is ${JSON.stringify(given)}; it must be one of ${dateOrders.join(', ')}`);
  return known ?? 'day-first';
}

function textAt(from: Loose, key: string, fault: Fault): [string, string][] {
  const value = from[key];
  if (value === undefined) return [];
  if (typeof value === 'string' && value.trim() !== '') return [[key, value]];
  fault(`"${key}" must be a text`);
  return [];
}

export function fieldOf(table: TableName, name: string): Field | undefined {
  return Object.hasOwn(tables[table], name) ? tables[table][name] : undefined;
}

export function isTableName(name: string): name is TableName {
  return (tableNames as readonly string[]).includes(name);
}
