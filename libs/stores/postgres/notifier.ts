import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

export const CHANNEL = 'cairn_log';

/** A NOTIFY costs half as much as an append; who hears of many at once reads them in one page. */
const GAP_MS = 10;

/** It commits, and what would reach the disk for that makes the next append wait: a crash ends those who listen as well. */
const NOTIFY = `set local synchronous_commit to off; notify ${CHANNEL}`;

/**
 * Tells every other process that the log has grown: one NOTIFY after a batch has committed, at once when there was none of late, on a
 * connection of its own so that no batch waits for it. Batches that commit while one is under way, or soon after it, share the next. A
 * lost one is made up for by polling.
 */
export class Notifier {
  private sending: Promise<void> | undefined;
  private again = false;

  constructor(private readonly pool: pg.Pool) {}

  announce(): void {
    this.again = true;
    this.sending ??= this.send().finally(() => (this.sending = undefined));
  }

  /** Comes back when the last announcement is out. */
  async settled(): Promise<void> {
    await this.sending;
  }

  private async send(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.pool.query(NOTIFY).catch(() => {});
      await pause(GAP_MS);
    }
  }
}
