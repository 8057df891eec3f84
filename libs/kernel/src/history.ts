import { Temporal } from 'temporal-polyfill';
import { isCorrection, type CorrectionFact } from './corrections.js';
import { categoryOf, subjectOf, type Entry, type Envelope } from './envelope.js';
import { isMerge, mergesIn, survivorOf, type MergeFact, type Merges } from './merges.js';
import { endOf } from './occurred.js';

/*
 * How a history is read, always in this order: knownAt on the raw entries, then effective (corrections, then merges), then asOf on the amended `occurred`.
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
export function corrected<E extends Entry>(entries: readonly E[]): Effective<E>[] {
  const standing = new Map<string, Effective<E>>();
  const voided = new Set<string>();
  for (const entry of entries) {
    if (!isCorrection(entry.type)) standing.set(entry.id, { ...entry, corrections: [] });
    else if (!entry.erased) apply(standing, voided, entry as unknown as Correction);
  }
  return [...standing.values()].sort((a, b) => a.position - b.position);
}

/**
 * The history corrected, and one history for the registrations of one person: what was recorded under a merged one is under the surviving
 * one's streams, if that is among these entries, and says where it came from; its registration, the first entry of the stream that merges
 * are recorded on, is left out.
 *
 * @param participant whose history alone is wanted: without it, what others' entries among these say is there as well
 */
export function effective<E extends Entry>(entries: readonly E[], participant?: string): Effective<E>[] {
  const standing = united(corrected(entries), entries, participant);
  return participant === undefined ? standing : standing.filter(({ stream }) => subjectOf(stream) === participant);
}

function united<E extends Entry>(standing: readonly Effective<E>[], raw: readonly E[], participant: string | undefined): Effective<E>[] {
  const facts = raw.filter(({ type }) => isMerge(type));
  const [first] = facts;
  if (!first) return [...standing];
  const merges = mergesIn(facts);
  const here = new Set(raw.map(({ stream }) => subjectOf(stream)));
  // Whoever's history is asked for has one, also when it lives on under another by now that was once merged into it.
  const within = new Map([...merges].filter(([merged, kept]) => here.has(kept) && merged !== participant));
  return standing.flatMap((entry): Effective<E>[] => {
    const own = subjectOf(entry.stream);
    const survivor = survivorOf(within, own);
    if (isMerge(entry.type)) return survivor === own && tells(entry, own, merges, facts) ? [entry] : [];
    if (survivor === own) return [entry];
    if (isRegistration(entry, first)) return [];
    return [{ ...entry, stream: `${categoryOf(entry.stream)}-${survivor}`, registration: entry.registration ?? own }];
  });
}

function isRegistration({ stream, revision }: Entry, merge: Entry): boolean {
  return revision === 0 && categoryOf(stream) === categoryOf(merge.stream);
}

/** Whether a merge says something of this registration now: what others came into it and left it, or into which it went, as long as it is there. */
function tells({ id, data }: Entry, own: string, merges: Merges, facts: readonly Entry[]): boolean {
  const { kept, merged } = data as Partial<MergeFact['data']>;
  if (merged !== own) return true;
  const last = facts.findLast(({ stream, data }) => subjectOf(stream) === own && (data as Partial<MergeFact['data']>).merged === own);
  return merges.get(own) === kept && last?.id === id;
}

/** Of raw entries those of one person as their registrations stand now, what was recorded under another than this one marked. */
export function recordedOf<E extends Entry>(participant: string, entries: readonly E[]): E[] {
  const merges = mergesIn(entries);
  merges.delete(participant);
  return entries.flatMap((entry) => {
    const own = subjectOf(entry.stream);
    return own === participant ? [entry] : survivorOf(merges, own) === participant ? [{ ...entry, registration: own }] : [];
  });
}

/** What remains of a registration that lives on under another: that it was made, and into which it was merged. */
export function remains<E extends Entry>(entries: readonly E[], registration: string): Effective<E>[] {
  const own = effective(entries.filter(({ stream }) => subjectOf(stream) === registration));
  const merge = own.find(({ type, data }) => isMerge(type) && (data as Partial<MergeFact['data']>).merged === registration);
  return own.filter((entry) => entry === merge || (merge && isRegistration(entry, merge)));
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
