import { mkdir } from 'node:fs/promises';
import { startEmbedded, type PostgresServer } from '@cairn/postgres/embedded.js';
import { useGiven } from '@cairn/postgres/given.js';
import type { Config } from './config.js';

/**
 * The server of this configuration, embedded or given; nothing in it is changed.
 *
 * @param atWork called once a program of PostgreSQL runs and there is nothing to do but to wait for it
 */
export async function openServer({ dataDir, databaseUrl }: Pick<Config, 'dataDir' | 'databaseUrl'>, log: (message: string) => void = () => {}, atWork: () => void = () => {}): Promise<PostgresServer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return databaseUrl === undefined ? startEmbedded({ dataDir, log, atWork }) : useGiven(databaseUrl);
}
