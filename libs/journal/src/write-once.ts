import { isCorrection } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { isMerge, mergesIn, personsOf, survivorOf, type Merges } from '@cairn/kernel/merges.js';
import type { Lookup, Row } from '@cairn/kernel/read-model.js';
import { eachLineOf, finished, foldedOn, keyIn, linesOf } from './fold-table.js';
import { RawTable } from './raw-table.js';
import { protocolsOf, type ReadModelsOptions } from './read-models.js';
import { ReadTable } from './read-table.js';
import { standingOf } from './refolding.js';

/** Rows to be added, as COPY reads them. */
export type Lines = Map<ReadTable | RawTable, Buffer[]>;

/** Somebody whose rows are being folded: as far as they are, neither settled nor derived, by table and key. */
interface Folding {
  entries: number;
  readonly rows: Map<ReadTable, Map<string, Row>>;
}

/** Entries in rows that are kept until they are written: what comes of them takes some 300 bytes each. */
const KEPT = 50_000;
/** Entries folded in one go. */
const PART = 128;
/** People whose histories are read at once. */
const TOGETHER = 50;

/**
 * The whole log as rows of tables that are empty at first, each row made once, when all is folded that there is of it, and none ever read back.
 * Most people's entries lie together. Whose do not, for whom there was no room in between, and whose past was corrected or merged are left
 * to the end, where the rest of their rows is made of their histories.
 */
export class WriteOnce {
  private readonly logs: readonly RawTable[];
  /** With the first parts of the names of the streams they are folded from. */
  private readonly tables: ReadonlyMap<ReadTable, ReadonlySet<string>>;
  /** Whoever was touched last comes last. */
  private readonly open = new Map<string, Folding>();
  private kept = 0;
  /** Whose rows were written to make room. */
  private readonly closed = new Set<string>();
  /** Who came again after that: of all rows but those that each entry has for itself. */
  private readonly again = new Set<string>();
  /** Whose past was made another. */
  private readonly anew = new Set<string>();
  private merges: Merges = new Map();

  /** @throws Error when a row class does not fit its model */
  constructor(
    private readonly given: ReadModelsOptions,
    private readonly room = KEPT,
  ) {
    this.logs = (given.logs ?? []).map((log) => new RawTable(given.dataSource, log, given.schema));
    this.tables = new Map(given.models.map((model) => [new ReadTable(given.dataSource, model, given.schema), new Set(model.sources.map(({ stream }) => stream))]));
  }

  /** What is merged at the end of what was taken. */
  get merged(): Merges {
    return this.merges;
  }

  get names(): string[] {
    return [...this.logs, ...this.tables.keys()].map(({ name }) => name);
  }

  /** The next entries of the log, a part after the other, so that what comes of one is written while the next is folded. @throws FoldFailed */
  async *take(batch: readonly Entry[]): AsyncGenerator<Lines> {
    await this.given.contexts.load(protocolsOf(batch));
    const { lookup } = this.given.contexts;
    if (batch.some(({ type }) => isMerge(type))) this.merges = mergesIn(batch, this.merges);
    yield new Map(this.logs.map((log) => [log, log.linesOf(batch, lookup)]));
    let lines: Lines = new Map();
    let folded = 0;
    for (const [subject, entries] of Map.groupBy(batch, ({ stream }) => subjectOf(stream))) {
      this.fold(subject, entries, lookup, lines);
      folded += entries.length;
      if (folded < PART) continue;
      yield lines;
      lines = new Map();
      folded = 0;
    }
    for (const subject of this.open.keys()) {
      if (this.kept <= this.room) break;
      this.closed.add(subject);
      this.close(subject, lines);
    }
    yield lines;
  }

  private fold(subject: string, entries: readonly Entry[], lookup: Lookup, lines: Lines): void {
    if (entries.some(({ type }) => isCorrection(type) || isMerge(type))) this.leave(subject);
    if (this.anew.has(subject)) return;
    if (this.closed.has(subject)) this.again.add(subject);
    const folding = this.folding(subject, entries.length);
    const categories = [...new Set(entries.map(({ stream }) => categoryOf(stream)))];
    for (const [table, streams] of this.tables) {
      if (!categories.some((category) => streams.has(category))) continue;
      if (table.model.single) add(lines, table, eachLineOf(table, entries, lookup));
      else if (folding) foldInto(folding, table, entries, lookup);
    }
  }

  /** Undefined for whoever is made anew in the end. */
  private folding(subject: string, entries: number): Folding | undefined {
    if (this.again.has(subject)) return undefined;
    const folding = this.open.get(subject) ?? { entries: 0, rows: new Map<ReadTable, Map<string, Row>>() };
    this.open.delete(subject);
    this.open.set(subject, folding);
    folding.entries += entries;
    this.kept += entries;
    return folding;
  }

  private close(subject: string, lines: Lines): void {
    const { rows, entries } = this.open.get(subject) ?? { rows: new Map<ReadTable, Map<string, Row>>(), entries: 0 };
    for (const [table, made] of rows) add(lines, table, Array.from(made.values(), (row) => table.lineOf(finished(table, row))));
    this.open.delete(subject);
    this.kept -= entries;
  }

  private leave(subject: string): void {
    this.anew.add(subject);
    this.kept -= this.open.get(subject)?.entries ?? 0;
    this.open.delete(subject);
  }

  /** What is left once all was taken, but for those in `stale`. */
  *rest(): Generator<Lines> {
    for (const registrations of personsOf(this.merges).values()) for (const registration of registrations) this.leave(registration);
    for (const subjects of inParts([...this.open.keys()].map((subject) => [subject]))) {
      const lines: Lines = new Map();
      for (const subject of subjects) this.close(subject, lines);
      yield lines;
    }
  }

  /** Whose rows in a table are made anew by `histories`: those that are there have to go first. */
  get stale(): (readonly [ReadTable, readonly string[]])[] {
    const all = [...this.anew, ...this.again];
    return [...this.tables.keys()].map((table) => [table, table.model.single ? [...this.anew] : all]);
  }

  /** The rows of those in `stale`, of their entries up to a position. @throws UnreadableEvent, SealBroken, FoldFailed */
  async *histories(position: number): AsyncGenerator<Lines> {
    const tables = [...this.tables.keys()];
    const persons = Map.groupBy(this.anew, (registration) => survivorOf(this.merges, registration));
    for (const subjects of inParts([...persons.values()])) yield this.made(tables, subjects, position);
    const shared = tables.filter(({ model }) => !model.single);
    for (const subjects of inParts([...this.again].filter((subject) => !this.anew.has(subject)).map((subject) => [subject]))) yield this.made(shared, subjects, position);
  }

  private async made(tables: readonly ReadTable[], subjects: readonly string[], position: number): Promise<Lines> {
    const { journal, contexts, participantGroups, models } = this.given;
    const categories = new Set([...participantGroups, ...models.flatMap(({ sources }) => sources)].map(({ stream }) => stream));
    const raw = await journal.upTo(subjects.flatMap((subject) => Array.from(categories, (category) => `${category}-${subject}`)), position);
    await contexts.load(protocolsOf(raw));
    const standing = standingOf(subjects, raw, this.merges);
    return new Map(tables.map((table) => [table, linesOf(table, standing, contexts.lookup)]));
  }
}

function foldInto({ rows }: Folding, table: ReadTable, entries: readonly Entry[], lookup: Lookup): void {
  const made = rows.get(table) ?? new Map<string, Row>();
  rows.set(table, made);
  for (const [key, touching] of Map.groupBy(entries, (entry) => keyIn(table.model, entry))) if (key !== undefined) made.set(key, foldedOn(table.model, made.get(key), touching, lookup));
}

function add(lines: Lines, table: ReadTable, more: readonly Buffer[]): void {
  const known = lines.get(table);
  if (known) known.push(...more);
  else lines.set(table, [...more]);
}

/** So many at a time, what belongs together never apart. */
function* inParts(groups: readonly (readonly string[])[]): Generator<string[]> {
  let part: string[] = [];
  for (const group of groups) {
    part.push(...group);
    if (part.length < TOGETHER) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
