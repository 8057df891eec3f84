import pg, { type CustomTypesConfig } from 'pg';
import type { DataSource, EntityMetadata } from 'typeorm';
import { RowBytes } from './row-bytes.js';
import { settledJson } from './settled.js';

type ColumnMetadata = EntityMetadata['columns'][number];

export interface Column {
  readonly property: string;
  /** Quoted. */
  readonly name: string;
  /** What the text of a value is cast to; never a length, to which a cast would cut silently. */
  readonly cast: Cast;
  /** Of a value that is not nothing. */
  readonly write: (row: RowBytes, value: unknown) => void;
  readonly fromCell: (cell: unknown) => unknown;
  /** The value as it would be read back; what is known to be in the same place is so already. */
  readonly settle: (value: unknown, known: unknown) => unknown;
  /** Whether whatever is written is read back the same. */
  readonly isPlain: boolean;
}

type Cast = 'text' | 'uuid' | 'smallint' | 'integer' | 'bigint' | 'double precision' | 'boolean' | 'date' | 'timestamptz' | 'jsonb';

/** Types whose values are read back as they were written. Not numeric, real or arrays. */
const casts: Readonly<Record<string, Cast>> = {
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
  const column = { property: metadata.propertyName, name: quoted(metadata.databaseName), cast, isPlain: false };
  if (cast === 'jsonb') return { ...column, write: writers.jsonb, fromCell: asItIs, settle: settledJson };
  if (metadata.type === 'simple-json') return { ...column, write: (row, value) => row.json(value), fromCell: read, settle: (value) => read(json(value)) };
  const write = writers[cast];
  if (!metadata.transformer && plain.has(cast)) return { ...column, write, fromCell: asItIs, settle: orNull, isPlain: true };
  const toCell = (value: unknown): unknown => orNull(driver.preparePersistentValue(value, metadata));
  const fromCell = (cell: unknown): unknown => driver.prepareHydratedValue(cell, metadata);
  return { ...column, write: (row, value) => writeCell(row, write, toCell(value)), fromCell, settle: (value) => fromCell(toCell(value)) };
}

const writers: Readonly<Record<Cast, Column['write']>> = {
  text: (row, value) => row.text(value),
  uuid: (row, value) => row.uuid(value),
  smallint: (row, value) => row.smallint(value),
  integer: (row, value) => row.integer(value),
  bigint: (row, value) => row.bigint(value),
  'double precision': (row, value) => row.double(value),
  boolean: (row, value) => row.boolean(value),
  date: (row, value) => row.date(value),
  timestamptz: (row, value) => row.instant(value),
  jsonb: (row, value) => row.jsonb(value),
};

/** Types whose values are the same here and there. */
const plain = new Set<Cast>(['text', 'uuid', 'smallint', 'integer', 'bigint', 'double precision', 'boolean']);
const asItIs = (value: unknown) => value;
const orNull = (value: unknown) => value ?? null;
const read = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : null);
const json = (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value));

const rowBytes = new RowBytes();

/** A row as COPY reads it. @throws RangeError when a value is of another kind than its column */
export function lineOf(columns: readonly Column[], row: object): Buffer {
  rowBytes.begin(columns.length);
  for (const { write, property } of columns) writeCell(rowBytes, write, (row as Readonly<Record<string, unknown>>)[property]);
  return rowBytes.end();
}

function writeCell(row: RowBytes, write: Column['write'], value: unknown): void {
  if (value === undefined || value === null) row.nothing();
  else write(row, value);
}

/**
 * Makes rows of lines that hold a table's columns side by side. Each is a copy of one of its shape, which is filled: that costs far less than
 * to make each from nothing.
 */
export function rowsOf(columns: readonly Column[]): (line: readonly unknown[], first: number) => Record<string, unknown> {
  const blank: Readonly<Record<string, unknown>> = Object.fromEntries(columns.map(({ property }) => [property, null]));
  return (line, first) => {
    const row = { ...blank };
    let at = first;
    for (const { property, fromCell } of columns) row[property] = fromCell(line[at++]);
    return row;
  };
}

/** Where the rows of an entity lie: in its own schema, or in another of the same shape. Quoted. */
export function nameOf({ schema: own = 'read', tableName }: EntityMetadata, schema = own): string {
  return `${quoted(schema)}.${quoted(tableName)}`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
