import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { categoryOf, subjectOf, type Entry, type ProtocolRef } from '@cairn/kernel/envelope.js';
import type { Merges } from '@cairn/kernel/merges.js';
import type { Lookup, ReadModel } from '@cairn/kernel/read-model.js';
import { Checkpoint } from './checkpoint.js';
import { changeOf, touchedAnew, touchedBy, type Change, type Touched } from './fold-table.js';
import type { Journal } from './journal.js';
import { MergesTable } from './merges-table.js';
import { RawTable, type RawLog } from './raw-table.js';
import { ReadTable } from './read-table.js';
import { changedBetween, refoldingOf, standingOf, type Standing } from './refolding.js';
import { RowMemory } from './row-memory.js';
import { togetherOn } from './together.js';

/** The immutable programme versions that entries name: loaded before a batch, so that folds stay pure. */
export interface Contexts {
  load(refs: readonly ProtocolRef[]): Promise<void>;
  readonly lookup: Lookup;
}

export interface ReadModelsOptions {
  readonly journal: Journal;
  /** Initialised; its entities include every model's row class. */
  readonly dataSource: DataSource;
  /** Of cairn_service; three connections are enough. */
  readonly pool: Pool;
  readonly models: readonly ReadModel[];
  /** Tables of the log as it was recorded, kept with the models. */
  readonly logs?: readonly RawLog[];
  /** All groups of streams about participants: a refold reads all of a participant's. */
  readonly participantGroups: readonly Catalogue[];
  readonly contexts: Contexts;
  /** Where the tables and their checkpoint lie; `read` when left out. */
  readonly schema?: string;
}

/** @throws Error naming the model when one whose rows masked roles see is folded from streams that tell the arm */
export function checkModels(models: readonly ReadModel[], maskedRows: readonly Function[]): void {
  for (const { row, sources } of models) {
    const telling = sources.find(({ reveals }) => reveals === 'allocation');
    if (telling && maskedRows.includes(row))
      throw new Error(`Masked roles may see ${row.name}, but it is folded from ${telling.stream} streams, which reveal allocation. Fold it from other streams, or keep it from them.`);
  }
}

/** What is to be written of a batch. */
interface Made {
  readonly from: number;
  readonly to: number;
  readonly logs: readonly (readonly [RawTable, readonly Buffer[]])[];
  readonly changes: readonly (readonly [ReadTable, Change])[];
  readonly merges: readonly [before: Merges, after: Merges];
}

/** The tables of all read models and the one checkpoint they share. */
export class ReadModels {
  private readonly tables: readonly ReadTable[];
  private readonly memory = new RowMemory();
  private readonly logs: readonly RawTable[];
  private readonly merges: MergesTable;
  private readonly standing: Checkpoint;
  /** The position at which what is kept in memory holds. */
  private known: number | undefined;
  private writing: Promise<void> = Promise.resolve();

  /** @throws Error when a row class does not fit its model */
  constructor(private readonly given: ReadModelsOptions) {
    this.tables = given.models.map((model) => new ReadTable(given.dataSource, model, given.schema));
    this.logs = (given.logs ?? []).map((log) => new RawTable(given.dataSource, log, given.schema));
    this.merges = new MergesTable(given.schema);
    this.standing = new Checkpoint(given.schema);
  }

  /** Position of the last entry folded into all models, 0 for none. */
  async checkpoint(): Promise<number> {
    return (await this.standing.read(this.given.pool)).position;
  }

  /**
   * Folds the entries that follow position `from` into all models; rows and checkpoint move together or not at all.
   * Where a correction makes a participant's past new, each row it touches is folded anew from the whole history, up to the last of the
   * entries; so it is for whoever was registered more than once, from all their registrations, whichever of them an entry is about.
   *
   * @throws FoldFailed
   * @throws CheckpointMoved when the models do not stand at `from`
   */
  async fold(batch: readonly Entry[], from: number, signal: AbortSignal): Promise<void> {
    await this.foldAhead(batch, from, signal);
    await this.written();
  }

  /**
   * The same, without waiting until it is written: meanwhile the next batch can be folded on what this one left. Nothing of the next is
   * written before all of this one is; `written` tells when, or why not.
   */
  async foldAhead(batch: readonly Entry[], from: number, signal: AbortSignal): Promise<void> {
    if (batch.length === 0) return;
    if (this.known !== from) await this.forget();
    const made = await this.make(batch, from);
    await this.written();
    for (const [table, { rows, lines }] of made.changes) this.memory.write(table, rows, (id, row) => (lines.get(id) ?? table.lineOf(row)).length);
    this.merges.moved(made.to, made.merges[1]);
    this.known = made.to;
    this.writing = this.write(made, signal);
    // Whoever asks next is told.
    this.writing.catch(() => {});
  }

  /** All that was folded is written. What could not be is forgotten, with what was folded on it. */
  async written(): Promise<void> {
    try {
      await this.writing;
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  /** Reads again whatever is asked for next: another process may have kept the tables meanwhile. */
  async forget(): Promise<void> {
    await this.writing.catch(() => {});
    this.writing = Promise.resolve();
    this.known = undefined;
    this.merges.forget();
    this.memory.forget();
  }

  private async make(batch: readonly Entry[], from: number): Promise<Made> {
    const to = batch.at(-1)?.position ?? from;
    const before = await this.merges.at(this.given.pool, from);
    const { after, participants } = refoldingOf(batch, before);
    const next = participants.size === 0 ? batch : batch.filter(({ stream }) => !participants.has(subjectOf(stream)));
    const anew = participants.size === 0 ? undefined : await this.anew([...participants], [before, after], from, to);
    const categories = next.map(({ stream }) => categoryOf(stream));
    const touched = this.tables.map((table) => {
      const streams = new Set(table.model.sources.map(({ stream }) => stream));
      const rows = touchedBy(table.model, next.filter((_, index) => streams.has(categories[index] ?? '')));
      return [table, anew ? new Map([...rows, ...touchedAnew(table.model, ...anew)]) : rows] as const;
    });
    await this.recall(touched);
    await this.given.contexts.load(protocolsOf(anew ? [...batch, ...anew[1].standing, ...anew[1].left] : batch));
    const { lookup } = this.given.contexts;
    return {
      from,
      to,
      logs: this.logs.map((table) => [table, table.linesOf(batch, lookup)]),
      changes: touched.map(([table, rows]) => [table, changeOf(table, rows, lookup)]),
      merges: [before, after],
    };
  }

  /** What the batch makes of the histories of these: what changed in them, and what stands. */
  private async anew(participants: readonly string[], [before, after]: readonly [Merges, Merges], from: number, to: number): Promise<[changed: Standing, after: Standing]> {
    const streams = participants.flatMap((participant) => this.given.participantGroups.map(({ stream }) => `${stream}-${participant}`));
    const raw = await this.given.journal.upTo(streams, to, true);
    const now = standingOf(participants, raw, after);
    return [changedBetween(standingOf(participants, raw.filter(({ position }) => position <= from), before), now), now];
  }

  /** Tells of each row that is folded on what it is folded into; what is not at hand is read, of all tables at once. */
  private async recall(touched: readonly (readonly [ReadTable, ReadonlyMap<string, Touched>])[]): Promise<void> {
    const missing: (readonly [ReadTable, readonly Touched[]])[] = [];
    for (const [table, rows] of touched) {
      const unknown: Touched[] = [];
      for (const [id, row] of table.model.single ? [] : rows) {
        if (row.there) continue;
        if (this.memory.knows(table, id)) row.before = this.memory.get(table, id);
        else unknown.push(row);
        row.there = row.before !== undefined;
      }
      if (unknown.length > 0) missing.push([table, unknown]);
    }
    if (missing.length === 0) return;
    const answers = await togetherOn(this.given.pool, missing.map(([table, rows]) => table.load(rows.map(({ address }) => address))));
    for (const [nth, [table, rows]] of missing.entries()) {
      const found = table.loaded(rows.map(({ address }) => address), answers[nth]?.rows ?? []);
      for (const [index, row] of rows.entries()) {
        row.before = found[index];
        row.there = row.before !== undefined;
      }
    }
  }

  private async write({ from, to, logs, changes, merges }: Made, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.standing.move(this.given.pool, from, to, [
      ...logs.flatMap(([table, lines]) => table.append(lines)),
      ...changes.flatMap(([table, { removed, lines }]) => [...table.remove(removed), ...table.insert([...lines.values()])]),
      ...this.merges.save(...merges),
    ]);
  }
}

/** The programme versions that entries name, each once. */
export function protocolsOf(entries: readonly Entry[]): ProtocolRef[] {
  const found = new Map<string, ProtocolRef>();
  for (const { protocol } of entries) if (protocol) found.set(`${protocol.programme}\0${protocol.site}\0${protocol.version}`, protocol);
  return [...found.values()];
}
