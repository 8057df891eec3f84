interface Waiting<Question, Answer> {
  readonly question: Question;
  readonly answered: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}

export interface GatherBounds {
  /** Askings under way at a time. */
  readonly atOnce: number;
  /** Questions that share one asking. */
  readonly together: number;
}

/**
 * Answers many questions with few askings: those that come in one turn of the event loop, or while all askings that may be are under way,
 * share the next one. An answer is therefore never older than its question, and a lone question waits for nobody.
 */
export class Gather<Question, Answer> {
  private waiting: Waiting<Question, Answer>[] = [];
  private underWay = 0;
  private isDue = false;

  /** @param ask answers all questions in their order; what it throws, all who shared it get */
  constructor(
    private readonly ask: (questions: Question[]) => Promise<readonly Answer[]>,
    private readonly bounds: GatherBounds = { atOnce: 1, together: 256 },
  ) {}

  one(question: Question): Promise<Answer> {
    return new Promise((answered, failed) => {
      this.waiting.push({ question, answered, failed });
      this.soon();
    });
  }

  private soon(): void {
    if (this.isDue || this.underWay >= this.bounds.atOnce) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      while (this.waiting.length > 0 && this.underWay < this.bounds.atOnce) void this.askFor(this.waiting.splice(0, this.bounds.together));
    });
  }

  private async askFor(shared: readonly Waiting<Question, Answer>[]): Promise<void> {
    this.underWay++;
    try {
      const answers = await this.ask(shared.map(({ question }) => question));
      for (const [index, { answered }] of shared.entries()) answered(answers[index] as Answer);
    } catch (error) {
      for (const { failed } of shared) failed(error);
    }
    this.underWay--;
    if (this.waiting.length > 0) this.soon();
  }
}
