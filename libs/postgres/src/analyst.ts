import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { type Connection, DATABASE_ROLES, signedIn } from './connection.js';
import { tolerant } from './roles.js';
import { codeOf } from './start-error.js';

export const ANALYST = 'cairn_analyst';

/** Where the embedded server's analysts find the password of their role; its owner alone can read it. */
export const analystPasswordFile = (dataDir: string): string => join(dataDir, 'analyst-password');

/**
 * Lets analysts sign in to an embedded server as `cairn_analyst`, with a password made on the first start, to read and nothing else.
 * What every role of PostgreSQL may ask of its catalogue is taken from them where it tells of tables they may not read: how many rows
 * these have, when they grow, who waits for whom.
 *
 * @param connection as the server's superuser
 */
export async function admitAnalysts(connection: Connection, dataDir: string): Promise<void> {
  const password = await passwordIn(analystPasswordFile(dataDir));
  await signedIn(connection, async (client) => {
    await tolerant(client, `ALTER ROLE ${ANALYST} LOGIN CONNECTION LIMIT 10 PASSWORD ${pg.escapeLiteral(password)}`);
    for (const [setting, value] of settings) await tolerant(client, `ALTER ROLE ${ANALYST} SET ${setting} = ${pg.escapeLiteral(value)}`);
    // From another database of the server the same could be asked.
    for (const database of ['postgres', 'template1']) await tolerant(client, `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    const open = await client.query(`SELECT FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ $1 AND has_function_privilege($2, oid, 'EXECUTE') LIMIT 1`, [telling, ANALYST]);
    if (open.rowCount) await tolerant(client, WALLS);
  });
}

/** An analyst may change them; what may not be changed is what the role was granted. */
const settings: readonly (readonly [string, string])[] = [
  ['default_transaction_read_only', 'on'],
  ['statement_timeout', '5min'],
  ['idle_in_transaction_session_timeout', '10min'],
  ['temp_file_limit', '2GB'],
  ['search_path', 'analysis'],
];

/** Functions that tell of other tables and sessions, hold locks the service waits for, or write beside the tables. */
const telling = '^(pg_stat_|pg_relation_(size|file)|pg_(table|total_relation|indexes|database|tablespace)_size|pg_lock|pg_(try_)?advisory|pg_blocking|pg_safe_snapshot|pg_current_wal|pg_wal_|pg_last_|pg_control_|pg_filenode|pg_sequence_last_value|pg_get_(replication|multixact|wal|shmem|backend)|pg_prepared_xact|pg_(current_)?xact_|pg_current_(xact|snapshot)|pg_export_snapshot|pg_notif|pg_notify|pg_show_|txid_|lo_|lowrite|loread|be_lo)';

const OWN_ROLES = DATABASE_ROLES.filter((role) => role !== ANALYST).join(', ');

const WALLS = `
  DO $walls$
  DECLARE f regprocedure; columns text;
  BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND proname ~ '${telling}' LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO ${OWN_ROLES}', f);
    END LOOP;
    SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
      WHERE attrelid = 'pg_class'::regclass AND attnum > 0 AND attname NOT IN ('reltuples', 'relpages', 'relallvisible', 'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode');
    REVOKE SELECT ON pg_class FROM PUBLIC;
    EXECUTE format('GRANT SELECT (%s) ON pg_class TO PUBLIC', columns);
    GRANT SELECT ON pg_class TO ${OWN_ROLES};
  END $walls$`;

async function passwordIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return password;
}
