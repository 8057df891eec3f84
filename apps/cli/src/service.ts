import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '@cairn/assembly/config.js';
import { exits, Failure } from './failure.js';

/** A service as its data directory tells of it, or as `--url` does; then nothing else is known. */
export interface Found {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid?: number;
  readonly startedAt?: string;
  /** The service's own data directory, when the service was found there. */
  readonly dataDir?: string;
}

const start = 'Start it with "npm start", or say where it is with --url http://host:port (another data directory: set CAIRN_DATA_DIR).';

/**
 * The service to talk to.
 *
 * @throws Failure when none runs on the data directory, or the url is none
 */
export async function findService({ dataDir }: Pick<Config, 'dataDir'>, url?: string): Promise<Found> {
  if (url !== undefined) {
    const given = address(url);
    const noted = (await notes(dataDir).catch(() => [])).find((note) => note.url === given);
    return noted ? { ...noted, dataDir } : { url: given };
  }
  const noted = await notes(dataDir);
  const serving = noted.find(({ pid }) => alive(pid));
  if (serving) return { ...serving, dataDir };
  const [gone] = noted;
  throw new Failure(exits.unreachable, gone ? `The service on ${dataDir} is gone: its process ${gone.pid} ended without saying so.` : `No service runs on ${dataDir}.`, start);
}

type Note = Required<Omit<Found, 'dataDir'>>;

/** What every process serving this data noted of itself, the longest there first. */
async function notes(dataDir: string): Promise<Note[]> {
  const directory = join(dataDir, 'services');
  const files = await readdir(directory).catch((error: unknown) => unlessGone(directory, error, []));
  const found = await Promise.all(files.filter((file) => file.endsWith('.json')).map((file) => noteIn(join(directory, file))));
  return found.filter((note) => note !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

async function noteIn(file: string): Promise<Note | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => unlessGone(file, error, undefined));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Note);
  } catch {
    // Cut short as the disk filled up, or not yet whole: another process may tell where it is.
    return undefined;
  }
}

/** @throws Failure */
function unlessGone<T>(path: string, error: unknown, otherwise: T): T {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return otherwise;
  throw new Failure(exits.unusable, `${path} cannot be read (${code ?? 'unknown reason'}).`, 'Run this as the user that runs the service, or name the service with --url.');
}

function address(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new Failure(exits.unusable, `"${url}" is not the address of a service.`, 'It looks like http://127.0.0.1:4400.');
  return url.replace(/\/+$/, '');
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
