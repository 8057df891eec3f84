import type { StoredEvent } from '@cairn/kernel/event-store.js';

/** Events kept. Who wants more of them at a time reads the past, and asks for it. */
const KEPT = 500;

/** The end of the log as it was read last: of several who follow it, one reads, and the others come to the same a moment later. */
export class Recent {
  /** Without a gap. */
  private events: readonly StoredEvent[] = [];

  /** Those behind a position, so many at most; none where what comes next is not here. There may be more by now. */
  after(position: number, size: number): StoredEvent[] {
    const [first] = this.events;
    if (!first || size > KEPT || position + 1 < first.position) return [];
    const from = position + 1 - first.position;
    return this.events.slice(from, from + size);
  }

  /** A page as it was read. */
  take(page: readonly StoredEvent[]): void {
    const [first] = page;
    if (!first || page.length > KEPT) return;
    const end = this.events.at(-1)?.position ?? 0;
    const begins = this.events[0]?.position ?? Infinity;
    if (first.position > end + 1 || first.position < begins) this.events = [...page];
    else this.events = [...this.events, ...page.filter(({ position }) => position > end)].slice(-KEPT);
  }
}
