import type pg from 'pg';
import type { Logger, MigrationInterface } from 'typeorm';
import { type Connection, signedIn } from './connection.js';
import { ensureRoles, MIGRATIONS_SCHEMA } from './roles.js';
import { messageOf, PostgresStartError } from './start-error.js';

/** A TypeORM migration. Its name ends in the 13 digits of the moment it was written, which give the order. */
export type MigrationClass = new () => MigrationInterface;

/** Any number that no other program uses for an advisory lock. */
const LOCK = 4_727_246_107;

/**
 * Brings the database up to date as `cairn_owner`, each migration in its own transaction. Services that start at once wait for each
 * other, and only the first has work to do.
 *
 * @throws PostgresStartError `migrations-newer` when the database was written by a newer release, `migration-failed`, `roles-refused`
 */
export async function migrate(connection: Connection, migrations: readonly MigrationClass[]): Promise<void> {
  await signedIn(connection, async (client) => {
    // Held by this session, so the lock of a process that dies is free again.
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await ensureRoles(connection);
    const recorded = await recordedIn(client);
    const known = migrations.map(nameOf);
    refuseNewer(connection, recorded, known);
    if (known.some((name) => !recorded.includes(name))) await run(connection, migrations);
  });
}

async function recordedIn(client: pg.Client): Promise<string[]> {
  const table = `${MIGRATIONS_SCHEMA}.migrations`;
  await client.query('SET ROLE cairn_owner');
  const present = await client.query<{ present: boolean }>('SELECT to_regclass($1) IS NOT NULL AS present', [table]);
  if (!present.rows[0]?.present) return [];
  const rows = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
  return rows.rows.map(({ name }) => name);
}

const nameOf = (migration: MigrationClass): string => new migration().name ?? migration.name;

function refuseNewer(connection: Connection, recorded: string[], known: string[]): void {
  const unknown = recorded.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new PostgresStartError(
    'migrations-newer',
    `The database ${connection.database} was brought up to ${unknown.join(', ')}, which this release does not know. Start it with the release that did so, or a newer one. Nothing was touched.`,
  );
}

/** A failure is thrown; TypeORM would also print it, in the middle of structured logs. */
const SILENT: Logger = { logQuery() {}, logQueryError() {}, logQuerySlow() {}, logSchemaBuild() {}, logMigration() {}, log() {} };

async function run(connection: Connection, migrations: readonly MigrationClass[]): Promise<void> {
  // Only now: a place that is up to date need not wait until it is loaded.
  const { DataSource } = await import('typeorm');
  const { host, port, user, password, database, ssl } = connection;
  const dataSource = new DataSource({
    type: 'postgres',
    host,
    port,
    username: user,
    database,
    ...(password === undefined ? {} : { password }),
    applicationName: 'cairn migrations',
    schema: MIGRATIONS_SCHEMA,
    migrationsTableName: 'migrations',
    migrations: [...migrations],
    extra: { options: '-c role=cairn_owner', max: 1, ...(ssl === undefined ? {} : { ssl }) },
    poolErrorHandler: () => {},
    logging: false,
    logger: SILENT,
  });
  try {
    await dataSource.initialize();
    await dataSource.runMigrations({ transaction: 'each' });
  } catch (error) {
    throw new PostgresStartError(
      'migration-failed',
      `A migration of the database ${database} failed and was rolled back: ${messageOf(error)}. Those before it stay. Start again after removing the cause.`,
      { cause: error },
    );
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}
