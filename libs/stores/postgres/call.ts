import pg from 'pg';

/** A call that answers with one text, prepared under a name. */
export interface Call {
  readonly name: string;
  readonly text: string;
  readonly values: (string | Buffer | null)[];
}

type Answered = (error: Error | null, answer?: string) => void;

/** What pg's connection does, which its types leave out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: Call['values'] }): void;
  execute(): void;
  sync(): void;
}

/** To pg's types what a query does when it is sent is no method. */
const Query = pg.Query as unknown as new (text: string) => { name: string };

/**
 * Neither has the server describe the answer nor makes a row of it: for one text both take longer than all else this process does with it.
 * Lets go of what it was given as soon as it can: answered, it outlives the young heap, and what it held would with it.
 */
class Asked extends Query {
  private answer: string | undefined;

  constructor(
    private call: Call | undefined,
    private readonly along: string | undefined,
    private answered: Answered | undefined,
  ) {
    super(call?.text ?? '');
    this.name = call?.name ?? '';
  }

  submit(wire: Wire): null {
    if (!this.call) return null;
    const { name, text, values } = this.call;
    this.call = undefined;
    wire.stream.cork();
    try {
      if (!(wire.parsedStatements[name] ?? wire.submittedNamedStatements[name])) {
        wire.parse({ name, text });
        wire.submittedNamedStatements[name] = text;
      }
      wire.bind({ statement: name, values });
      wire.execute();
      if (this.along !== undefined) {
        wire.bind({ statement: this.along, values: [] });
        wire.execute();
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
    return null;
  }

  /** It holds only when the server is ready again: to commit comes after, and may fail. */
  handleDataRow({ fields: [answer] }: { fields: readonly string[] }): void {
    this.answer = answer;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.settle(null, this.answer);
  }

  handleError(error: Error): void {
    this.settle(error);
  }

  private settle(error: Error | null, answer?: string): void {
    const { answered } = this;
    this.answered = undefined;
    answered?.(error, answer);
  }
}

/** @param along the name of a statement, prepared before, that is to be run in the same transaction */
export function ask(client: pg.Client, call: Call, along: string | undefined, answered: Answered): void {
  client.query(new Asked(call, along, answered) as unknown as pg.Submittable);
}
