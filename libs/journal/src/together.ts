import pg, { type ClientBase, type Pool, type QueryArrayResult } from 'pg';
import { parsers } from './cells.js';

/** One of several statements that are sent as one. */
export interface Step {
  readonly text: string;
  /** Arrays in PostgreSQL's binary form. */
  readonly values?: readonly (string | number | Buffer)[];
  /** What a COPY reads, in binary form. */
  readonly rows?: readonly Buffer[];
}

/** What pg's connection does, which its types leave out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: readonly (string | Buffer)[] }): void;
  describe(portal: { type: 'P'; name: string }): void;
  execute(): void;
  sync(): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** By connection and text, the names under which statements are prepared there: PostgreSQL takes longer to plan them than to run them. */
const prepared = new WeakMap<Wire, Map<string, string>>();

/** One plan for however much there is, and one that outlives the days when the tables were small enough to be read from end to end. */
const planned: Step = { text: "select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)", values: [] };

/** All of it goes out in one piece and is answered in one, so that a statement costs little more than what it does. */
class Together extends pg.Query {
  constructor(
    private readonly steps: readonly Step[],
    callback: (error: Error | undefined, answers: unknown) => void,
  ) {
    super({ text: '', rowMode: 'array', types: parsers } as pg.QueryConfig, callback);
    this.submit = (connection) => this.send(connection as unknown as Wire);
  }

  private send(wire: Wire): null {
    wire.stream.cork();
    try {
      for (const { text, values, rows } of this.steps) {
        wire.bind({ statement: values ? nameOn(wire, text) : unnamed(wire, text), values: (values ?? []).map((value) => (typeof value === 'number' ? String(value) : value)) });
        wire.describe({ type: 'P', name: '' });
        wire.execute();
        if (rows) copied(wire, rows);
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
    return null;
  }

  /** The server is ready for what is on its way already; should it not be, it drops it and says why. */
  handleCopyInResponse(): void {}
}

/**
 * Does some statements, all of them or none, in one round trip.
 *
 * @returns what each answered, in their order
 */
export async function together(client: ClientBase, steps: readonly Step[]): Promise<QueryArrayResult<unknown[]>[]> {
  if (steps.length === 0) return [];
  const answers = await new Promise<unknown>((resolve, reject) => void client.query(new Together(steps, (error, all) => (error ? reject(error) : resolve(all)))));
  return [answers].flat() as QueryArrayResult<unknown[]>[];
}

/** The same on a connection of a pool, as one transaction. */
export async function togetherOn(pool: Pool, steps: readonly Step[]): Promise<QueryArrayResult<unknown[]>[]> {
  const client = await pool.connect();
  let failed = true;
  try {
    const [, ...answers] = await together(client, [planned, ...steps]);
    failed = false;
    return answers;
  } finally {
    // What was prepared on a connection is not known once something failed on it.
    client.release(failed);
  }
}

function nameOn(wire: Wire, text: string): string {
  const names = prepared.get(wire) ?? new Map<string, string>();
  prepared.set(wire, names);
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `together ${names.size + 1}`;
  wire.parse({ name, text });
  names.set(text, name);
  return name;
}

function unnamed(wire: Wire, text: string): string {
  wire.parse({ name: '', text });
  return '';
}

/** Before the rows, with no flags and nothing more, and behind them. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);

function copied(wire: Wire, rows: readonly Buffer[]): void {
  wire.sendCopyFromChunk(Buffer.concat([HEADER, ...rows, TRAILER]));
  wire.endCopyFrom();
}
