import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedIn } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';

/** A directory of the spec's own, and names in it that nothing has yet. */
export async function ownDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-places-'));
  return { at: (name: string = randomUUID()) => join(directory, name), remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The embedded server of a data directory, kept running until `release`, whether a service uses it or not. */
export async function databaseOf(dataDir: string) {
  const server = await startEmbedded({ dataDir });
  const ask = <R extends object>(query: string): Promise<R[]> => signedIn(server.connection, async (client) => (await client.query<R>(query)).rows);
  return { ask, release: () => server.release() };
}

/** Asks it once. */
export async function ask<R extends object>(dataDir: string, query: string): Promise<R[]> {
  const database = await databaseOf(dataDir);
  try {
    return await database.ask<R>(query);
  } finally {
    await database.release();
  }
}

/** Another, empty database on the embedded server that a running service uses, as DATABASE_URL would name it. */
export async function databaseBeside(dataDir: string): Promise<string> {
  const name = `beside_${randomUUID().slice(0, 8)}`;
  await ask(dataDir, `create database ${name}`);
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim();
  const socket = (await readFile(join(dataDir, 'postgres-launcher', 'socket-directory'), 'utf8')).trim();
  return `postgres://cairn:${password}@localhost/${name}?host=${encodeURIComponent(socket)}`;
}
