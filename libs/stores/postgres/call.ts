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

/** Neither has the server describe the answer nor makes a row of it: for one text both take longer than all else this process does with it. */
class Asked extends pg.Query {
  readonly name: string;
  private answer: string | undefined;

  constructor(
    private readonly call: Call,
    private readonly along: string | undefined,
    private readonly answered: Answered,
  ) {
    super(call.text);
    this.name = call.name;
    this.submit = (connection) => this.send(connection as unknown as Wire);
  }

  private send(wire: Wire): null {
    const { name, text, values } = this.call;
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

  handleDataRow({ fields: [answer] }: { fields: readonly string[] }): void {
    this.answer = answer;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.answered(null, this.answer);
  }

  handleError(error: Error): void {
    this.answered(error);
  }
}

/** @param along the name of a statement, prepared before, that is to be run in the same transaction */
export function ask(client: pg.Client, call: Call, along: string | undefined, answered: Answered): void {
  client.query(new Asked(call, along, answered));
}
