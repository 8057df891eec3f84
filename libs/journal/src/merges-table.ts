import type { Pool } from 'pg';
import type { Merges } from '@cairn/kernel/merges.js';
import { uuidArray } from '@cairn/stores/postgres/binary-arrays.js';
import { quoted } from './cells.js';
import type { Step } from './together.js';

/** Which registrations are merged into which, as far as the read models have come: kept with them, in the same transactions. */
export class MergesTable {
  /** Quoted, with its schema. */
  readonly name: string;
  private known: { readonly position: number; readonly merges: Merges } | undefined;

  constructor(schema = 'read') {
    this.name = `${quoted(schema)}.merges`;
  }

  /** What is merged at a position, if that is where the models stand: whoever writes on it checks that they do. */
  async at(pool: Pool, position: number): Promise<Merges> {
    if (this.known?.position === position) return this.known.merges;
    const { rows } = await pool.query<{ merged: string; kept: string }>(`select merged, kept from ${this.name}`);
    return new Map(rows.map(({ merged, kept }) => [merged, kept]));
  }

  save(before: Merges, after: Merges): Step[] {
    const gone = [...before.keys()].filter((merged) => after.get(merged) !== before.get(merged));
    const come = [...after].filter(([merged, kept]) => before.get(merged) !== kept);
    return [
      ...(gone.length > 0 ? [{ text: `delete from ${this.name} where merged = any($1::uuid[])`, values: [uuidArray(gone)] }] : []),
      ...(come.length > 0 ? [{ text: `insert into ${this.name} (merged, kept) select * from unnest($1::uuid[], $2::uuid[])`, values: [uuidArray(come.map(([merged]) => merged)), uuidArray(come.map(([, kept]) => kept))] }] : []),
    ];
  }

  /** What is saved is on its way, and the models stand there. */
  moved(position: number, merges: Merges): void {
    this.known = { position, merges };
  }

  forget(): void {
    this.known = undefined;
  }
}
