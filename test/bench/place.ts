import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';

/** Where databases are made. */
export interface Databases {
  /** A new, empty database. */
  database(name: string): Promise<Connection>;
}

export function databasesOn(connection: Connection): Databases {
  return {
    database: async (name) => {
      await signedIn(connection, (client) => client.query(`create database ${name}`));
      return { ...connection, database: name };
    },
  };
}

/** The one embedded server on which everything is measured. */
export interface Place extends Databases {
  readonly dataDir: string;
  /** Of the server, to whichever database. */
  readonly connection: Connection;
  /** The server's process. */
  readonly pid: number;
  readonly durability: { readonly version: string; readonly fsync: string; readonly synchronousCommit: string; readonly fullPageWrites: string };
  /**
   * Vacuums and analyses all that was written so far, and brings it to the disk: what the server would do about it by and by, for a tenth of a
   * second every few seconds in which nobody commits, it then does not do while something else is timed.
   */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Of the 60 that the embedded server allows, what one contender may take. */
export const CONNECTIONS = 48;

/** As many as there may be between two checkpoints. */
const WAL_FILES = 32;

/** @throws Error when the server could lose what it acknowledged */
export async function openPlace(): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
  const server = await startEmbedded({ dataDir });
  const setting = async (client: pg.Client, name: string) => (await client.query<Record<string, string>>(`show ${name}`)).rows[0]?.[name] ?? '';
  const durability = await signedIn(server.connection, async (client) => ({
    version: await setting(client, 'server_version'),
    fsync: await setting(client, 'fsync'),
    synchronousCommit: await setting(client, 'synchronous_commit'),
    fullPageWrites: await setting(client, 'full_page_writes'),
  }));
  if (durability.fsync !== 'on' || durability.synchronousCommit !== 'on') throw new Error(`The server runs with fsync ${durability.fsync} and synchronous_commit ${durability.synchronousCommit}; figures without both on are worth nothing.`);
  await signedIn(server.connection, layUpWal);
  return {
    dataDir,
    pid: server.pid,
    durability,
    connection: server.connection,
    ...databasesOn(server.connection),
    settle: async () => {
      const names = await signedIn(server.connection, async (client) => (await client.query<{ datname: string }>('select datname from pg_database where datallowconn')).rows.map(({ datname }) => datname));
      for (const database of names) await signedIn({ ...server.connection, database }, (client) => client.query('vacuum analyze'));
      await signedIn(server.connection, (client) => client.query('checkpoint'));
    },
    close: async () => {
      await server.release();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * A server that has run for a while writes its log into files that it has used before. To make one takes it 17 milliseconds, in which nobody
 * commits, for every 16 MB: of a new server that met whoever wrote most.
 */
async function layUpWal(client: pg.Client): Promise<void> {
  for (let file = 0; file < WAL_FILES; file++) await client.query(`select pg_logical_emit_message(false, 'bench', ''), pg_switch_wal()`);
  await client.query('checkpoint');
}

/** For what takes no connection but a URL. */
export function urlOf({ host, port, user, password = '', database }: Connection): string {
  return `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}
