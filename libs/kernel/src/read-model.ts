import type { Catalogue, FactOf } from './catalogue.js';
import { folding } from './owned.js';
import { categoryOf, subjectOf, type Entry, type EntryOf, type Fact, type ProtocolRef } from './envelope.js';

/** What every row carries beside its own columns and whose it is: the last event that changed it. */
export interface Row {
  position: number;
}

/** Of what read models are made; the column that says whose a row is has this name. */
const subjects = ['participant', 'staff', 'account'] as const;
type Subject = (typeof subjects)[number];

/** The immutable programme versions a history names, as `Context` gives them to a fold. */
export type Lookup<Context = unknown> = (protocol: ProtocolRef) => Context;

type Folds<R extends Row, C extends Catalogue> = {
  readonly [T in FactOf<C>['type']]?: (row: R, entry: EntryOf<Extract<FactOf<C>, { type: T }>>, lookup: Lookup) => R;
};

interface Shape<R extends Row> {
  /** A row nothing has been folded into yet. */
  readonly initial: Omit<R, Subject | 'position'>;
  /** For models of several rows a subject: the column and its value; an entry without a value touches no row. */
  readonly key?: {
    readonly column: keyof R & string;
    readonly of: (entry: Entry) => string | undefined;
    /** Each entry has a row of its own, which no other entry touches. */
    readonly single?: true;
  };
  /** Folds every entry alike, before its own fold; it must accept an erased one. */
  readonly every?: (row: R, entry: Entry, group: Catalogue, lookup: Lookup) => R;
  /** What an erased entry does to the row: it counts as unknown. */
  readonly erased?: (row: R, entry: Entry) => R;
  /** Columns that follow from the others, set once all is folded that there is; no fold reads them. */
  readonly derive?: (row: R) => R;
  /** A registration that was merged into another keeps a row, of its registration and the merge alone. */
  readonly keepsMerged?: true;
}

/** A function of the effective history of one subject, a participant in most, as rows. Pure and total. */
export interface ReadModel<R extends Row = Row> {
  readonly row: new () => R;
  readonly sources: readonly Catalogue[];
  /** The column that says whose a row is: what the streams it is folded from are about. */
  readonly subject: Subject;
  readonly keyColumn: string | undefined;
  /** Whether each entry has a row of its own. */
  readonly single: boolean;
  readonly keepsMerged: boolean;
  /** The key of the row an entry touches: '' for a model of one row a subject, undefined for an entry that touches none. */
  keyOf(entry: Entry): string | undefined;
  /** The row after these entries, at least one, all of the same key; not yet derived. The very row given when they change nothing of it. */
  fold(row: R | undefined, entries: Iterable<Entry>, lookup: Lookup): R;
  /** The row with what follows from it; the same where nothing does. */
  derive(row: R): R;
  readonly derives: boolean;
}

export function readModel<R extends Row, const Sources extends readonly Catalogue[]>(
  row: new () => R,
  sources: Sources,
  shape: Shape<NoInfer<R>>,
  folds: Folds<NoInfer<R>, Sources[number]>,
): ReadModel<R> {
  const { key, initial } = shape;
  const groups = new Map<string, Catalogue>(sources.map((source) => [source.stream, source]));
  const subject = subjects.find((name) => sources.every(({ about }) => about === name));
  if (!subject) throw new Error(`${row.name} must be folded from streams that are all about one of: ${subjects.join(', ')}.`);
  const byType = new Map(Object.entries(folds as Record<string, ((row: R, entry: EntryOf<Fact>, lookup: Lookup) => R) | undefined>));
  const foldOf = (type: string) => byType.get(type);
  const groupOf = ({ stream }: Entry) => groups.get(categoryOf(stream));
  const touches = (entry: Entry) => shape.every !== undefined || (entry.erased ? shape.erased !== undefined : foldOf(entry.type) !== undefined);
  return {
    row,
    sources,
    subject,
    keyColumn: shape.key?.column,
    single: shape.key?.single ?? false,
    keepsMerged: shape.keepsMerged ?? false,
    keyOf: (entry) => (groupOf(entry) && touches(entry) ? (shape.key ? shape.key.of(entry) : '') : undefined),
    fold(before, entries, lookup) {
      const folded = folding(() => {
        let row = before;
        for (const entry of entries) row = foldOne(row, entry, lookup);
        return row;
      });
      if (folded === undefined) throw new Error(`${row.name} was given no entry to fold.`);
      return folded;
    },
    derive: (folded) => shape.derive?.(folded) ?? folded,
    derives: shape.derive !== undefined,
  };

  function rowFor(entry: Entry): R {
    const made: Record<string, unknown> = { ...initial };
    made[String(subject)] = subjectOf(entry.stream);
    if (key) made[key.column] = key.of(entry);
    return made as unknown as R;
  }

  function foldOne(before: R | undefined, entry: Entry, lookup: Lookup): R {
    const group = shape.every && groupOf(entry);
    let row = before ?? rowFor(entry);
    if (group && shape.every) row = shape.every(row, entry, group, lookup);
    row = entry.erased ? (shape.erased?.(row, entry) ?? row) : (foldOf(entry.type)?.(row, entry, lookup) ?? row);
    if (row === before) return row;
    // What this fold made itself nobody has seen yet.
    row.position = Math.max(row.position ?? 0, entry.position);
    return row;
  }
}

/** All rows of a model from a subject's effective history, by key: what the incremental folds must equal. */
export function refold<R extends Row>(model: ReadModel<R>, history: readonly Entry[], lookup: Lookup): Map<string, R> {
  const byKey = Map.groupBy(history, (entry) => model.keyOf(entry));
  return new Map([...byKey].flatMap(([key, entries]) => (key === undefined ? [] : [[key, model.derive(model.fold(undefined, entries, lookup))] as const])));
}
