import type { Pool } from 'pg';
import { poolAs } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';

/** A running service's database, as its owner. */
export interface OwnersDatabase {
  readonly pool: Pool;
  close(): Promise<void>;
}

export async function ownersDatabase(dataDir: string): Promise<OwnersDatabase> {
  const server = await startEmbedded({ dataDir: dataDir });
  const pool = poolAs(server.connection, 'cairn_owner', { max: 1 });
  return {
    pool,
    close: async () => {
      await pool.end();
      await server.release();
    },
  };
}

/** From now on everything is recorded at this instant. */
export async function setLogClock({ pool }: OwnersDatabase, instant: string): Promise<void> {
  await pool.query(`create or replace function log.now() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp as 'select timestamptz ''${instant}'''`);
}
