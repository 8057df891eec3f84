import { Linked } from './disclosure.js';
import { subjectOf, type Entry } from './envelope.js';
import { IsId } from './ids.js';

/*
 * Somebody may be registered twice. A merge is a fact about two registrations, recorded on the streams of both: from then on the history
 * of the one that is kept is that of both, and what is recorded later is recorded there. It can be undone, and done again.
 */

export class ParticipantsMerged {
  @Linked() @IsId() kept: string;
  @Linked() @IsId() merged: string;
}

export class ParticipantsUnmerged {
  @Linked() @IsId() kept: string;
  @Linked() @IsId() merged: string;
}

export type MergeFact =
  | { readonly type: 'ParticipantsMerged'; readonly data: ParticipantsMerged }
  | { readonly type: 'ParticipantsUnmerged'; readonly data: ParticipantsUnmerged };

/** Registrations by the one each is merged into. */
export type Merges = ReadonlyMap<string, string>;

export function isMerge(type: string): type is MergeFact['type'] {
  return type === 'ParticipantsMerged' || type === 'ParticipantsUnmerged';
}

/** What is merged once these entries are known, oldest first. Both registrations tell of a merge, either alone is enough. */
export function mergesIn(entries: readonly Entry[], before: Merges = new Map()): Map<string, string> {
  const merges = new Map(before);
  for (const { type, data, erased } of entries) {
    if (!isMerge(type) || erased) continue;
    const { kept, merged } = data as MergeFact['data'];
    if (type === 'ParticipantsMerged') merges.set(merged, kept);
    else if (merges.get(merged) === kept) merges.delete(merged);
  }
  return merges;
}

/** The registration under which one lives on: itself, unless it is merged. Total: a circle, which nobody can record, ends where it closes. */
export function survivorOf(merges: Merges, registration: string): string {
  const passed = new Set([registration]);
  let found = registration;
  for (let next = merges.get(found); next !== undefined && !passed.has(next); next = merges.get(found)) {
    passed.add(next);
    found = next;
  }
  return found;
}

/** All registrations of one person, by the one that survives; those that are one person's only registration are left out. */
export function personsOf(merges: Merges): Map<string, string[]> {
  const persons = new Map<string, string[]>();
  for (const registration of new Set([...merges.keys(), ...merges.values()])) {
    const survivor = survivorOf(merges, registration);
    persons.set(survivor, [...(persons.get(survivor) ?? []), registration]);
  }
  return persons;
}

/** Those that were ever merged into one of these, whether or not they still are. */
export function everMergedInto(kept: readonly string[], entries: readonly Entry[]): string[] {
  const into = new Set(kept);
  const facts = entries.filter(({ type, erased, stream }) => type === 'ParticipantsMerged' && !erased && into.has(subjectOf(stream))).map(({ data }) => data as ParticipantsMerged);
  return [...new Set(facts.filter((fact) => into.has(fact.kept)).map(({ merged }) => merged))];
}
