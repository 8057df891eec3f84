import { readFile } from 'node:fs/promises';
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
    const noted = await note(dataDir).catch(() => undefined);
    return noted?.url === given ? { ...noted, dataDir } : { url: given };
  }
  const noted = await note(dataDir);
  if (!noted) throw new Failure(exits.unreachable, `No service runs on ${dataDir}.`, start);
  if (noted.pid !== undefined && !alive(noted.pid)) throw new Failure(exits.unreachable, `The service on ${dataDir} is gone: its process ${noted.pid} ended without saying so.`, start);
  return { ...noted, dataDir };
}

async function note(dataDir: string): Promise<Omit<Found, 'dataDir'> | undefined> {
  const file = join(dataDir, 'service.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure(exits.unusable, `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, 'Run this as the user that runs the service, or name the service with --url.');
  }
  try {
    const { url, pid, startedAt } = JSON.parse(text) as Found;
    return { url: address(url), ...(typeof pid === 'number' && { pid }), ...(typeof startedAt === 'string' && { startedAt }) };
  } catch {
    throw new Failure(exits.unusable, `${file} does not say where the service is.`, 'Start the service again, which writes it anew, or name the service with --url.');
  }
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
