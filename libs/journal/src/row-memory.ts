import { LRUCache } from 'lru-cache';
import type { Row } from '@cairn/kernel/read-model.js';

/** Characters of a table's rows kept at hand, as they are written. */
const KEPT = 2_000_000;

/** Rows of a table as it holds them, or will as soon as what is being written is: whoever folds on them need not read them again. */
export class RowMemory {
  private readonly kept = new LRUCache<string, Row>({ maxSize: KEPT });
  private writing: ReadonlyMap<string, Row | undefined> = new Map();

  /** Whether it is known what the table holds under an id, be it nothing. */
  knows(id: string): boolean {
    return this.writing.has(id) || this.kept.has(id);
  }

  get(id: string): Row | undefined {
    return this.writing.has(id) ? this.writing.get(id) : this.kept.get(id);
  }

  /** These are on their way into the table, or in it as they are. What was before them is there. */
  write(rows: ReadonlyMap<string, Row | undefined>, sizeOf: (id: string, row: Row) => number): void {
    this.writing = rows;
    for (const [id, row] of rows) {
      if (!row) this.kept.delete(id);
      else if (this.kept.get(id) !== row) this.kept.set(id, row, { size: sizeOf(id, row) });
    }
  }

  forget(): void {
    this.kept.clear();
    this.writing = new Map();
  }
}
