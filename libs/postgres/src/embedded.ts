import { setTimeout as pause } from 'node:timers/promises';
import { serverAccount } from './account.js';
import { type Binaries, findBinaries, readableBy } from './binaries.js';
import { clusterExists, makeCluster } from './cluster.js';
import { type Connection, signedIn } from './connection.js';
import { dropSocketDirectory, openPlaces, passwordOf, type Places, socketDirectory } from './data-directory.js';
import { locked } from './lock.js';
import { enter, leave } from './members.js';
import { stopPostmaster } from './postmaster.js';
import { runningServer, startServer } from './server-process.js';
import { DATABASE, SOCKET_PORT, SUPERUSER } from './settings.js';
import { codeOf, failureAt, messageOf, PostgresStartError } from './start-error.js';
import { watchOver } from './watch.js';

/** A database server in use. */
export interface PostgresServer {
  readonly connection: Connection;
  /** The server's process, another one after it had to be started again; 0 when it is not ours. */
  readonly pid: number;
  /** Gives it up; the last one out stops an embedded server. Again is nothing. */
  release(): Promise<void>;
}

interface Launch {
  places: Places;
  found: Binaries;
  log: (message: string) => void;
  atWork: () => void;
}

/**
 * Starts the PostgreSQL that came with npm in `<dataDir>/postgres`, or attaches to it when it runs already. It is reachable through
 * a private socket only, outlives the terminal's Ctrl-C, goes on while any living process uses it, and is started again, at the same
 * socket, should it die meanwhile.
 *
 * @param atWork called whenever a program of PostgreSQL runs and is waited for
 * @throws PostgresStartError
 */
export async function startEmbedded({
  dataDir,
  log = () => {},
  atWork = () => {},
}: {
  dataDir: string;
  log?: (message: string) => void;
  atWork?: () => void;
}): Promise<PostgresServer> {
  const launch = { found: await findBinaries(), places: await openPlaces(dataDir), log, atWork };
  return explained(launch.places, () =>
    locked(launch.places.launcher, async () => {
      for (let attempt = 1; ; attempt++) {
        const { pid, connection, began } = await attachOrStart(launch);
        try {
          await haveDatabase(connection, launch.places);
          return membership(launch, connection, pid, await enter(launch.places.launcher));
        } catch (error) {
          if (began) await stopPostmaster(pid);
          if (began || !DOES_NOT_ANSWER.includes(codeOf(error))) throw error;
          // What runs may be dying of a kill.
          if (attempt === 30) throw silent(launch.places, pid, error);
          await pause(100);
        }
      }
    }),
  );
}

const DOES_NOT_ANSWER = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03'];

function silent({ cluster }: Places, pid: number, cause: unknown): PostgresStartError {
  return new PostgresStartError(
    'did-not-start',
    `PostgreSQL runs in ${cluster} as process ${pid}, but does not answer at its socket (${messageOf(cause)}). End it with kill -INT ${pid}, then start again.`,
    { cause },
  );
}

/** Called under the lock. `began` says that no server ran. */
async function attachOrStart({ places, found, log, atWork }: Launch): Promise<{ pid: number; connection: Connection; began: boolean }> {
  const account = await serverAccount(places.cluster);
  const exists = await clusterExists(places, found);
  const password = await passwordOf(places, exists);
  const at = (host: string): Connection => ({ host, port: SOCKET_PORT, user: SUPERUSER, password, database: DATABASE });

  const running = exists ? await runningServer(places) : undefined;
  if (running) return { pid: running.pid, connection: at(running.socketDirectory), began: false };

  const binaries = await readableBy(account, found);
  if (binaries !== found) log(`PostgreSQL's programs are read from ${binaries.directory}, as its user cannot read ${found.directory}`);
  const directory = await socketDirectory(places, account);
  if (!exists) {
    log(`Making a PostgreSQL cluster in ${places.cluster}`);
    await makeCluster(places, { binaries, account, password, privateDirectory: directory, atWork });
  }
  const pid = await startServer({ places, binaries, account, socketDirectory: directory, log, atWork });
  log(`PostgreSQL ${binaries.version} runs in ${places.cluster} as process ${pid}`);
  return { pid, connection: at(directory), began: true };
}

function membership(launch: Launch, connection: Connection, firstPid: number, member: string): PostgresServer {
  const { places, log } = launch;
  let pid = firstPid;
  let leaving: Promise<void> | undefined;

  const again = (): Promise<number> =>
    locked(places.launcher, async () => {
      // A cluster that was taken away is not made anew under its users.
      if (!leaving && (await clusterExists(places, launch.found))) ({ pid } = await attachOrStart(launch));
      return pid;
    });
  const stopWatching = watchOver(pid, again, log);

  const release = async (): Promise<void> => {
    stopWatching();
    await locked(places.launcher, async () => {
      if (await leave(places.launcher, member)) return;
      const server = await runningServer(places);
      if (server) await stopPostmaster(server.pid);
      await dropSocketDirectory(places);
    });
  };
  return {
    connection,
    get pid() {
      return pid;
    },
    release: () => (leaving ??= release()),
  };
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
