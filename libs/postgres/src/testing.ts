import { createHash, randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { fileURLToPath } from 'node:url';
import { type Connection, type DatabaseRole, poolAs, signedIn } from './connection.js';
import { type PostgresServer, startEmbedded } from './embedded.js';
import { migrate, type MigrationClass } from './migrate.js';
import { ensureRoles } from './roles.js';
import { codeOf } from './start-error.js';

export interface FreshDatabase {
  connection: Connection;
  /** The role's pool, made on first use and closed by `drop`. */
  pool(role: DatabaseRole): pg.Pool;
  server: PostgresServer;
  /** Closes the pools, drops the database and gives up the server. */
  drop(): Promise<void>;
}

/**
 * A new database, migrated, for a spec. All workers of a Jest run share one embedded server in a temporary directory; it ends, and the
 * directory goes, with the run. Databases of the same migrations are copies of one template.
 */
export async function freshDatabase(migrations: readonly MigrationClass[]): Promise<FreshDatabase> {
  const server = await sharedServer();
  const database = `spec_${randomUUID().replaceAll('-', '')}`;
  const connection = { ...server.connection, database };
  await signedIn(server.connection, async (client) => {
    const template = await templateFor(client, server.connection, migrations);
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  });
  // Rights on the database itself are not copied.
  await ensureRoles(connection);

  const pools = new Map<DatabaseRole, pg.Pool>();
  return {
    connection,
    server,
    pool: (role) => {
      const pool = pools.get(role) ?? poolAs(connection, role, { applicationName: 'spec', pipeline: true });
      pools.set(role, pool);
      return pool;
    },
    drop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await signedIn(server.connection, (client) => client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`));
      await server.release();
    },
  };
}

/** The process that stands for the whole run: a worker's parent. A worker that lost its parent is a run by itself. */
function run(): number {
  const isWorker = process.send !== undefined && process.env['JEST_WORKER_ID'] !== undefined && process.ppid > 1;
  return isWorker ? process.ppid : process.pid;
}

async function sharedServer(): Promise<PostgresServer> {
  const dataDir = join(tmpdir(), `cairn-spec-${process.getuid?.() ?? 0}-${run()}`);
  const first = madeHere(dataDir);
  const server = await startEmbedded({ dataDir });
  if (first) keepUntilEnd(dataDir);
  return server;
}

/** Whether it was this call that made the directory: one of all that start at once. */
function madeHere(dataDir: string): boolean {
  try {
    mkdirSync(dataDir, { mode: 0o711 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A process of its own attaches to the server until the run has ended, however it ends, and then clears up. */
function keepUntilEnd(dataDir: string): void {
  const fixtures = fileURLToPath(new URL('../test-fixtures/', import.meta.url));
  const args = ['--import', join(fixtures, 'typescript.mjs'), join(fixtures, 'keeper.mjs'), dataDir, String(run())];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore', env: {} }).unref();
}

const LOCK = 4_727_246_108;

async function templateFor(client: pg.Client, connection: Connection, migrations: readonly MigrationClass[]): Promise<string> {
  const sources = migrations.map((migration) => `${migration.name}\n${migration.toString()}`).join('\n');
  const template = `template_${createHash('sha256').update(sources).digest('hex').slice(0, 24)}`;
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const made = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
  if (!made.rowCount) {
    await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${template}`);
    await migrate({ ...connection, database: template }, migrations);
    await client.query(`ALTER DATABASE ${template} WITH IS_TEMPLATE true`);
  }
  return template;
}
