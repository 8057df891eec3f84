import type { Asked } from './asked.js';
import type { StreamRef } from './states.js';
import { Forgotten } from './stream-view.js';
import { streamOf, type Transaction } from './transaction.js';

export interface Work {
  /** The streams the work may touch, the one the request is about first. */
  readonly streams: readonly StreamRef[];
  /** Whether the caller may do this here; asked before anything is told of the record. Throws when not. */
  readonly admit?: ((transaction: Transaction) => void) | undefined;
  /** Decides. It may run several times, so it does nothing else. */
  readonly decide: (transaction: Transaction) => void | Promise<void>;
}

/** The same, decided at once on what is there. */
export interface Rehearsed extends Pick<Work, 'streams'> {
  readonly decide: (transaction: Transaction) => void;
}

/** A race for a stream, by whether that has moved, or an event of the same name is there already; or the term of the log. */
export interface Lost {
  /** Undefined of a stream that was only to stand still, and of the term: who leans on it as it is now is in nobody's way. */
  readonly lost: string | undefined;
  readonly isStale: boolean;
}

/** Those a request may touch and those its access rests on, the one it is about first. */
export function streamsOf({ standing }: Asked, { streams }: Pick<Work, 'streams'>): string[] {
  return namesOf(standing ? [{ streams }, standing] : [{ streams }]);
}

/** The streams of several works, each once. */
export function namesOf(works: readonly Pick<Work, 'streams'>[]): string[] {
  const names = new Set<string>();
  for (const { streams } of works) for (const [decider, id] of streams) names.add(streamOf(decider, id));
  return [...names];
}

export function admitTo(transaction: Transaction, { standing }: Asked, { admit }: Pick<Work, 'admit'>): void {
  standing?.admit(transaction);
  admit?.(transaction);
}

export function recordsAnything({ writes }: Transaction): boolean {
  for (const { events } of writes.values()) if (events.length > 0) return true;
  return false;
}

/** Does with what is remembered of some streams what can be done with it, and where that is not enough again with the whole of them. */
export function remembering<T>(work: (whole: boolean) => Promise<T>): Promise<T> {
  return work(false).catch((error: unknown) => {
    if (error instanceof Forgotten) return work(true);
    throw error;
  });
}
