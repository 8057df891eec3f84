import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.js';
import { canRead } from './account.js';
import { type Binaries, majorOf, program } from './binaries.js';
import type { Places } from './data-directory.js';
import { SUPERUSER } from './settings.js';
import { codeOf, failureAt, messageOf, PostgresStartError } from './start-error.js';

/** What PostgreSQL's programs are started with; nothing of ours (PGHOST, PGDATA, …) reaches them. */
export const programEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' });

/**
 * How the server's user names the cluster. Root may keep it below a directory closed to that user; on Linux a program can still
 * stand in it, being put there before it stops being root, and call it by where it stands.
 */
export async function nameFor(account: Account | undefined, directory: string): Promise<string> {
  if (!account || (await canRead(directory, account))) return directory;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new PostgresStartError(
    'not-ours',
    `${directory} lies in a directory that the user who runs PostgreSQL (number ${account.uid}) may not enter. Choose a data directory it can reach, or do not start as root.`,
  );
}

/**
 * Whether the cluster has been made.
 *
 * @throws PostgresStartError `other-version`, `not-a-cluster`, `not-ours` when what lies there cannot be used
 */
export async function clusterExists({ cluster }: Places, binaries: Binaries): Promise<boolean> {
  const version = await versionOf(cluster);
  if (version === undefined) return false;
  if (version !== majorOf(binaries)) {
    throw new PostgresStartError(
      'other-version',
      `${cluster} was made by PostgreSQL ${version}, and this program brings PostgreSQL ${majorOf(binaries)}. Start it with the release that made it, take a backup, and restore that into a new data directory. Nothing was touched.`,
    );
  }
  const { uid } = await stat(cluster);
  const self = process.getuid?.();
  if (self !== undefined && self !== 0 && uid !== self) {
    throw new PostgresStartError('not-ours', `${cluster} belongs to user number ${uid}, you are ${self}. Start as that user, or choose another data directory.`);
  }
  return true;
}

async function versionOf(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(codeOf(error))) {
      throw new PostgresStartError('not-ours', `${cluster} cannot be read by this user. Start as the user it belongs to, or choose another data directory.`);
    }
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw error;
  }
  const content = await readdir(cluster).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw notACluster(cluster);
  });
  if (content.length > 0) throw notACluster(cluster);
  return undefined;
}

function notACluster(cluster: string): PostgresStartError {
  return new PostgresStartError(
    'not-a-cluster',
    `${cluster} is there, but is no PostgreSQL cluster. Move it away, or choose another data directory. Nothing was touched.`,
  );
}

/**
 * Makes the cluster, whole or not at all: it gets its name when it is complete.
 *
 * @throws PostgresStartError `disk-full`, `read-only`, `did-not-start`
 */
export async function makeCluster(
  { cluster, dataDir }: Places,
  { binaries, account, password, privateDirectory, atWork }: { binaries: Binaries; account: Account | undefined; password: string; privateDirectory: string; atWork: () => void },
): Promise<void> {
  // Its own name, as an initdb whose launcher was killed may still be writing to an older one.
  const draft = `${cluster}.new.${randomUUID()}`;
  const passwordFile = join(privateDirectory, 'password');
  try {
    await removeDrafts(cluster);
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) for (const path of [draft, passwordFile]) await chown(path, account.uid, account.gid);
    await initdb(draft, binaries, account, passwordFile, atWork);
    await rm(cluster, { recursive: true, force: true });
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw error instanceof PostgresStartError ? error : failureAt(dataDir, messageOf(error), error);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function removeDrafts(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.new.`)) continue;
    await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => {});
  }
}

async function initdb(draft: string, binaries: Binaries, account: Account | undefined, passwordFile: string, atWork: () => void): Promise<void> {
  const running = run(program(binaries, 'initdb'), draft, account, [
    '-D', await nameFor(account, draft),
    '--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256',
    '--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8',
    '--data-checksums', '--no-instructions',
  ]);
  atWork();
  const { status, output } = await running;
  if (status !== 0) throw failureAt(draft, output);
}

function run(file: string, cwd: string, account: Account | undefined, args: string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: programEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...account });
    let output = '';
    const collect = (chunk: string): void => void (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => reject(cannotRun(file, error)));
    child.on('close', (status) => resolve({ status, output }));
  });
}

export function cannotRun(file: string, error: Error): PostgresStartError {
  return new PostgresStartError(
    'unsupported-platform',
    `${file} cannot be run on this machine (${error.message}); it needs glibc. Set DATABASE_URL to a PostgreSQL 15 or newer instead.`,
    { cause: error },
  );
}
