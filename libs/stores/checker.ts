import type { NewEvent, StoredEvent, Write } from '@cairn/kernel/event-store.js';

/** An append as its writer saw it. */
export type Attempt = { readonly writes: readonly Write[] } & (
  | { readonly outcome: 'acknowledged'; readonly positions: readonly number[]; readonly recordedAt: string }
  /** The writer was told that nothing was written. */
  | { readonly outcome: 'refused' }
  /** The writer was told nothing, or that nobody knows. */
  | { readonly outcome: 'unknown' }
);

interface Planned {
  readonly event: NewEvent;
  readonly stream: string;
  readonly revision: number;
}

/**
 * Holds what any number of writers were told against everything the store holds afterwards on their streams.
 *
 * What was acknowledged is there once, whole, in order, at the positions told; what was refused left nothing; what is unknown is there whole or not
 * at all; a stream that was checked stood where it was expected; nothing else is there. Revisions are dense, positions rise, time never falls.
 *
 * @param content in the order the store gave it
 * @param dense whether positions have no gaps either, from 1
 * @returns the faults, one sentence each
 */
export function faultsIn(attempts: readonly Attempt[], content: readonly StoredEvent[], { dense = false } = {}): string[] {
  const byId = new Map(content.map((event) => [event.id, event]));
  const byPlace = new Map(content.map((event) => [placeOf(event.stream, event.revision), event]));
  return [...orderFaults(content, dense), ...attempts.flatMap((attempt) => attemptFaults(attempt, byId, byPlace)), ...strangers(attempts, content)];
}

const placeOf = (stream: string, revision: number): string => `${revision}@${stream}`;

const plan = ({ writes }: Attempt): Planned[] =>
  writes.flatMap(({ stream, expected, events }) => events.map((event, index) => ({ event, stream, revision: expected + 1 + index })));

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

function orderFaults(content: readonly StoredEvent[], dense: boolean): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const next = new Map<string, number>();
  let before: StoredEvent | undefined;
  for (const event of content) {
    const { id, position, stream, revision, recordedAt } = event;
    if (ids.has(id)) faults.push(`Event ${id} is there more than once.`);
    ids.add(id);
    if (!Number.isSafeInteger(position) || position < 1) faults.push(`Event ${id} stands at position ${position}, which is none.`);
    if (before && position <= before.position) faults.push(`Position ${position} comes after ${before.position}.`);
    if (dense && position !== (before?.position ?? 0) + 1) faults.push(`Positions have a gap before ${position}.`);
    if (!INSTANT.test(recordedAt)) faults.push(`Event ${id} has no instant but ${recordedAt}.`);
    if (before && recordedAt < before.recordedAt) faults.push(`Event ${id} was recorded at ${recordedAt}, before the one that stands before it.`);
    const expected = next.get(stream) ?? 0;
    if (revision !== expected) faults.push(`Stream ${stream} goes on with revision ${revision} where ${expected} should be.`);
    next.set(stream, revision + 1);
    before = event;
  }
  return faults;
}

type Index = ReadonlyMap<string, StoredEvent>;

function attemptFaults(attempt: Attempt, byId: Index, byPlace: Index): string[] {
  const planned = plan(attempt);
  const present = planned.filter(({ event, stream, revision }) => {
    const there = byId.get(event.id);
    return there !== undefined && (attempt.outcome !== 'refused' || (there.stream === stream && there.revision === revision));
  });
  const ids = planned.map(({ event }) => event.id).join(', ');
  switch (attempt.outcome) {
    case 'refused':
      return present.map(({ event }) => `Event ${event.id} is there, and its append was refused.`);
    case 'unknown':
      if (present.length === 0) return [];
      if (present.length < planned.length) return [`Only ${present.length} of ${planned.length} events of the append of ${ids} are there.`];
      return [...planned.flatMap((each) => changed(each, byId)), ...checkFaults(attempt, byId, byPlace)];
    case 'acknowledged': {
      if (attempt.positions.length !== planned.length) return [`The append of ${ids} was told ${attempt.positions.length} positions.`];
      const told = planned.flatMap(({ event }, index) => toldFaults(byId.get(event.id), event.id, attempt.positions[index], attempt.recordedAt));
      return [...told, ...planned.flatMap((each) => changed(each, byId)), ...checkFaults(attempt, byId, byPlace)];
    }
  }
}

function toldFaults(there: StoredEvent | undefined, id: string, position: number | undefined, recordedAt: string): string[] {
  if (!there) return [`Event ${id} was acknowledged and is not there.`];
  const faults: string[] = [];
  if (there.position !== position) faults.push(`Event ${id} stands at position ${there.position}, and its writer was told ${position}.`);
  if (there.recordedAt !== recordedAt) faults.push(`Event ${id} was recorded at ${there.recordedAt}, and its writer was told ${recordedAt}.`);
  return faults;
}

function changed({ event, stream, revision }: Planned, byId: Index): string[] {
  const there = byId.get(event.id);
  if (!there) return [];
  const asSent = { ...event, stream, revision };
  return (['stream', 'revision', 'type', 'version', 'data', 'meta'] as const)
    .filter((part) => there[part] !== asSent[part])
    .map((part) => `The ${part} of event ${event.id} is not what was sent.`);
}

/** A stream stands at the revision expected from the event of that revision to the next; the whole append must lie between. */
function checkFaults({ writes }: Attempt, byId: Index, byPlace: Index): string[] {
  const positions = writes.flatMap(({ events }) => events.map(({ id }) => byId.get(id)?.position ?? 0));
  if (positions.length === 0) return [];
  return writes.flatMap(({ stream, expected, events }) => {
    const last = byPlace.get(placeOf(stream, expected));
    const next = byPlace.get(placeOf(stream, expected + 1));
    const missing = expected >= 0 && !last;
    const late = last !== undefined && last.position >= Math.min(...positions);
    const overtaken = events.length === 0 && next !== undefined && next.position <= Math.max(...positions);
    return missing || late || overtaken ? [`An append at positions ${positions.join(', ')} expected stream ${stream} at ${expected}, and it stood elsewhere.`] : [];
  });
}

function strangers(attempts: readonly Attempt[], content: readonly StoredEvent[]): string[] {
  const known = new Set(attempts.flatMap(({ writes }) => writes.flatMap(({ events }) => events.map(({ id }) => id))));
  return content.filter(({ id }) => !known.has(id)).map(({ id }) => `Event ${id} is there, and nobody sent it.`);
}
