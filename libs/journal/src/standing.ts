/** The models have not come so far in the time allowed; they may a moment later. */
export class NotCaughtUp extends Error {
  constructor() {
    super('What you wrote is recorded, but does not show in this view yet. Ask again shortly.');
  }
}

interface Waiting {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Where the read models stand in the log, and who waits for them to come further. */
export class Standing {
  private readonly waiting = new Set<Waiting>();
  private known = 0;
  private waker: (() => void) | undefined;

  get position(): number {
    return this.known;
  }

  get awaited(): boolean {
    return this.waiting.size > 0;
  }

  /** The position that all who wait are waiting for at most; 0 when nobody does. */
  get furthest(): number {
    return Math.max(0, ...Array.from(this.waiting, ({ position }) => position));
  }

  reach(position: number): void {
    this.known = position;
    for (const waiting of this.waiting) if (waiting.position <= position) this.leave(waiting).resolve();
  }

  /** So many milliseconds, less as soon as anyone waits or `wake` is called. */
  async rest(ms: number): Promise<void> {
    if (this.awaited) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.waker = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.waker?.();
  }

  /** Tells everyone who waits that it is of no use. */
  giveUp(error: Error): void {
    for (const waiting of this.waiting) this.leave(waiting).reject(error);
  }

  /** @throws NotCaughtUp after so many milliseconds */
  wait(position: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.leave(waiting).reject(new NotCaughtUp()), timeoutMs);
      const waiting: Waiting = { position, resolve, reject, timer };
      this.waiting.add(waiting);
      this.wake();
    });
  }

  private leave(waiting: Waiting): Waiting {
    clearTimeout(waiting.timer);
    this.waiting.delete(waiting);
    return waiting;
  }
}
