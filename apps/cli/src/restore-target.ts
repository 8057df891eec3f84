import { readdir } from 'node:fs/promises';
import type { Config } from '@cairn/assembly/config.js';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { exits, Failure } from './failure.js';

const next = 'Name a directory that is empty or not there yet with CAIRN_DATA_DIR. Nothing was touched.';

/** @throws Failure when the embedded server's data directory holds anything at all */
export async function refuseUsedDirectory({ databaseUrl, dataDir }: Config): Promise<void> {
  if (databaseUrl !== undefined) return;
  let found: string[];
  try {
    found = await readdir(dataDir);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return;
    throw new Failure(exits.unusable, `${dataDir} cannot be used (${code ?? 'unknown reason'}).`, next);
  }
  if (found.length > 0) throw new Failure(exits.unusable, `${dataDir} is not empty: it holds ${found.slice(0, 5).join(', ')}${found.length > 5 ? ' and more' : ''}.`, next);
}

/** @throws Failure when the database has any schema of a record */
export async function refuseRecordIn(connection: Connection, place: string): Promise<void> {
  const { rows } = await signedIn(connection, (client) =>
    client.query<{ name: string }>("select nspname as name from pg_namespace where nspname in ('cairn', 'log', 'keyring', 'access', 'read') order by 1"),
  );
  if (rows.length > 0)
    throw new Failure(exits.unusable, `There is a record in ${place} already, or the beginning of one (its schemas ${rows.map(({ name }) => name).join(', ')}).`, 'Make an empty database and name it in DATABASE_URL. Nothing was touched.');
}
