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

  get position(): number {
    return this.known;
  }

  get awaited(): boolean {
    return this.waiting.size > 0;
  }

  reach(position: number): void {
    this.known = position;
    for (const waiting of this.waiting) if (waiting.position <= position) this.leave(waiting).resolve();
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
    });
  }

  private leave(waiting: Waiting): Waiting {
    clearTimeout(waiting.timer);
    this.waiting.delete(waiting);
    return waiting;
  }
}
