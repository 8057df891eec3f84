import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Account } from './account.js';
import { canRead } from './account.js';
import { codeOf, failureAt, messageOf, PostgresStartError } from './start-error.js';

/** Where the embedded server keeps its things under a data directory. */
export interface Places {
  dataDir: string;
  /** PostgreSQL's own directory. */
  cluster: string;
  /** The launcher's: lock, members, the socket directory's name, what the server said while starting. */
  launcher: string;
  /** The superuser's password, readable by the data directory's owner alone. */
  password: string;
}

/**
 * Names the places and makes those that must exist before a lock can be taken.
 *
 * @throws PostgresStartError `read-only`, `disk-full`
 */
export async function openPlaces(dataDir: string): Promise<Places> {
  const root = resolve(dataDir);
  const places = {
    dataDir: root,
    cluster: join(root, 'postgres'),
    launcher: join(root, 'postgres-launcher'),
    password: join(root, 'postgres-password'),
  };
  try {
    // Root's server runs as somebody else, who must be able to pass through.
    await makeDirectory(root, process.getuid?.() === 0 ? 0o711 : 0o700);
    await makeDirectory(places.launcher, 0o700);
    // A start by root must not shut out the owner's next one.
    const { uid, gid } = await stat(root);
    if (process.getuid?.() === 0) await chown(places.launcher, uid, gid);
  } catch (error) {
    throw failureAt(root, messageOf(error), error);
  }
  return places;
}

/** With those above it. The recursive mkdir of Node calls a read-only disk a missing directory. */
async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) {
      await makeDirectory(dirname(path), mode);
      await mkdir(path, { mode });
    } else if (codeOf(error) !== 'EEXIST') {
      throw error;
    }
  }
}

/** The password, made on first use. */
export async function passwordOf({ password: file, cluster, dataDir }: Places, clusterExists: boolean): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw failureAt(dataDir, messageOf(error), error);
    if (clusterExists) {
      throw new PostgresStartError(
        'password-lost',
        `${file} is missing, and ${cluster} cannot be opened without it. Put it back from a copy of the data directory; nothing was touched.`,
      );
    }
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return password;
}

/** A socket's whole path may take 104 bytes on macOS, 108 on Linux, its end included. */
const LONGEST_SOCKET_DIRECTORY = 103 - '/.s.PGSQL.5432.lock'.length;

/**
 * A short directory for the socket that nobody but the server's user and root can enter. It is kept over restarts, so that
 * whoever is connected finds the next server at the same place.
 */
export async function socketDirectory({ launcher }: Places, account: Account | undefined): Promise<string> {
  const record = join(launcher, 'socket-directory');
  const uid = account?.uid ?? process.getuid?.();
  const known = (await readFile(record, 'utf8').catch(() => '')).trim();
  if (known && (await isPrivate(known, uid))) return known;

  const made = await makeShortDirectory(account);
  await rm(record, { force: true });
  await writeFile(record, `${made}\n`, { mode: 0o644 });
  return made;
}

async function isPrivate(directory: string, uid: number | undefined): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
}

async function makeShortDirectory(account: Account | undefined): Promise<string> {
  let failure: unknown = new Error('every place for temporary files has too long a name or is closed to its user');
  for (const home of [tmpdir(), '/tmp', '/var/tmp', '/dev/shm']) {
    if (Buffer.byteLength(home) + '/cairn-pg-123456'.length > LONGEST_SOCKET_DIRECTORY) continue;
    try {
      if (account && !(await canRead(home, account))) continue;
      const made = await mkdtemp(join(home, 'cairn-pg-'));
      await chmod(made, 0o700);
      if (account) await chown(made, account.uid, account.gid);
      return made;
    } catch (error) {
      failure = error;
    }
  }
  throw failureAt(tmpdir(), `No place for a socket: ${messageOf(failure)}`, failure);
}

/** Removes the socket directory; the next start makes another. */
export async function dropSocketDirectory({ launcher }: Places): Promise<void> {
  const record = join(launcher, 'socket-directory');
  const known = (await readFile(record, 'utf8').catch(() => '')).trim();
  if (/\/cairn-pg-\w{6}$/.test(known)) await rm(known, { recursive: true, force: true }).catch(() => {});
  await rm(record, { force: true });
}
