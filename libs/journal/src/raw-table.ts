import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import { columnOf, nameOf, type Column } from './cells.js';

/** What every row of a raw log carries: the position of the one entry it was made from. */
export interface RawRow {
  position: number;
}

/** A row for a raw entry of the log, corrections included, or none: never folded, never rewritten. Pure and total. */
export interface RawLog<R extends RawRow = RawRow> {
  readonly row: new () => R;
  of(entry: Entry, lookup: Lookup): R | undefined;
}

/** The table of one raw log; rows are only ever added to it. */
export class RawTable {
  /** Quoted, with its schema. */
  readonly name: string;
  private readonly columns: readonly Column[];
  private readonly insert: string;

  /** @throws Error when the row class has another primary key than its position, or a column of a type that is not kept */
  constructor(
    dataSource: DataSource,
    readonly log: RawLog,
    schema?: string,
  ) {
    const metadata = dataSource.getMetadata(log.row);
    const primary = metadata.primaryColumns.map(({ propertyName }) => propertyName);
    if (primary.join() !== 'position') throw new Error(`${log.row.name} must have the primary key (position), not (${primary.join(', ')}).`);
    this.name = nameOf(metadata, schema);
    this.columns = metadata.columns.map((column) => columnOf(dataSource, column));
    const cells = this.columns.map((_, index) => `c${index}`);
    this.insert = `
      insert into ${this.name} (${this.columns.map(({ name }) => name).join(', ')})
      select ${this.columns.map(({ cast }, index) => `c${index}::${cast}`).join(', ')}
      from unnest(${cells.map((_, index) => `$${index + 1}::text[]`).join(', ')}) as c (${cells.join(', ')})`;
  }

  async append(client: ClientBase, rows: readonly RawRow[]): Promise<void> {
    const valueOf = (row: RawRow, property: string) => (row as unknown as Record<string, unknown>)[property];
    if (rows.length > 0) await client.query(this.insert, this.columns.map(({ toCell, property }) => rows.map((row) => toCell(valueOf(row, property)))));
  }
}
