import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { everMergedInto, isMerge } from '@cairn/kernel/merges.js';
import type { StreamView } from './stream-view.js';

type Read = (streams: readonly string[]) => Promise<Entry[]>;

/**
 * Those of these streams whose participants have other registrations merged into theirs, or had, each beside what is recorded under those.
 *
 * @param kind of the stream that merges are recorded on, which is among the views for every participant
 */
export async function besideOthers(kind: string, streams: readonly string[], views: ReadonlyMap<string, StreamView>, read: Read): Promise<StreamView[]> {
  const found: StreamView[] = [];
  for (const [participant, own] of Map.groupBy(streams, subjectOf)) {
    const merges = views.get(`${kind}-${participant}`)?.merges ?? [];
    if (merges.length === 0) continue;
    const others = await othersOf(participant, kind, own.map(categoryOf), merges, read);
    if (others.length === 0) continue;
    for (const stream of own) {
      const view = views.get(stream);
      if (view) found.push(view.beside(others.filter((entry) => isMerge(entry.type) || categoryOf(entry.stream) === categoryOf(stream))));
    }
  }
  return found;
}

/** What is recorded, on such streams, under registrations that were ever merged into this one, and the merges. */
async function othersOf(participant: string, kind: string, categories: readonly string[], merges: readonly Entry[], read: Read): Promise<Entry[]> {
  const known = new Map<string, Entry>();
  const registrations = new Set([participant]);
  for (let next = everMergedInto([participant], merges); next.length > 0; ) {
    for (const registration of next) registrations.add(registration);
    const entries = await read([...new Set([kind, ...categories])].flatMap((category) => next.map((registration) => `${category}-${registration}`)));
    for (const entry of entries) if (isMerge(entry.type) || categories.includes(categoryOf(entry.stream))) known.set(entry.id, entry);
    next = everMergedInto(next, entries).filter((registration) => !registrations.has(registration));
  }
  return known.size === 0 ? [] : [...merges, ...known.values()].sort((a, b) => a.position - b.position);
}
