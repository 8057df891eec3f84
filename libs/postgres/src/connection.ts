import pg from 'pg';
import { LeanClient } from './lean-client.js';
import { messageOf, PostgresStartError } from './start-error.js';

/** Where a database is and who signs in to it; `pg` takes it as it is. `host` may be a socket directory. */
export interface Connection {
  host: string;
  port: number;
  user: string;
  password?: string;
  database: string;
  ssl?: NonNullable<pg.ClientConfig['ssl']>;
}

/** The owner makes and alters tables, the service works with them, the keyring alone reads keys, analysts read the schema made for them. None can sign in by itself. */
export type DatabaseRole = 'cairn_owner' | 'cairn_service' | 'cairn_keyring' | 'cairn_analyst';

export const DATABASE_ROLES: readonly DatabaseRole[] = ['cairn_owner', 'cairn_service', 'cairn_keyring', 'cairn_analyst'];

/**
 * Reads a `postgres://user:password@host:port/database?sslmode=…` URL, a socket directory as `?host=/path` included.
 *
 * @throws PostgresStartError `bad-url`; the message never repeats the password
 */
export function connectionFromUrl(url: string): Connection {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw badUrl('it does not begin with postgres://');
  const client = parsed(url);
  if (!client.user) throw badUrl('it names no user');
  if (!client.database) throw badUrl('it names no database');
  const { host, port, user, database, password, ssl } = client;
  return { host, port, user, database, ...(password ? { password } : {}), ...(ssl ? { ssl } : {}) };
}

function parsed(url: string): pg.Client {
  try {
    return new pg.Client({ connectionString: url });
  } catch (error) {
    throw badUrl(messageOf(error).replaceAll(url, 'the URL'));
  }
}

function badUrl(reason: string): PostgresStartError {
  return new PostgresStartError(
    'bad-url',
    `DATABASE_URL cannot be used: ${reason}. Write it as postgres://user:password@host:5432/database.`,
  );
}

const CONNECT_TIMEOUT_MS = 10_000;

/** The server ends what hangs; a client that gave up on a query by itself would leave a pipeline out of step. */
const SERVER_TIMEOUTS = '-c statement_timeout=60s -c lock_timeout=20s -c idle_in_transaction_session_timeout=60s';

const PLANNED_ONCE = ' -c plan_cache_mode=force_generic_plan -c enable_seqscan=off';

export interface SessionOptions {
  applicationName?: string;
  /** Send queries without waiting for the answers of those before. */
  pipeline?: boolean;
  /**
   * For few statements that are asked again and again: each that has a name is planned once, and by indexes, so that its plan outlives the
   * days when the tables were small. Left to itself the server plans anew whatever it believes to be cheaper with the values at hand, which
   * takes longer than to run it.
   */
  plannedOnce?: boolean;
}

function sessionAs(connection: Connection, role: DatabaseRole, { applicationName, pipeline, plannedOnce = false }: SessionOptions): pg.ClientConfig {
  return {
    ...connection,
    options: `-c role=${role} ${SERVER_TIMEOUTS}${plannedOnce ? PLANNED_ONCE : ''}`,
    application_name: applicationName ?? 'cairn',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(pipeline === undefined ? {} : { pipeline }),
  };
}

/**
 * A pool whose every session runs as `role` from its first statement. A server that goes away fails the queries under way and
 * nothing else: the next query connects again.
 */
export function poolAs(
  connection: Connection,
  role: DatabaseRole,
  { max = 10, ...session }: SessionOptions & { max?: number } = {},
): pg.Pool {
  const pool = new pg.Pool({ ...sessionAs(connection, role, session), max, Client: LeanClient });
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** One connection, not yet opened, that runs as `role`. Its loss fails its queries and emits `end`. */
export function clientAs(connection: Connection, role: DatabaseRole, session: SessionOptions = {}): pg.Client {
  const client = new LeanClient(sessionAs(connection, role, session));
  client.on('error', () => {});
  return client;
}

/** Opens one connection as the user who signs in, hands it over, closes it. No statement timeout: migrations may take long. */
export async function signedIn<T>(connection: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection, application_name: 'cairn start', connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
