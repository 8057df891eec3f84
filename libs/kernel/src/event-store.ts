/**
 * The port to where events live. A store keeps text: it neither opens nor understands `data` and `meta`.
 * Only the journal, the ledger and `cairn copy` may hold one.
 */

/** What a writer hands over. `id` is a UUID, unique in the store for ever; `data` and `meta` are opaque text. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: string;
  readonly meta: string;
}

/** What a reader gets back: the same text, and where and when the store put it. */
export interface StoredEvent extends NewEvent {
  /** Order of the whole store: increasing, unique, a safe integer from 1. PostgreSQL's are dense; no caller may rely on it. */
  readonly position: number;
  readonly stream: string;
  /** Order within the stream: dense, from 0. */
  readonly revision: number;
  /** When the store took the event: an RFC 3339 instant in UTC with microseconds, never decreasing with position. */
  readonly recordedAt: string;
}

/** The revision of a stream that does not exist yet. */
export const NO_STREAM = -1;

/** One stream's share of an append. A write of no events only checks that the stream still stands at `expected`. */
export interface Write {
  readonly stream: string;
  /** Revision of the stream's last event, or `NO_STREAM`. */
  readonly expected: number;
  readonly events: readonly NewEvent[];
}

/** Answer to an append that was taken: durable, and visible to every reader from now on. */
export interface Appended {
  /** One for each event, in the order of the writes and of the events in them; empty for an append of checks only. */
  readonly positions: readonly number[];
  readonly recordedAt: string;
  /** The store held events of these ids there already. What else they say is what whoever was first said. */
  readonly repeated?: true;
}

export interface StreamSlice {
  readonly stream: string;
  /** Only events with a greater revision; the whole stream when left out. */
  readonly after?: number;
}

export interface EventStore {
  /**
   * The term the store was in when this process last heard of it. One ends, and the next begins, whenever something is taken back that appends
   * rest on and no stream tells of: with every key destroyed.
   */
  readonly term: number;

  /**
   * Appends to all streams or to none. A stream may appear once.
   * Appending events whose ids the store already holds, with the same streams and revisions, is answered as it was the first time.
   *
   * @param term the only one in which it may be taken; in any when left out
   * @throws StaleRevision when a stream does not stand where the write expects it; nothing was written
   * @throws TermOver in another term; nothing was written, and the store's `term` is the present one
   * @throws StoreBusy when the queue is full; nothing was written
   * @throws StoreRefused when the store cannot hold what was sent (a NUL character, an event too large); nothing was written
   * @throws StoreUnavailable when the store cannot be reached in time; the outcome is unknown and a repeat is safe
   */
  append(writes: readonly Write[], term?: number): Promise<Appended>;

  /** The streams merged in order of position; with `upTo`, nothing after that position. Unknown streams are empty. */
  read(streams: readonly StreamSlice[], options?: { upTo?: number }): Promise<StoredEvent[]>;

  /** The event with this id, or undefined. */
  find(id: string): Promise<StoredEvent | undefined>;

  /**
   * Everything after a position, in order, in batches; at the end it waits for more until the signal is aborted.
   * The reader sets the pace: no more than one batch is fetched before it is asked for. Nothing is ever skipped.
   */
  follow(after: number, options: { signal: AbortSignal; batch?: number }): AsyncIterable<StoredEvent[]>;

  /** Position of the last event, 0 for an empty store. */
  head(): Promise<number>;
}

export class StaleRevision extends Error {
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`Stream ${stream} stands at revision ${actual}, not ${expected}.`);
  }
}

/** What the append rests on may have been taken back since it was asked for. */
export class TermOver extends Error {
  constructor(readonly present: number) {
    super(`The log has come to term ${present}; what rests on an earlier one is to be asked for anew.`);
  }
}

export class StoreBusy extends Error {}
export class StoreRefused extends Error {}
/**
 * The store holds an event with one of these ids already, beside other events or at another place; nothing was written. So it goes when the same
 * command is recorded meanwhile on a state that differs in one of its streams alone: whoever looks again finds it.
 */
export class EventIdHeld extends StoreRefused {}
export class StoreUnavailable extends Error {}
