import type { Pool, PoolClient, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { subjectOf, type Entry, type ProtocolRef } from '@cairn/kernel/envelope.js';
import { effective, remains } from '@cairn/kernel/history.js';
import { survivorOf, type Merges } from '@cairn/kernel/merges.js';
import type { Lookup, ReadModel, Row } from '@cairn/kernel/read-model.js';
import { canonical } from '@cairn/kernel/same.js';
import { quoted } from './cells.js';
import type { Journal } from './journal.js';
import { MergesTable, refoldingOf } from './merges-table.js';
import { RawTable, type RawLog, type RawRow } from './raw-table.js';
import { ReadTable, type RowAddress } from './read-table.js';
import { FoldFailed } from './stopping.js';

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

/** Another process has moved the read models on. Nothing was written. */
export class CheckpointMoved extends Error {
  constructor() {
    super('Another process has moved the read models on; nothing was written here.');
  }
}

/** @throws Error naming the model when one whose rows masked roles see is folded from streams that tell the arm */
export function checkModels(models: readonly ReadModel[], maskedRows: readonly Function[]): void {
  for (const { row, sources } of models) {
    const telling = sources.find(({ reveals }) => reveals === 'allocation');
    if (telling && maskedRows.includes(row))
      throw new Error(`Masked roles may see ${row.name}, but it is folded from ${telling.stream} streams, which reveal allocation. Fold it from other streams, or keep it from them.`);
  }
}

/** The tables of all read models and the one checkpoint they share. */
export class ReadModels {
  private readonly tables: readonly ReadTable[];
  private readonly logs: readonly RawTable[];
  private readonly merges: MergesTable;
  private readonly checkpointTable: string;

  /** @throws Error when a row class does not fit its model */
  constructor(private readonly given: ReadModelsOptions) {
    this.tables = given.models.map((model) => new ReadTable(given.dataSource, model, given.schema));
    this.logs = (given.logs ?? []).map((log) => new RawTable(given.dataSource, log, given.schema));
    this.merges = new MergesTable(given.schema);
    this.checkpointTable = `${quoted(given.schema ?? 'read')}.checkpoint`;
  }

  /** Position of the last entry folded into all models, 0 for none. */
  async checkpoint(): Promise<number> {
    const { rows } = await this.given.pool.query<{ position: string }>(`select position from ${this.checkpointTable}`);
    return Number(rows[0]?.position ?? 0);
  }

  /**
   * Folds the entries that follow position `from` into all models; rows and checkpoint move together or not at all.
   * A participant with a correction among the entries is folded anew from their whole history instead, up to the last of them; so is
   * whoever was registered more than once, from all their registrations, whichever of them an entry is about.
   *
   * @throws FoldFailed
   * @throws CheckpointMoved when the models do not stand at `from`
   */
  async fold(batch: readonly Entry[], from: number, signal: AbortSignal): Promise<void> {
    const to = batch.at(-1)?.position;
    if (to === undefined) return;
    const before = await this.merges.at(this.given.pool, from);
    const { after, participants } = refoldingOf(batch, before);
    const next = batch.filter(({ stream }) => !participants.has(subjectOf(stream)));
    const { anew, left } = await this.histories([...participants], after, to);
    await this.given.contexts.load(protocolsOf([...batch, ...anew, ...left]));
    await this.transaction(async (client, position) => {
      if (position !== from) throw new CheckpointMoved();
      for (const table of this.logs) await table.append(client, this.rawRows(table, batch));
      for (const table of this.tables) {
        const rows = await this.rowsTouched(table, client, next);
        this.foldInto(rows, table, next);
        this.foldInto(rows, table, table.model.keepsMerged ? [...anew, ...left] : anew);
        await table.remove(client, [...participants], [...rows.values()]);
        await table.save(client, [...rows.values()]);
      }
      await this.merges.save(client, before, after);
      signal.throwIfAborted();
      await client.query(`update ${this.checkpointTable} set position = $1, moved_at = now() where position = $2`, [to, from]);
    });
    this.merges.moved(to, after);
  }

  /** Empties every table and goes back to the beginning of the log, in one step. */
  async empty(): Promise<void> {
    await this.transaction(async (client) => {
      const all = [...this.tables, ...this.logs, this.merges];
      await client.query(`truncate ${all.map(({ name }) => name).join(', ')}`);
      this.merges.forget();
      await client.query(`update ${this.checkpointTable} set position = 0, moved_at = now()`);
    });
  }

  /** The histories of these as they stand, and what remains of those that live on under another. */
  private async histories(participants: readonly string[], merges: Merges, upTo: number): Promise<{ anew: Entry[]; left: Entry[] }> {
    if (participants.length === 0) return { anew: [], left: [] };
    const streams = participants.flatMap((participant) => this.given.participantGroups.map(({ stream }) => `${stream}-${participant}`));
    const raw = await this.given.journal.upTo(streams, upTo);
    const merged = participants.filter((participant) => survivorOf(merges, participant) !== participant);
    return { anew: effective(raw), left: merged.flatMap((participant) => remains(raw, participant)) };
  }

  private async rowsTouched(table: ReadTable, client: PoolClient, entries: readonly Entry[]): Promise<Map<string, Row>> {
    const touched = new Map<string, RowAddress>();
    for (const entry of entries) {
      const address = addressOf(table.model, entry);
      if (address) touched.set(idOf(address), address);
    }
    const found = await table.load(client, [...touched.values()]);
    return new Map([...touched.keys()].flatMap((id, index) => (found[index] ? [[id, found[index]] as const] : [])));
  }

  private foldInto(rows: Map<string, Row>, table: ReadTable, entries: readonly Entry[]): void {
    const last = new Map<string, Entry>();
    for (const entry of entries) {
      const address = addressOf(table.model, entry);
      if (!address) continue;
      const id = idOf(address);
      rows.set(id, failingAt(table, entry, () => table.settle(table.model.fold(rows.get(id), [entry], this.given.contexts.lookup))));
      last.set(id, entry);
    }
    for (const [id, entry] of last) {
      const row = rows.get(id);
      if (row) rows.set(id, failingAt(table, entry, () => table.settle(table.model.derive(row))));
    }
  }

  private rawRows({ log }: RawTable, entries: readonly Entry[]): RawRow[] {
    return entries.flatMap((entry) => {
      try {
        return log.of(entry, this.given.contexts.lookup) ?? [];
      } catch (error) {
        throw new FoldFailed(log.row.name, entry, error);
      }
    });
  }

  /** Runs `work` while nobody else can move the checkpoint. */
  private async transaction(work: (client: PoolClient, position: number) => Promise<void>): Promise<void> {
    const client = await this.given.pool.connect();
    try {
      // A crash of the server may take the last commits back, rows and checkpoint together; the log gives them again.
      const begun = (await client.query(`begin; set local synchronous_commit = off; select position from ${this.checkpointTable} for update`)) as unknown as QueryResult<{ position: string }>[];
      await work(client, Number(begun.at(-1)?.rows[0]?.position ?? -1));
      await client.query('commit');
      client.release();
    } catch (error) {
      const undone = await client.query('rollback').then(() => true, () => false);
      client.release(!undone);
      throw error;
    }
  }
}

/** @throws FoldFailed naming the model and the entry */
function failingAt({ model }: ReadTable, entry: Entry, work: () => Row): Row {
  try {
    return work();
  } catch (error) {
    throw new FoldFailed(model.row.name, entry, error);
  }
}

function addressOf(model: ReadModel, entry: Entry): RowAddress | undefined {
  try {
    const key = model.keyOf(entry);
    return key === undefined ? undefined : { subject: subjectOf(entry.stream), key };
  } catch (error) {
    throw new FoldFailed(model.row.name, entry, error);
  }
}

function idOf({ subject, key }: RowAddress): string {
  return `${subject} ${key}`;
}

function protocolsOf(entries: readonly Entry[]): ProtocolRef[] {
  return [...new Map(entries.flatMap(({ protocol }) => (protocol ? [[canonical(protocol), protocol] as const] : []))).values()];
}
