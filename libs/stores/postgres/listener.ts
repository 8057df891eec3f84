import type pg from 'pg';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import { CHANNEL } from './notifier.js';

/** Hears, on a connection of its own while somebody follows, that another process has let the log grow, and from the writer of this one directly. Without either, followers look every `pollMs`. */
export class Listener {
  /** Grows with everything heard. */
  heard = 0;
  private followers = 0;
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private readonly wakers = new Set<() => void>();

  constructor(
    private readonly connection: Connection,
    private readonly pollMs: number,
  ) {}

  join(): void {
    this.followers += 1;
    if (this.followers === 1) void this.connect();
  }

  leave(): void {
    this.followers -= 1;
    if (this.followers === 0) this.close();
  }

  /** Also when somebody who follows never came to leave. */
  close(): void {
    clearTimeout(this.retry);
    const { client } = this;
    this.client = undefined;
    client?.end().catch(() => {});
  }

  /** Until more is heard than `heard`, the polling interval is over, or the signal is aborted. */
  async after(heard: number, signal: AbortSignal): Promise<void> {
    if (this.heard !== heard || signal.aborted) return;
    await new Promise<void>((wake) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wakers.delete(done);
        wake();
      };
      const timer = setTimeout(done, this.pollMs);
      signal.addEventListener('abort', done);
      this.wakers.add(done);
    });
  }

  private async connect(): Promise<void> {
    const client = clientAs(this.connection, 'cairn_service', { applicationName: 'cairn log listener' });
    this.client = client;
    client.on('notification', () => this.ring());
    client.on('end', () => this.connectLater(client));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      // What came before LISTEN was not heard.
      this.ring();
    } catch {
      client.end().catch(() => {});
      this.connectLater(client);
    }
  }

  private connectLater(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.retry = setTimeout(() => void this.connect(), this.pollMs);
    this.retry.unref();
  }

  ring(): void {
    this.heard += 1;
    for (const wake of [...this.wakers]) wake();
  }
}
