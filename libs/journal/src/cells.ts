import pg, { type CustomTypesConfig } from 'pg';
import type { DataSource, EntityMetadata } from 'typeorm';
import { settledJson } from './settled.js';

type ColumnMetadata = EntityMetadata['columns'][number];

export interface Column {
  readonly property: string;
  /** Quoted. */
  readonly name: string;
  /** What the text of a value is cast to; never a length, to which a cast would cut silently. */
  readonly cast: string;
  /** As COPY reads it; a compound value as its JSON text. */
  readonly toText: (value: unknown) => string;
  readonly fromCell: (cell: unknown) => unknown;
  /** The value as it would be read back; what is known to be in the same place is so already. */
  readonly settle: (value: unknown, known: unknown) => unknown;
}

/** Types whose values are read back as they were written. Not numeric, real or arrays. */
const casts: Record<string, string> = {
  text: 'text',
  'character varying': 'text',
  uuid: 'uuid',
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  'double precision': 'double precision',
  boolean: 'boolean',
  date: 'date',
  'timestamp with time zone': 'timestamptz',
  timestamptz: 'timestamptz',
  jsonb: 'jsonb',
};

/** As TypeORM's own queries give them, save that a bigint is a number. */
export const parsers = {
  getTypeParser(type: number, format?: 'text') {
    if (type === pg.types.builtins.INT8) return Number;
    if (type === pg.types.builtins.DATE) return String;
    return pg.types.getTypeParser(type, format) as unknown;
  },
} as CustomTypesConfig;

/** @throws Error when the column is of a type that read models do not keep */
export function columnOf({ driver }: DataSource, metadata: ColumnMetadata): Column {
  const type = driver.normalizeType({ ...metadata, type: metadata.type });
  const cast = metadata.isArray ? undefined : casts[type];
  if (cast === 'jsonb' && metadata.transformer) throw new Error(`${metadata.entityMetadata.name}.${metadata.propertyName} is transformed: a read model keeps compound values as they are.`);
  if (cast === undefined)
    throw new Error(`${metadata.entityMetadata.name}.${metadata.propertyName} is ${type}${metadata.isArray ? '[]' : ''}. A read model keeps ${Object.keys(casts).join(', ')}; compound values as jsonb.`);
  const column = { property: metadata.propertyName, name: quoted(metadata.databaseName), cast };
  if (cast === 'jsonb') return { ...column, toText: jsonText, fromCell: asItIs, settle: settledJson };
  if (metadata.type === 'simple-json') return { ...column, toText: jsonText, fromCell: read, settle: (value) => read(json(value)) };
  if (!metadata.transformer && plain.has(cast)) return { ...column, toText: textOf, fromCell: asItIs, settle: orNull };
  const toCell = (value: unknown): unknown => orNull(driver.preparePersistentValue(value, metadata));
  const fromCell = (cell: unknown): unknown => driver.prepareHydratedValue(cell, metadata);
  return { ...column, toText: (value) => textOf(toCell(value)), fromCell, settle: (value) => fromCell(toCell(value)) };
}

/** Types whose values are the same here and there. */
const plain = new Set(['text', 'uuid', 'smallint', 'integer', 'bigint', 'double precision', 'boolean']);
const asItIs = (value: unknown) => value;
const orNull = (value: unknown) => value ?? null;
const read = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : null);
const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));

/** What COPY reads for nothing. */
const NULL = '\\N';

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(text: string): string {
  return special.test(text) ? text.replace(/[\\\n\r\t]/g, (found) => escapes[found] ?? found) : text;
}

/** JSON has no other character that COPY takes for something else. */
function jsonText(value: unknown): string {
  const text = json(value) ?? NULL;
  return text !== NULL && text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return escaped(value);
  if (value === undefined || value === null) return NULL;
  return value instanceof Date ? value.toISOString() : `${value as number | boolean}`;
}

/** A row as COPY reads it, its end included. */
export function lineOf(columns: readonly Column[], row: object): string {
  let line = '';
  for (const { toText, property } of columns) line += `${toText((row as Readonly<Record<string, unknown>>)[property])}\t`;
  return `${line.slice(0, -1)}\n`;
}

/** Where the rows of an entity lie: in its own schema, or in another of the same shape. Quoted. */
export function nameOf({ schema: own = 'read', tableName }: EntityMetadata, schema = own): string {
  return `${quoted(schema)}.${quoted(tableName)}`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
