import type { DataSource } from 'typeorm';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import { columnOf, lineOf, nameOf, type Column } from './cells.js';
import { copyInto } from './copy.js';
import { FoldFailed } from './stopping.js';
import type { Step } from './together.js';

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
  private readonly cells: readonly Column[];
  readonly columns: readonly string[];

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
    this.cells = metadata.columns.map((column) => columnOf(dataSource, column));
    this.columns = this.cells.map(({ name }) => name);
  }

  /** What `append` takes of these entries. @throws FoldFailed */
  linesOf(entries: readonly Entry[], lookup: Lookup): Buffer[] {
    return entries.flatMap((entry) => {
      try {
        const row = this.log.of(entry, lookup);
        return row ? lineOf(this.cells, row) : [];
      } catch (error) {
        throw new FoldFailed(this.log.row.name, entry, error);
      }
    });
  }

  append(lines: readonly Buffer[]): Step[] {
    return copyInto(this, lines);
  }
}
