import type pg from 'pg';

export const CHANNEL = 'cairn_log';

/**
 * Tells every process that the log has grown: one NOTIFY after a batch has committed, on a connection of its own so that no batch waits
 * for it. Batches that commit while one is under way share the next. A lost one is made up for by polling.
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
      await this.pool.query(`notify ${CHANNEL}`).catch(() => {});
    }
  }
}
