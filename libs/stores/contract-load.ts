import { randomUUID } from 'node:crypto';
import { StaleRevision, StoreBusy, StoreRefused, type EventStore, type NewEvent, type Write } from '@cairn/kernel/event-store.js';
import type { Attempt } from './checker.js';

export const streamName = (): string => `contract-${randomUUID()}`;

export const event = (parts: Partial<NewEvent> = {}): NewEvent => ({ id: randomUUID(), type: 'StoneLaid', version: 1, data: '{"n":1}', meta: '{}', ...parts });

export const write = (stream: string, expected: number, ...events: NewEvent[]): Write => ({ stream, expected, events });

/** Appends, and tells the checker what became of it. */
export async function attempt(store: EventStore, writes: readonly Write[]): Promise<Attempt> {
  try {
    return { writes, outcome: 'acknowledged', ...(await store.append(writes)) };
  } catch (error) {
    const nothingWritten = error instanceof StaleRevision || error instanceof StoreRefused || error instanceof StoreBusy;
    return { writes, outcome: nothingWritten ? 'refused' : 'unknown' };
  }
}

/** One writer's appends to one or more of the streams, some of them checks only, each decided on what it last knew. */
export async function writeAtRandom(store: EventStore, streams: readonly string[], appends: number, say: (writes: readonly Write[]) => void = () => {}): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const known = new Map<string, number>();
  for (let n = 0; n < appends; n += 1) {
    const chosen = streams.filter(() => Math.random() < 1.2 / streams.length);
    if (chosen.length === 0) continue;
    const stale = attempts.at(-1)?.outcome !== 'acknowledged';
    if (stale) for (const { stream, revision } of await store.read(streams.map((name) => ({ stream: name, after: known.get(name) ?? -1 })))) known.set(stream, revision);
    const writes = chosen.map((stream, index) => {
      const size = index > 0 && Math.random() < 0.3 ? 0 : 1 + Math.floor(Math.random() * 3);
      return write(stream, known.get(stream) ?? -1, ...Array.from({ length: size }, () => event({ data: `{"n":${n}}` })));
    });
    say(writes);
    const answer = await attempt(store, writes);
    if (answer.outcome === 'acknowledged') for (const { stream, expected, events } of writes) known.set(stream, expected + events.length);
    attempts.push(answer);
  }
  return attempts;
}
