import { subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import type { Lookup, ReadModel, Row } from '@cairn/kernel/read-model.js';
import type { ReadTable, RowAddress } from './read-table.js';
import type { Standing } from './refolding.js';
import { FoldFailed } from './stopping.js';

/** A row that entries touch. */
export interface Touched {
  readonly address: RowAddress;
  /** What they are folded into; left out where that is nothing. */
  before?: Row | undefined;
  /** Whether the table may hold something under this address. */
  there: boolean;
  readonly entries: Entry[];
}

/** What becomes of one table. */
export interface Change {
  readonly removed: RowAddress[];
  /** As they are inserted, by id. */
  readonly lines: Map<string, Buffer>;
  /** As they are then, for those that may be folded on; undefined for those that are no more. */
  readonly rows: Map<string, Row | undefined>;
}

/** The rows that these entries touch, all or some of them by id, each with its own entries, in order. */
export function touchedBy(model: ReadModel, entries: Iterable<Entry>, some?: ReadonlyMap<string, unknown>): Map<string, Touched> {
  const touched = new Map<string, Touched>();
  for (const entry of entries) {
    const address = addressOf(model, entry);
    if (!address) continue;
    const id = idOf(address);
    if (some && !some.has(id)) continue;
    const known = touched.get(id);
    if (known) known.entries.push(entry);
    else touched.set(id, { address, there: false, entries: [entry] });
  }
  return touched;
}

/** The rows that a changed past touches, each with all of the history that it is folded from. */
export function touchedAnew(model: ReadModel, changed: Standing, after: Standing): Map<string, Touched> {
  const of = ({ standing, left }: Standing) => (model.keepsMerged ? [...standing, ...left] : standing);
  const rows = touchedBy(model, of(changed));
  const now = rows.size === 0 ? rows : touchedBy(model, of(after), rows);
  return new Map([...rows].map(([id, { address }]) => [id, { address, there: true, entries: now.get(id)?.entries ?? [] }]));
}

/** @throws FoldFailed naming the model and the entry */
export function changeOf(table: ReadTable, touched: ReadonlyMap<string, Touched>, lookup: Lookup): Change {
  const change: Change = { removed: [], lines: new Map(), rows: new Map() };
  for (const [id, { address, before, there, entries }] of touched) {
    const row = entries.length > 0 ? folded(table, before, entries, lookup) : undefined;
    const stays = row !== undefined && row === before;
    if (there && !stays) change.removed.push(address);
    if (row && !stays) change.lines.set(id, table.lineOf(row));
    if (!table.model.single) change.rows.set(id, row);
  }
  return change;
}

/** A fold meets what a batch left as it meets what the database gives back: settled, and derived from what is settled. */
function folded(table: ReadTable, before: Row | undefined, entries: readonly Entry[], lookup: Lookup): Row {
  const { model } = table;
  return told(model, before, entries, lookup, (row) => {
    if (row === before) return row;
    if (model.single) return model.derive(row);
    const settled = table.settle(row, before);
    return model.derives ? table.settle(model.derive(settled), settled) : settled;
  });
}

/** A row nothing was written of yet, with these entries; neither settled nor derived, so only for more of the same. @throws FoldFailed */
export function foldedOn(model: ReadModel, before: Row | undefined, entries: readonly Entry[], lookup: Lookup): Row {
  return told(model, before, entries, lookup, (row) => row);
}

/** As it is written: what nothing follows from settles in the table. */
export function finished(table: ReadTable, told: Row): Row {
  return table.model.derives ? table.model.derive(table.settle(told)) : told;
}

/** The lines of a model in which each entry has a row of its own. @throws FoldFailed */
export function eachLineOf(table: ReadTable, entries: readonly Entry[], lookup: Lookup): Buffer[] {
  const touching = entries.filter((entry) => keyIn(table.model, entry) !== undefined);
  return touching.map((entry) => table.lineOf(folded(table, undefined, [entry], lookup)));
}

/** The lines of all that is folded from whole histories. @throws FoldFailed */
export function linesOf(table: ReadTable, { standing, left }: Standing, lookup: Lookup): Buffer[] {
  return [...changeOf(table, touchedBy(table.model, table.model.keepsMerged ? [...standing, ...left] : standing), lookup).lines.values()];
}

function told(model: ReadModel, before: Row | undefined, entries: readonly Entry[], lookup: Lookup, finish: (row: Row) => Row): Row {
  try {
    return finish(model.fold(before, entries, lookup));
  } catch (error) {
    const guilty = entries.find((_, index) => throws(() => model.fold(before, entries.slice(0, index + 1), lookup))) ?? entries.at(-1);
    throw guilty ? new FoldFailed(model.row.name, guilty, error) : error;
  }
}

function throws(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}

function addressOf(model: ReadModel, entry: Entry): RowAddress | undefined {
  const key = keyIn(model, entry);
  return key === undefined ? undefined : { subject: subjectOf(entry.stream), key };
}

/** Of the row an entry touches; undefined for one that touches none. @throws FoldFailed */
export function keyIn(model: ReadModel, entry: Entry): string | undefined {
  try {
    return model.keyOf(entry);
  } catch (error) {
    throw new FoldFailed(model.row.name, entry, error);
  }
}

function idOf({ subject, key }: RowAddress): string {
  return `${subject} ${key}`;
}
