/**
 * Answers many single questions with few: those asked in the same turn, or while one is under way, share the next.
 * An answer is therefore never older than its question.
 */
export class Gather<Answer> {
  private waiting = new Map<string, PromiseWithResolvers<Answer | undefined>>();
  private asking = false;

  /** @param ask what it throws, all who shared the question get */
  constructor(private readonly ask: (ids: string[]) => Promise<ReadonlyMap<string, Answer>>) {}

  one(id: string): Promise<Answer | undefined> {
    const waiter = this.waiting.get(id) ?? Promise.withResolvers<Answer | undefined>();
    this.waiting.set(id, waiter);
    if (!this.asking) void this.askAll();
    return waiter.promise;
  }

  private async askAll(): Promise<void> {
    this.asking = true;
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const shared = this.waiting;
      this.waiting = new Map();
      try {
        const answers = await this.ask([...shared.keys()]);
        for (const [id, { resolve }] of shared) resolve(answers.get(id));
      } catch (error) {
        for (const { reject } of shared.values()) reject(error);
      }
    }
    this.asking = false;
  }
}
