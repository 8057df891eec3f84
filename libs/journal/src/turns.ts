/** Somebody's turn on a stream. */
export interface Turn {
  readonly stream: string;
  /** Lets the next go on already: for whoever finds that they are in nobody's way. */
  leave(): void;
}

/** Lets those who want the same stream go one after the other: side by side all but one would lose the race, again and again. */
export class Turns {
  private readonly last = new Map<string, Promise<undefined>>();

  /** Whether somebody has their turn on a stream, or waits for it. */
  isWanted(stream: string): boolean {
    return this.last.has(stream);
  }

  async take<T>(stream: string, work: (turn: Turn) => Promise<T>): Promise<T> {
    const before = this.last.get(stream);
    const { promise: mine, resolve: done } = Promise.withResolvers<undefined>();
    this.last.set(stream, mine);
    const leave = () => {
      if (this.last.get(stream) === mine) this.last.delete(stream);
      done(undefined);
    };
    try {
      await before;
      return await work({ stream, leave });
    } finally {
      leave();
    }
  }
}
