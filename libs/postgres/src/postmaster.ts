import { readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { identityOf, isAlive } from './process-identity.js';
import { codeOf } from './start-error.js';

/** What a server writes about itself into its cluster's `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  socketDirectory: string;
  /** `starting`, `ready`, `stopping`; `''` right at the beginning. */
  status: string;
}

/** The server that the cluster's pid file names, dead or alive. */
export async function recordedPostmaster(cluster: string): Promise<Postmaster | undefined> {
  try {
    const lines = (await readFile(pidFile(cluster), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, socketDirectory: lines[4] ?? '', status: (lines[7] ?? '').trim() };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid');

/** Whether a living process is this cluster's server, and not a stranger that came by the number of a dead one. */
export async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!(await identityOf(pid))) return false;
  if (process.platform !== 'linux') return namedPostgres(pid);
  try {
    // A server stands in its cluster's directory. Compared by inode, as the path may be one of several names.
    const [there, here, name] = await Promise.all([
      stat(`/proc/${pid}/cwd`),
      stat(cluster),
      readlink(`/proc/${pid}/exe`).catch(() => 'postgres'),
    ]);
    return there.ino === here.ino && there.dev === here.dev && /postgres( \(deleted\))?$/.test(name);
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))) return false;
    throw error;
  }
}

async function namedPostgres(pid: number): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)]);
    return /postgres\s*$/.test(stdout);
  } catch {
    return false;
  }
}

/**
 * Ends the server: sessions are cut off, what was committed is written out. One that does not end in `patienceMs` is
 * told to drop everything; what was committed is then recovered at the next start.
 */
export async function stopPostmaster(pid: number, patienceMs = 60_000): Promise<void> {
  const server = await identityOf(pid);
  if (!server) return;
  for (const [signal, wait] of [['SIGINT', patienceMs], ['SIGQUIT', 10_000]] as const) {
    if (!signalled(pid, signal)) return;
    const until = Date.now() + wait;
    while (Date.now() < until) {
      if (!(await isAlive(server))) return;
      await pause(10);
    }
  }
}

function signalled(pid: number, signal: 'SIGINT' | 'SIGQUIT'): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}
