import { LRUCache } from 'lru-cache';
import type { Row } from '@cairn/kernel/read-model.js';

/** Bytes of rows kept at hand, as they are written, of all tables together; as objects they take three times as much. */
const KEPT = 4_000_000;

/** Rows as the tables hold them, or will as soon as what is being written is: whoever folds on them need not read them again. */
export class RowMemory {
  private readonly kept = new LRUCache<string, Row>({ maxSize: KEPT });
  private readonly writing = new Map<string, ReadonlyMap<string, Row | undefined>>();

  /** Whether it is known what a table holds under an id, be it nothing. */
  knows(table: string, id: string): boolean {
    return this.writing.get(table)?.has(id) === true || this.kept.has(keyOf(table, id));
  }

  get(table: string, id: string): Row | undefined {
    const rows = this.writing.get(table);
    return rows?.has(id) ? rows.get(id) : this.kept.get(keyOf(table, id));
  }

  /** These are on their way into a table, or in it as they are. What was before them is there. */
  write(table: string, rows: ReadonlyMap<string, Row | undefined>, sizeOf: (id: string, row: Row) => number): void {
    this.writing.set(table, rows);
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

function keyOf(table: string, id: string): string {
  return `${table} ${id}`;
}
