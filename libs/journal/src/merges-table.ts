import type { Pool, PoolClient } from 'pg';
import { subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { isMerge, mergesIn, personsOf, survivorOf, type Merges } from '@cairn/kernel/merges.js';
import { quoted } from './cells.js';

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

  async save(client: PoolClient, before: Merges, after: Merges): Promise<void> {
    const gone = [...before.keys()].filter((merged) => after.get(merged) !== before.get(merged));
    const come = [...after].filter(([merged, kept]) => before.get(merged) !== kept);
    if (gone.length > 0) await client.query(`delete from ${this.name} where merged = any($1::uuid[])`, [gone]);
    if (come.length > 0) await client.query(`insert into ${this.name} (merged, kept) select * from unnest($1::uuid[], $2::uuid[])`, [come.map(([merged]) => merged), come.map(([, kept]) => kept)]);
  }

  /** What was saved is committed, and the models stand there. */
  moved(position: number, merges: Merges): void {
    this.known = { position, merges };
  }

  forget(): void {
    this.known = undefined;
  }
}

export interface Refolding {
  readonly after: Merges;
  /** Who is folded anew: those corrected, and all registrations of a person with several, whichever of them an entry touches. */
  readonly participants: ReadonlySet<string>;
}

export function refoldingOf(batch: readonly Entry[], before: Merges): Refolding {
  const after = batch.some(({ type }) => isMerge(type)) ? mergesIn(batch, before) : before;
  const persons = [before, after].map((merges) => [merges, personsOf(merges)] as const);
  const participants = new Set<string>();
  for (const { type, stream } of batch) {
    const subject = subjectOf(stream);
    const together = persons.flatMap(([merges, known]) => known.get(survivorOf(merges, subject)) ?? []);
    // Also one that is undone within the batch: its entries are never folded as they come.
    if (isCorrection(type) || isMerge(type)) participants.add(subject);
    for (const registration of together) participants.add(registration);
  }
  return { after, participants };
}
