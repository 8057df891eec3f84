import pg from 'pg';

type Answered = (error: Error | null, result: unknown) => void;
type Query = (query: unknown, values?: unknown, answered?: Answered) => unknown;

/**
 * A client whose answers die young. The promises that `pg` makes itself let every row survive until the whole heap is collected: a fifth of
 * the processor of a service that reads, and what the slowest of its requests waited for.
 */
export class LeanClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const ask = super.query.bind(this) as Query;
    const lean: Query = (query, values, answered) => {
      const isItself = typeof (query as { submit?: unknown } | null)?.submit === 'function';
      if (isItself || typeof values === 'function' || answered) return ask(query, values, answered);
      return new Promise((resolve, reject) => {
        ask(query, values, (error, result) => (error ? reject(error) : resolve(result)));
      });
    };
    this.query = lean as typeof this.query;
  }
}
