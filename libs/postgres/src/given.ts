import { type Connection, connectionFromUrl, signedIn } from './connection.js';
import type { PostgresServer } from './embedded.js';
import { codeOf, messageOf, PostgresStartError, type PostgresStartCode } from './start-error.js';

const OLDEST = 15;

/**
 * The server that DATABASE_URL names, instead of the embedded one: reachable, version 15 or newer, taking writes, in UTF-8.
 * Releasing it leaves it as it is.
 *
 * @throws PostgresStartError `bad-url`, `unreachable`, `sign-in-refused`, `no-database`, `too-old`, `unsuitable`; never showing the password
 */
export async function useGiven(url: string): Promise<PostgresServer> {
  const connection = connectionFromUrl(url);
  const { version, standby, encoding } = await askAbout(connection);
  const place = placeOf(connection);
  if (Math.floor(version / 10_000) < OLDEST) {
    throw new PostgresStartError(
      'too-old',
      `${place} runs PostgreSQL ${Math.floor(version / 10_000)}; version ${OLDEST} or newer is needed. Upgrade it, or leave DATABASE_URL out to use the embedded one.`,
    );
  }
  if (standby) {
    throw new PostgresStartError('unsuitable', `${place} is a standby that takes no writes. Let DATABASE_URL name the primary server.`);
  }
  if (encoding !== 'UTF8') {
    throw new PostgresStartError('unsuitable', `The database of ${place} is encoded in ${encoding}. Make one with ENCODING 'UTF8' and name it in DATABASE_URL.`);
  }
  return { connection, pid: 0, release: async () => {} };
}

async function askAbout(connection: Connection): Promise<{ version: number; standby: boolean; encoding: string }> {
  try {
    return await signedIn(connection, async (client) => {
      const { rows } = await client.query<{ version: number; standby: boolean; encoding: string }>(
        `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
                current_setting('server_encoding') AS encoding`,
      );
      const [row] = rows;
      if (!row) throw new Error('it answered nothing');
      return row;
    });
  } catch (error) {
    throw notConnected(connection, error);
  }
}

/** Names where it is and who signs in, without the password. */
const placeOf = ({ host, port, user, database }: Connection): string => `${host}:${port} (database ${database}, user ${user})`;

function notConnected(connection: Connection, error: unknown): PostgresStartError {
  const [code, next] = reasonOf(codeOf(error));
  return new PostgresStartError(code, `DATABASE_URL: no connection to ${placeOf(connection)}: ${whyOf(error)}. ${next}`, { cause: error });
}

/** A name with several addresses fails with one error for each and no message of its own. */
function whyOf(error: unknown): string {
  const first = typeof error === 'object' && error && 'errors' in error && Array.isArray(error.errors) ? (error.errors[0] as unknown) : undefined;
  return messageOf(error) || messageOf(first);
}

function reasonOf(code: string): [PostgresStartCode, string] {
  if (['28P01', '28000', '42501'].includes(code)) return ['sign-in-refused', 'Check the user and the password, and that pg_hba.conf lets them in.'];
  if (code === '3D000') return ['no-database', 'Make the database on that server, or name another one.'];
  return ['unreachable', 'Check host, port and TLS, and that the server runs.'];
}
