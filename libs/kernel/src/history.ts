import { Temporal } from 'temporal-polyfill';
import { isCorrection, type CorrectionFact } from './corrections.js';
import { subjectOf, type Entry, type Envelope } from './envelope.js';
import { endOf } from './occurred.js';

/*
 * How a history is read, always in this order: knownAt on the raw entries, then effective, then asOf on the amended `occurred`.
 * All three are total: they accept any entries, corrections of what they cannot see included.
 */

/** An entry as it stands after corrections. `corrections` names those that made it so, oldest first. */
export type Effective<E extends Entry = Entry> = E & { readonly corrections: readonly string[] };

type Correction = CorrectionFact & Envelope;

/** What the record knew at an instant (RFC 3339), inclusive: a prefix of the history. */
export function knownAt<E extends Entry>(entries: readonly E[], instant: string): E[] {
  const until = Temporal.Instant.from(instant).toString({ smallestUnit: 'microsecond', roundingMode: 'floor' });
  // The last hours of the year 9999 lie, in UTC, in a year of more digits.
  return until.startsWith('+') ? [...entries] : entries.filter(({ recordedAt }) => recordedAt <= until);
}

/** The history with its corrections applied: amended values in place, voided and given-away entries gone, corrections themselves left out. */
export function effective<E extends Entry>(entries: readonly E[]): Effective<E>[] {
  const standing = new Map<string, Effective<E>>();
  const voided = new Set<string>();
  for (const entry of entries) {
    if (!isCorrection(entry.type)) standing.set(entry.id, { ...entry, corrections: [] });
    else if (!entry.erased) apply(standing, voided, entry as unknown as Correction);
  }
  return [...standing.values()].sort((a, b) => a.position - b.position);
}

function apply<E extends Entry>(standing: Map<string, Effective<E>>, voided: Set<string>, correction: Correction): void {
  const { entry: id } = correction.data;
  const found = standing.get(id);
  switch (correction.type) {
    case 'EntryAmended': {
      const { type, data, occurred } = correction.data;
      if (found?.type === type) standing.set(id, { ...found, data, occurred, corrections: [...found.corrections, correction.id] });
      return;
    }
    case 'EntryVoided':
      if (standing.delete(id)) voided.add(id);
      return;
    case 'EntryReattributed': {
      const { carried, from, to } = correction.data;
      const here = subjectOf(correction.stream);
      if (found && subjectOf(found.stream) === from) standing.delete(id);
      if (here === to && carried && !voided.has(id)) {
        const { reason: _, ...taken } = correction;
        standing.set(id, { ...taken, ...carried, id, corrections: [correction.id] } as unknown as Effective<E>);
      }
    }
  }
}

/** What had happened by an instant, in epoch milliseconds, inclusive. A fact of unknown date is always included. */
export function asOf<E extends Entry>(entries: readonly E[], until: number): E[] {
  return entries.filter(({ occurred }) => (endOf(occurred) ?? -Infinity) <= until);
}

/** The order in which things happened; what is undated comes last, what is equal keeps the record's order. */
export function chronological<E extends Entry>(entries: readonly E[]): E[] {
  return entries
    .map((entry) => ({ entry, end: endOf(entry.occurred) ?? Infinity }))
    .sort((a, b) => a.end - b.end || a.entry.position - b.entry.position)
    .map(({ entry }) => entry);
}
