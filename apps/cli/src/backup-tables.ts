import { createHash } from 'node:crypto';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { migrations } from '@cairn/assembly/migrations.js';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import type { MigrationClass } from '@cairn/postgres/migrate.js';
import { MIGRATIONS_SCHEMA } from '@cairn/postgres/roles.js';

/** What cannot be made again lies in these schemas. The read models can, and are in no backup. */
export const kept = { record: ['log', 'access', 'process'], keys: ['keyring'] } as const;

/** A table as its archive section has it. */
export interface Table {
  /** With its schema: `log.events`. */
  readonly name: string;
  /** All but generated ones. */
  readonly columns: readonly string[];
  /** Of the primary key: the order of the rows, so that the same rows make the same bytes. */
  readonly key: readonly string[];
  /** The columns the database numbers by itself. */
  readonly numbered: readonly string[];
}

/**
 * Runs `work` in one transaction of the role that owns the tables: as long as it takes, texts written the same on every server.
 *
 * @param mode `read` sees one moment and changes nothing; `write` keeps all or nothing
 */
export async function inOneTransaction<T>(connection: Connection, mode: 'read' | 'write', work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = clientAs(connection, 'cairn_owner', { applicationName: mode === 'read' ? 'cairn backup' : 'cairn restore' });
  await client.connect();
  try {
    await client.query("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set client_encoding = 'UTF8'");
    await client.query(mode === 'read' ? 'begin isolation level repeatable read, read only' : 'begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } finally {
    // Without a commit this takes everything back.
    await client.end().catch(() => undefined);
  }
}

export async function tablesIn(client: pg.Client, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select n.nspname || '.' || c.relname as name,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      coalesce((select array_agg(a.attname::text order by array_position(i.indkey::int[], a.attnum::int)) from pg_index i
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey) where i.indrelid = c.oid and i.indisprimary), '{}') as key,
      coalesce((select array_agg(a.attname::text) from pg_attribute a where a.attrelid = c.oid and a.attidentity <> ''), '{}') as numbered
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any ($1) order by 1`,
    [schemas],
  );
  return rows;
}

/** The names of the migrations that the database has had, oldest first. */
export async function migrationsIn(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`select name from ${MIGRATIONS_SCHEMA}.migrations order by id`);
  return rows.map(({ name }) => name);
}

/** @returns the migrations of these names in order, and the names that this release does not know */
export function migrationsNamed(names: readonly string[]): { migrations: MigrationClass[]; unknown: string[] } {
  const byName = new Map(migrations.map((migration) => [new migration().name ?? migration.name, migration]));
  return { migrations: [...byName].flatMap(([name, migration]) => (names.includes(name) ? [migration] : [])), unknown: names.filter((name) => !byName.has(name)) };
}

export async function countOf(client: pg.Client, { name }: Table): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${name}`);
  return Number(rows[0]?.count);
}

/** COPY's text: a line a row, tabs between values. */
export function contentOf(client: pg.Client, { name, columns, key }: Table): AsyncIterable<Buffer> {
  const order = key.length > 0 ? key : columns;
  return client.query(copyTo(`copy (select ${columns.join(', ')} from ${name} order by ${order.join(', ')}) to stdout`)) as AsyncIterable<Buffer>;
}

export async function hashOf(client: pg.Client, table: Table): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of contentOf(client, table)) hash.update(piece);
  return hash.digest('hex');
}

/** Where COPY's text goes to become rows. */
export function rowsInto(client: pg.Client, name: string, columns: readonly string[]) {
  return client.query(copyFrom(`copy ${name} (${columns.join(', ')}) from stdin`));
}
