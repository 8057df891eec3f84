import type { Entry } from '@cairn/kernel/envelope.js';
import { mergesIn, personsOf, survivorOf, type Merges } from '@cairn/kernel/merges.js';
import { uuidArray } from '@cairn/stores/postgres/binary-arrays.js';
import { Checkpoint } from './checkpoint.js';
import { copyInto } from './copy.js';
import { linesOf } from './fold-table.js';
import { MergesTable } from './merges-table.js';
import { RawTable } from './raw-table.js';
import { protocolsOf, type ReadModelsOptions } from './read-models.js';
import { ReadTable } from './read-table.js';
import { standingOf } from './refolding.js';

export interface ErasuresOptions extends ReadModelsOptions {
  /** The participants whose keys are destroyed, ever. */
  readonly destroyed: () => Promise<readonly string[]>;
}

/**
 * Makes of the rows of whoever was erased what a rebuild makes of them: what they were folded from can no longer be read. Beside the
 * checkpoint stands whose rows have been made anew already. Only who keeps the models may do this, and not while it folds.
 */
export class Erasures {
  private readonly tables: readonly ReadTable[];
  private readonly logs: readonly RawTable[];
  private readonly checkpoint = new Checkpoint();
  private known: ReadonlySet<string> = new Set();

  constructor(private readonly given: ErasuresOptions) {
    this.tables = given.models.filter(({ subject }) => subject === 'participant').map((model) => new ReadTable(given.dataSource, model));
    this.logs = (given.logs ?? []).map((log) => new RawTable(given.dataSource, log));
  }

  /** Whether somebody was erased since `apply`. */
  async waiting(): Promise<boolean> {
    return (await this.given.destroyed()).some((participant) => !this.known.has(participant));
  }

  /** @throws FoldFailed, CheckpointMoved */
  async apply(): Promise<void> {
    const { position, erased } = await this.checkpoint.read(this.given.pool);
    const done = new Set(erased);
    const destroyed = await this.given.destroyed();
    const gone = destroyed.filter((participant) => !done.has(participant));
    if (gone.length > 0) await this.makeAnew(gone, position);
    this.known = new Set(destroyed);
  }

  private async makeAnew(gone: readonly string[], position: number): Promise<void> {
    const { journal, participantGroups, pool, contexts } = this.given;
    const table = new MergesTable();
    const before = await table.at(pool, position);
    const persons = personsOf(before);
    const participants = [...new Set(gone.flatMap((participant) => [participant, ...(persons.get(survivorOf(before, participant)) ?? [])]))];
    const raw = await journal.upTo(participants.flatMap((participant) => participantGroups.map(({ stream }) => `${stream}-${participant}`)), position);
    await contexts.load(protocolsOf(raw));
    const after = mergesIn(raw, new Map([...before].filter(([merged]) => !participants.includes(merged))));
    const anew = this.rowsOf(participants, raw, after);
    const positions = raw.map((entry) => entry.position);
    await this.checkpoint.erase(pool, position, gone, [
      ...anew.logs.map(([{ name }]) => ({ text: `delete from ${name} where position = any($1::bigint[])`, values: [`{${positions.join(',')}}`] })),
      ...anew.tables.map(([{ name }]) => ({ text: `delete from ${name} where participant = any($1::uuid[])`, values: [uuidArray(participants)] })),
      ...[...anew.logs, ...anew.tables].flatMap(([into, lines]) => copyInto(into, lines)),
      ...table.save(before, after),
    ]);
  }

  private rowsOf(participants: readonly string[], raw: readonly Entry[], merges: Merges) {
    const { lookup } = this.given.contexts;
    const standing = standingOf(participants, raw, merges);
    return {
      // A log that holds nothing of participants has no rows of theirs.
      logs: this.logs.map((log) => [log, log.linesOf(raw, lookup)] as const).filter(([, lines]) => lines.length > 0),
      tables: this.tables.map((table) => [table, linesOf(table, standing, lookup)] as const),
    };
  }
}
