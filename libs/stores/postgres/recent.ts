import type { StoredEvent } from '@cairn/kernel/event-store.js';

/** Events kept at most. Whoever is further behind asks for them again. */
const MOST = 1_000;
/** Who wants more of them at a time reads the past, and asks for it. */
const PAGE = 500;

/** Somebody who follows the log. */
export interface Follower {
  /** Of the last event given to it. */
  position: number;
}

/** The end of the log, as far as somebody who follows it has yet to come there: of several one reads, and the others come to the same a moment later. */
export class Recent {
  private readonly followers = new Set<Follower>();
  /** Without a gap. */
  private events: readonly StoredEvent[] = [];

  join(follower: Follower): void {
    this.followers.add(follower);
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
    this.letGo();
  }

  /** What comes next for one of them, so many at most; nothing where that is not here. There may be more by now. */
  after({ position }: Follower, size: number): StoredEvent[] {
    this.letGo();
    const [first] = this.events;
    if (!first || size > PAGE || position + 1 < first.position) return [];
    const from = position + 1 - first.position;
    return this.events.slice(from, from + size);
  }

  /** A page as it was read. Whoever reads what lies before what is here is behind, and takes nothing from the others. */
  take(page: readonly StoredEvent[]): void {
    const [first] = page;
    const begins = this.events[0]?.position ?? 0;
    if (!first || page.length > PAGE || first.position < begins) return;
    const end = this.events.at(-1)?.position ?? 0;
    if (first.position > end + 1) this.events = page;
    else this.events = [...this.events, ...page.filter(({ position }) => position > end)].slice(-MOST);
  }

  /** What all of them have had. */
  private letGo(): void {
    const least = Math.min(...Array.from(this.followers, ({ position }) => position));
    const [first] = this.events;
    if (first && first.position <= least) this.events = this.events.slice(least + 1 - first.position);
  }
}
