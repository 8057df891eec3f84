import type { DataSource } from 'typeorm';
import type { ReadModel, Row } from '@cairn/kernel/read-model.js';
import { textArray } from '@cairn/stores/postgres/binary-arrays.js';
import { columnOf, lineOf, nameOf, rowsOf, type Column } from './cells.js';
import { copyInto } from './copy.js';
import type { Step } from './together.js';

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
  /** Quoted. */
  readonly columns: readonly string[];
  private readonly cells: readonly Column[];
  private readonly rowOf: ReturnType<typeof rowsOf>;
  private readonly address: readonly Column[];
  private readonly loading: string;
  private readonly removing: string;

  /** @throws Error when the row class does not fit the model: its primary key is another, or a column's type is none that read models keep */
  constructor(
    dataSource: DataSource,
    readonly model: ReadModel,
    schema?: string,
  ) {
    const metadata = dataSource.getMetadata(model.row);
    this.name = nameOf(metadata, schema);
    this.cells = metadata.columns.map((column) => columnOf(dataSource, column));
    this.columns = this.cells.map(({ name }) => name);
    this.rowOf = rowsOf(this.cells);
    const wanted = [model.subject, ...(model.keyColumn === undefined ? [] : [model.keyColumn])];
    const primary = metadata.primaryColumns.map(({ propertyName }) => propertyName);
    this.address = wanted.flatMap((property) => this.cells.filter((column) => column.property === property));
    if (primary.length !== wanted.length || this.address.length !== wanted.length || wanted.some((property) => !primary.includes(property)))
      throw new Error(`${model.row.name} must have the primary key (${wanted.join(', ')}), not (${primary.join(', ')}).`);
    this.loading = this.loadSql();
    this.removing = this.removeSql();
  }

  /** Asks for the rows at these addresses; `loaded` reads the answer. */
  load(addresses: readonly RowAddress[]): Step {
    return { text: this.loading, values: this.keysOf(addresses) };
  }

  /** The rows that were asked for, in the order of their addresses; undefined where there is none. */
  loaded(addresses: readonly RowAddress[], answer: readonly (readonly unknown[])[]): (Row | undefined)[] {
    const rows = new Array<Row | undefined>(addresses.length).fill(undefined);
    for (const line of answer) rows[Number(line[0]) - 1] = this.rowOf(line, 1) as unknown as Row;
    return rows;
  }

  /** A row as `insert` takes it. */
  lineOf(row: Row): Buffer {
    return lineOf(this.cells, row);
  }

  /** Adds rows that are not there. */
  insert(lines: readonly Buffer[]): Step[] {
    return copyInto(this, lines);
  }

  /** Deletes the rows at these addresses, as far as they are there. */
  remove(addresses: readonly RowAddress[]): Step[] {
    return addresses.length === 0 ? [] : [{ text: this.removing, values: this.keysOf(addresses) }];
  }

  /** Deletes all rows of these, whatever their keys. */
  clear(subjects: readonly string[]): Step[] {
    return subjects.length === 0 ? [] : [{ text: `delete from ${this.name} where ${this.address[0]?.name}::text = any($1)`, values: [textArray(subjects)] }];
  }

  /**
   * The row as it would be read back: so a fold meets the same, whether or not a batch ended before it.
   *
   * @param before settled already: what a fold left alone of it need not be looked at again
   */
  settle(row: Row, before?: Row): Row {
    let settled: Record<string, unknown> | undefined;
    for (const { property, settle, isPlain } of this.cells) {
      const value = valueOf(row, property);
      if (isPlain && value !== undefined) continue;
      const known = before && valueOf(before, property);
      if (value !== undefined && value === known) continue;
      const kept = settle(value, known);
      if (!Object.is(kept, value)) (settled ??= { ...row } as unknown as Record<string, unknown>)[property] = kept;
    }
    return (settled as Row | undefined) ?? row;
  }

  private keysOf(addresses: readonly RowAddress[]): Buffer[] {
    return this.address.map((_, index) => textArray(addresses.map(({ subject, key }) => (index === 0 ? subject : key))));
  }

  private loadSql(): string {
    const keys = this.address.map((_, index) => `k${index}`);
    return `
      select k.nth, ${this.columns.map((name) => `t.${name}`).join(', ')}
      from unnest(${parameters(keys)}) with ordinality as k (${keys.join(', ')}, nth)
      join ${this.name} t on ${this.address.map(({ name, cast }, index) => `t.${name} = k.k${index}::${cast}`).join(' and ')}`;
  }

  private removeSql(): string {
    const keys = this.address.map((_, index) => `k${index}`);
    return `delete from ${this.name} t using unnest(${parameters(keys)}) as k (${keys.join(', ')}) where ${this.address.map(({ name, cast }, index) => `t.${name} = k.k${index}::${cast}`).join(' and ')}`;
  }
}

function valueOf(row: Row, property: string): unknown {
  return (row as unknown as Record<string, unknown>)[property];
}

function parameters(names: readonly string[]): string {
  return names.map((_, index) => `$${index + 1}::text[]`).join(', ');
}
