import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import type { ReadModel, Row } from '@cairn/kernel/read-model.js';
import { columnOf, nameOf, parsers, type Column } from './cells.js';

/** A row's address in its model: whose it is, and its key (`''` in a model of one row a subject). */
export interface RowAddress {
  readonly subject: string;
  readonly key: string;
}

/**
 * The table of one read model, read and written many rows at a time by SQL made here.
 * Columns, their types and the key are those the row class declares to TypeORM.
 */
export class ReadTable {
  /** Quoted, with its schema. */
  readonly name: string;
  private readonly columns: readonly Column[];
  private readonly address: readonly Column[];
  private readonly sql: { readonly load: string; readonly save: string; readonly remove: string };

  /** @throws Error when the row class does not fit the model: its primary key is another, or a column's type is none that read models keep */
  constructor(
    dataSource: DataSource,
    readonly model: ReadModel,
    schema?: string,
  ) {
    const metadata = dataSource.getMetadata(model.row);
    this.name = nameOf(metadata, schema);
    this.columns = metadata.columns.map((column) => columnOf(dataSource, column));
    const wanted = [model.subject, ...(model.keyColumn === undefined ? [] : [model.keyColumn])];
    const primary = metadata.primaryColumns.map(({ propertyName }) => propertyName);
    this.address = wanted.flatMap((property) => this.columns.filter((column) => column.property === property));
    if (primary.length !== wanted.length || this.address.length !== wanted.length || wanted.some((property) => !primary.includes(property)))
      throw new Error(`${model.row.name} must have the primary key (${wanted.join(', ')}), not (${primary.join(', ')}).`);
    this.sql = { load: this.loadSql(), save: this.saveSql(), remove: this.removeSql() };
  }

  /** The rows at these addresses, in their order; undefined where there is none. */
  async load(client: ClientBase, addresses: readonly RowAddress[]): Promise<(Row | undefined)[]> {
    const rows = new Array<Row | undefined>(addresses.length).fill(undefined);
    if (addresses.length === 0) return rows;
    const asked = this.address.map((_, index) => addresses.map(({ subject, key }) => (index === 0 ? subject : key)));
    const found = await client.query<unknown[]>({ text: this.sql.load, values: asked, rowMode: 'array', types: parsers });
    for (const [nth, ...cells] of found.rows) rows[Number(nth) - 1] = this.rowOf(({ fromCell }, index) => fromCell(cells[index]));
    return rows;
  }

  /** Inserts the rows, or replaces those that are there; what is the same already is not written again. */
  async save(client: ClientBase, rows: readonly Row[]): Promise<void> {
    if (rows.length > 0) await client.query(this.sql.save, this.columns.map(({ toCell, property }) => rows.map((row) => toCell(valueOf(row, property)))));
  }

  /** Deletes every row of these subjects that is not among those to be kept. */
  async remove(client: ClientBase, subjects: readonly string[], kept: readonly Row[]): Promise<void> {
    if (subjects.length > 0) await client.query(this.sql.remove, [subjects, ...this.address.map(({ toCell, property }) => kept.map((row) => toCell(valueOf(row, property))))]);
  }

  /** The row as it would be read back: so a fold meets the same, whether or not a batch ended before it. */
  settle(row: Row): Row {
    return this.rowOf(({ settle, property }) => settle(valueOf(row, property)));
  }

  private rowOf(value: (column: Column, index: number) => unknown): Row {
    return Object.fromEntries(this.columns.map((column, index) => [column.property, value(column, index)])) as unknown as Row;
  }

  private loadSql(): string {
    const keys = this.address.map((_, index) => `k${index}`);
    return `
      select k.nth, ${this.columns.map(({ name }) => `t.${name}`).join(', ')}
      from unnest(${parameters(keys)}) with ordinality as k (${keys.join(', ')}, nth)
      join ${this.name} t on ${this.address.map(({ name, cast }, index) => `t.${name} = k.k${index}::${cast}`).join(' and ')}`;
  }

  private saveSql(): string {
    const names = this.columns.map(({ name }) => name);
    const cells = this.columns.map((_, index) => `c${index}`);
    return `
      insert into ${this.name} as t (${names.join(', ')})
      select ${this.columns.map(({ cast }, index) => `c${index}::${cast}`).join(', ')}
      from unnest(${parameters(cells)}) as c (${cells.join(', ')})
      on conflict (${this.address.map(({ name }) => name).join(', ')})
      do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
      where (${names.map((name) => `t.${name}`).join(', ')}) is distinct from (${names.map((name) => `excluded.${name}`).join(', ')})`;
  }

  private removeSql(): string {
    const keys = this.address.map((_, index) => `k${index}`);
    const whose = this.address.slice(0, 1).map(({ name, cast }) => `t.${name} in (select s::${cast} from unnest($1::text[]) as s)`).join('');
    const among = this.address.map(({ name, cast }, index) => `t.${name} = k.k${index}::${cast}`).join(' and ');
    return `delete from ${this.name} t where ${whose} and not exists (select from unnest(${parameters(keys, 1)}) as k (${keys.join(', ')}) where ${among})`;
  }
}

function valueOf(row: Row, property: string): unknown {
  return (row as unknown as Record<string, unknown>)[property];
}

function parameters(names: readonly string[], after = 0): string {
  return names.map((_, index) => `$${index + 1 + after}::text[]`).join(', ');
}
