import { serverAccount } from './account.js';
import { findBinaries, readableBy } from './binaries.js';
import { clusterExists, makeCluster } from './cluster.js';
import { type Connection, signedIn } from './connection.js';
import { dropSocketDirectory, openPlaces, passwordOf, type Places, socketDirectory } from './data-directory.js';
import { locked } from './lock.js';
import { enter, leave } from './members.js';
import { stopPostmaster } from './postmaster.js';
import { runningServer, startServer } from './server-process.js';
import { DATABASE, SOCKET_PORT, SUPERUSER } from './settings.js';
import { codeOf, failureAt, messageOf, PostgresStartError } from './start-error.js';

/** A database server in use. */
export interface PostgresServer {
  readonly connection: Connection;
  /** The server's process, 0 when it is not on this machine or not ours. */
  readonly pid: number;
  /** Gives it up; the last one out stops an embedded server. Again is nothing. */
  release(): Promise<void>;
}

/**
 * Starts the PostgreSQL that came with npm in `<dataDir>/postgres`, or attaches to it when it runs already. It is reachable through
 * a private socket only. It goes on while any process uses it, a killed one not counting, and outlives the terminal's Ctrl-C.
 *
 * @throws PostgresStartError
 */
export async function startEmbedded({
  dataDir,
  log = () => {},
}: {
  dataDir: string;
  log?: (message: string) => void;
}): Promise<PostgresServer> {
  const found = await findBinaries();
  const places = await openPlaces(dataDir);
  return explained(places, () =>
    locked(places.launcher, async () => {
      const account = await serverAccount(places.cluster);
      const exists = await clusterExists(places, found);
      const password = await passwordOf(places, exists);
      let server = exists ? await runningServer(places) : undefined;
      if (!server) {
        const binaries = await readableBy(account, found);
        const directory = await socketDirectory(places, account);
        if (!exists) {
          log(`Making a PostgreSQL cluster in ${places.cluster}`);
          await makeCluster(places, { binaries, account, password, privateDirectory: directory });
        }
        server = { pid: await startServer({ places, binaries, account, socketDirectory: directory, log }), socketDirectory: directory };
        log(`PostgreSQL ${binaries.version} runs in ${places.cluster} as process ${server.pid}`);
      }
      const connection = { host: server.socketDirectory, port: SOCKET_PORT, user: SUPERUSER, password, database: DATABASE };
      await haveDatabase(connection, places);
      return membership(places, connection, server.pid, await enter(places.launcher));
    }),
  );
}

function membership(places: Places, connection: Connection, pid: number, member: string): PostgresServer {
  let leaving: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await locked(places.launcher, async () => {
      if (await leave(places.launcher, member)) return;
      const server = await runningServer(places);
      if (server) await stopPostmaster(server.pid);
      await dropSocketDirectory(places);
    });
  };
  return { connection, pid, release: () => (leaving ??= release()) };
}

async function haveDatabase(connection: Connection, places: Places): Promise<void> {
  try {
    await signedIn(connection, async () => {});
  } catch (error) {
    if (codeOf(error) === '28P01') {
      throw new PostgresStartError(
        'password-lost',
        `${places.password} does not hold the password of ${places.cluster}. Put it back from a copy of the data directory; nothing was touched.`,
        { cause: error },
      );
    }
    if (codeOf(error) !== '3D000') throw error;
    await signedIn({ ...connection, database: 'postgres' }, (client) => client.query(`CREATE DATABASE ${connection.database}`));
  }
}

async function explained<T>({ dataDir }: Places, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PostgresStartError ? error : failureAt(dataDir, messageOf(error), error);
  }
}
