import { LRUCache } from 'lru-cache';
import type { Row } from '@cairn/kernel/read-model.js';
import type { ReadTable } from './read-table.js';

/** Bytes of rows kept at hand, as they are written, of all tables together; as objects they take three times as much. */
const KEPT = 6_000_000;

/**
 * Rows as the tables hold them, or will as soon as what is being written is: whoever folds on them need not read them again. Kept are those of
 * which a participant has one; where they have many, hardly one is touched again once it is written.
 */
export class RowMemory {
  private readonly kept = new LRUCache<string, Row>({ maxSize: KEPT });
  private readonly writing = new Map<ReadTable, ReadonlyMap<string, Row | undefined>>();

  /** Whether it is known what a table holds under an id, be it nothing. */
  knows(table: ReadTable, id: string): boolean {
    return this.writing.get(table)?.has(id) === true || this.kept.has(keyOf(table, id));
  }

  get(table: ReadTable, id: string): Row | undefined {
    const rows = this.writing.get(table);
    return rows?.has(id) ? rows.get(id) : this.kept.get(keyOf(table, id));
  }

  /** These are on their way into a table, or in it as they are. What was before them is there. */
  write(table: ReadTable, rows: ReadonlyMap<string, Row | undefined>, sizeOf: (id: string, row: Row) => number): void {
    this.writing.set(table, rows);
    if (table.model.keyColumn !== undefined) return;
    for (const [id, row] of rows) {
      const key = keyOf(table, id);
      if (!row) this.kept.delete(key);
      else if (this.kept.get(key) !== row) this.kept.set(key, row, { size: sizeOf(id, row) });
    }
  }

  forget(): void {
    this.kept.clear();
    this.writing.clear();
  }
}

function keyOf({ name }: ReadTable, id: string): string {
  return `${name} ${id}`;
}
