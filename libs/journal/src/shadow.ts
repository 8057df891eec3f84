import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import { nameOf, quoted } from './cells.js';
import { ReadModels, type ReadModelsOptions } from './read-models.js';

const BATCH = 5000;
/** Of this database, as all numbers of advisory locks are: 'cairn', shadows; the schema's own number beside it. */
const LOCK = 0x6361_6973;

/**
 * Read models folded from the log into a schema of their own, as far as they are wanted, beside those that are read. Nothing that keeps,
 * rebuilds or reads the others is in the way. The schema goes with `drop`, or with the next shadow where its process died.
 */
export class Shadow {
  private position = 0;

  private constructor(
    /** Of cairn_owner; it may read the tables and make others beside them. */
    readonly owner: Client,
    readonly schema: string,
    private readonly models: ReadModels,
    private readonly given: ReadModelsOptions,
  ) {}

  static async make(connection: Connection, given: Omit<ReadModelsOptions, 'schema' | 'logs'>): Promise<Shadow> {
    const owner = clientAs(connection, 'cairn_owner', { applicationName: 'cairn shadow' });
    await owner.connect();
    try {
      await owner.query("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'");
      await dropLeft(owner);
      const schema = `shadow_${randomBytes(8).toString('hex')}`;
      await owner.query('select pg_advisory_lock($1, hashtext($2))', [LOCK, schema]);
      await makeTables(owner, schema, given);
      const options = { ...given, logs: [], schema };
      return new Shadow(owner, schema, new ReadModels(options), options);
    } catch (error) {
      await owner.end().catch(() => {});
      throw error;
    }
  }

  /**
   * Folds on, through the entry at this position.
   *
   * @throws RangeError when it has been passed already
   * @throws UnreadableEvent, SealBroken, FoldFailed at what cannot be read or folded
   */
  async foldTo(position: number, onProgress: (done: number, total: number) => void = () => {}): Promise<void> {
    if (position < this.position) throw new RangeError('A shadow folds forwards only.');
    const done = new AbortController();
    try {
      if (position > this.position)
        for await (const batch of this.given.journal.follow(this.position, { signal: done.signal, batch: BATCH })) {
          const wanted = batch.filter((entry) => entry.position <= position);
          await this.models.foldAhead(wanted, this.position, done.signal);
          this.position = wanted.at(-1)?.position ?? this.position;
          onProgress(this.position, position);
          if ((batch.at(-1)?.position ?? 0) >= position) break;
        }
      await this.models.written();
    } finally {
      done.abort();
    }
  }

  async drop(): Promise<void> {
    await this.owner.query(`drop schema if exists ${quoted(this.schema)} cascade`).catch(() => {});
    await this.owner.end().catch(() => {});
  }
}

/** Of the shape of those that are read, but nothing a crash would have to bring back. */
async function makeTables(owner: Client, schema: string, { models, dataSource }: ReadModelsOptions): Promise<void> {
  const names = models.map(({ row }) => [nameOf(dataSource.getMetadata(row), schema), nameOf(dataSource.getMetadata(row))] as const);
  const kept = ['checkpoint', 'merges'].map((name) => [`${quoted(schema)}.${name}`, `read.${name}`] as const);
  const tables = [...kept, ...names];
  await owner.query(`
    create schema ${quoted(schema)};
    revoke all on schema ${quoted(schema)} from public;
    grant usage on schema ${quoted(schema)} to cairn_service;
    ${tables.map(([name, like]) => `create unlogged table ${name} (like ${like} including all);`).join('\n')}
    insert into ${quoted(schema)}.checkpoint (position) values (0);
    grant select, insert, update, delete on all tables in schema ${quoted(schema)} to cairn_service`);
}

/** Those whose process died hold no lock any more. */
async function dropLeft(owner: Client): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(`select nspname as name from pg_namespace where nspname ~ '^shadow_[0-9a-f]{16}$'`);
  for (const { name } of rows) {
    const left = await owner.query<{ free: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as free', [LOCK, name]);
    if (!left.rows[0]?.free) continue;
    await owner.query(`drop schema if exists ${quoted(name)} cascade`);
    await owner.query('select pg_advisory_unlock($1, hashtext($2))', [LOCK, name]);
  }
}
