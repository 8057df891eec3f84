export const CHANNEL = 'cairn_log';
export const NOTIFY = `notify ${CHANNEL}`;

/** A NOTIFY costs a tenth of an append, and half of one when it goes alone; who hears of many at once reads them in one page. */
const GAP_MS = 10;
/** A batch that can take the word along comes before. */
const ALONE_MS = 15;

/**
 * When every other process is told that the log has grown: by a batch itself as it commits, unless one of late has; what came after the last
 * of these is told of by a NOTIFY alone. A lost one is made up for by polling.
 */
export class Notifier {
  private next = 0;
  private alone: NodeJS.Timeout | undefined;

  constructor(private readonly notify: () => Promise<unknown>) {}

  /** Whether the batch that is now sent is to tell; it tells of those before as well. */
  isDue(): boolean {
    const now = performance.now();
    if (now < this.next) return false;
    this.next = now + GAP_MS;
    clearTimeout(this.alone);
    this.alone = undefined;
    return true;
  }

  /** Of a batch that did not tell. */
  announce(): void {
    this.alone ??= setTimeout(() => void this.settled(), ALONE_MS);
  }

  /** Comes back when all has been told. */
  async settled(): Promise<void> {
    if (!this.alone) return;
    clearTimeout(this.alone);
    this.alone = undefined;
    this.next = performance.now() + GAP_MS;
    await this.notify().catch(() => {});
  }
}
