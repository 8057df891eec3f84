import type pg from 'pg';
import { poolAs, type Connection } from '@cairn/postgres/connection.js';
import type { Appended, EventStore, StoredEvent, StreamSlice, Write } from '@cairn/kernel/event-store.js';
import { follow } from './follow.js';
import { Listener } from './listener.js';
import { Notifier, NOTIFY } from './notifier.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

export interface PostgresStoreOptions {
  /** A batch holds no more events than this, unless one append alone has more. 256. */
  readonly batchEvents?: number;
  /** Appends waiting for their answers; one more is refused as busy. 2,000. */
  readonly queueAppends?: number;
  /** Bytes of the appends waiting for their answers. 64 MiB. */
  readonly queueBytes?: number;
  /** Milliseconds an append waits for its answer before StoreUnavailable. 10,000. */
  readonly patienceMs?: number;
  /** Milliseconds after which a follower looks for itself when it hears nothing. 500. */
  readonly pollMs?: number;
  /** Connections for reading, besides one for writing and one for listening. 4. */
  readonly readers?: number;
}

/** Events a page of `follow` has at most, when the reader does not say. */
const PAGE = 1_000;

/**
 * The log in PostgreSQL by sequenced group commit: positions are dense, and their order is the order of commits and of time.
 * Needs the schema of `storeMigrations`.
 */
export class PostgresEventStore implements EventStore {
  private readonly closing = new AbortController();

  private constructor(
    private readonly pool: pg.Pool,
    private readonly writer: Writer,
    private readonly reader: Reader,
    private readonly listener: Listener,
    private readonly notifier: Notifier,
  ) {}

  /**
   * @throws UnsafeSettings when `fsync` or `synchronous_commit` is off: it could lose what it acknowledged
   * @throws StoreUnavailable when the log cannot be read
   */
  static async open(connection: Connection, options: PostgresStoreOptions = {}): Promise<PostgresEventStore> {
    const { batchEvents = 256, queueAppends = 2_000, queueBytes = 64 * 1024 * 1024, patienceMs = 10_000, pollMs = 500, readers = 4 } = options;
    const pool = poolAs(connection, 'cairn_service', { max: readers, applicationName: 'cairn log reader', plannedOnce: true });
    try {
      const reader = new Reader(pool);
      await reader.head();
      const notifier = new Notifier(() => pool.query(NOTIFY));
      const listener = new Listener(connection, pollMs);
      const writer = await Writer.open(connection, { batchEvents, queueAppends, queueBytes, patienceMs }, notifier, () => listener.ring());
      return new PostgresEventStore(pool, writer, reader, listener, notifier);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  get term(): number {
    return this.writer.term;
  }

  append(writes: readonly Write[], term?: number): Promise<Appended> {
    return this.writer.append(writes, term);
  }

  read(streams: readonly StreamSlice[], options: { upTo?: number } = {}): Promise<StoredEvent[]> {
    return this.reader.streams(streams, options.upTo);
  }

  find(id: string): Promise<StoredEvent | undefined> {
    return this.reader.find(id);
  }

  /** As the port says. A lost connection is made again; the iteration ends, too, when the store is closed. */
  follow(after: number, options: { signal: AbortSignal; batch?: number }): AsyncIterable<StoredEvent[]> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    return follow(this.reader, this.listener, { after, size: options.batch ?? PAGE, signal });
  }

  head(): Promise<number> {
    return this.reader.head();
  }

  /** Answers every append it has taken, ends every iteration, then disconnects. Again is nothing. */
  close(): Promise<void> {
    return (this.closed ??= this.disconnect());
  }

  private closed: Promise<void> | undefined;

  private async disconnect(): Promise<void> {
    await this.writer.close();
    this.closing.abort();
    this.listener.close();
    await this.notifier.settled();
    await this.pool.end();
  }
}
