import { type ChildProcess, spawn } from 'node:child_process';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Account } from './account.js';
import { type Binaries, program } from './binaries.js';
import { cannotRun, nameFor, programEnvironment } from './cluster.js';
import type { Places } from './data-directory.js';
import { isServerOf, pidFile, recordedPostmaster } from './postmaster.js';
import { serverSettings } from './settings.js';
import { codeOf, failureAt, PostgresStartError } from './start-error.js';

export interface ServerPlan {
  places: Places;
  binaries: Binaries;
  account: Account | undefined;
  socketDirectory: string;
  log: (message: string) => void;
  atWork: () => void;
}

const READY_WITHIN_MS = 10 * 60_000;
/** Sessions of a server that was killed end by themselves, and only then may another start on its files. */
const ORPHANS_LEAVE_WITHIN_MS = 30_000;

/** The running server of this cluster, ready; waits for one that is starting or stopping. Undefined when none runs. */
export async function runningServer({ cluster }: Places): Promise<{ pid: number; socketDirectory: string } | undefined> {
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const server = await recordedPostmaster(cluster);
    if (!server || !(await isServerOf(cluster, server.pid))) return undefined;
    if (server.status === 'ready') return server;
    if (Date.now() > until) throw tooLong(cluster, server.pid);
    await pause(10);
  }
}

/**
 * Starts the server and waits until it takes connections. It leads a session of its own, so a Ctrl-C meant for us leaves it running.
 * Called under the lock, when no server of this cluster runs.
 *
 * @throws PostgresStartError `did-not-start` with the last lines it wrote, `disk-full`, `read-only`
 */
export async function startServer(plan: ServerPlan): Promise<number> {
  const { places } = plan;
  await removeForeignPid(places.cluster);
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) await rm(join(plan.socketDirectory, name), { force: true });

  const until = Date.now() + ORPHANS_LEAVE_WITHIN_MS;
  for (;;) {
    const attempt = await tryStart(plan);
    if (typeof attempt === 'number') return attempt;
    const orphansLeft = /pre-existing shared memory block/.test(attempt.output);
    if (!orphansLeft || Date.now() > until) throw failureAt(places.dataDir, attempt.output);
    await pause(100);
  }
}

/**
 * PostgreSQL takes any process under the recorded number, even a zombie, for a running server. When there is none it judges the file
 * itself. Either way it finds out by its shared memory whether sessions of the old server are still ending.
 */
async function removeForeignPid(cluster: string): Promise<void> {
  const server = await recordedPostmaster(cluster);
  if (server && isTaken(server.pid) && !(await isServerOf(cluster, server.pid))) await rm(pidFile(cluster), { force: true });
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

async function tryStart({ places, binaries, account, socketDirectory, log, atWork }: ServerPlan): Promise<number | { output: string }> {
  const startLog = join(places.launcher, 'start.log');
  const began = Date.now();
  await rm(startLog, { force: true });
  const output = await open(startLog, 'wx', 0o644);
  try {
    const settings = Object.entries(serverSettings(socketDirectory)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(program(binaries, 'postgres'), ['-D', await nameFor(account, places.cluster), ...settings], {
      cwd: places.cluster,
      env: programEnvironment(),
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      ...account,
    });
    const ended = endOf(child);
    atWork();
    const ready = await readiness(places.cluster, child, ended, log);
    if (!ready) return { output: await lastWords(places, startLog, began) };
    child.unref();
    return ready;
  } finally {
    await output.close();
  }
}

/** Settles when the program ends, or could not be run at all. */
function endOf(child: ChildProcess): { error?: Error; done: boolean } {
  const end: { error?: Error; done: boolean } = { done: false };
  child.on('error', (error) => Object.assign(end, { error, done: true }));
  child.on('exit', () => Object.assign(end, { done: true }));
  return end;
}

async function readiness(
  cluster: string,
  child: ChildProcess,
  ended: { error?: Error; done: boolean },
  log: (message: string) => void,
): Promise<number | undefined> {
  const began = Date.now();
  let nextWord = began + 5_000;
  while (!ended.done) {
    const server = await recordedPostmaster(cluster);
    if (server && server.pid === child.pid && server.status === 'ready') return server.pid;
    if (Date.now() > nextWord) {
      log(`PostgreSQL is still starting after ${Math.round((Date.now() - began) / 1000)} s; after a crash it first reads back what it had promised.`);
      nextWord += 5_000;
    }
    if (Date.now() - began > READY_WITHIN_MS) throw tooLong(cluster, child.pid ?? 0);
    await pause(8);
  }
  if (ended.error) throw cannotRun(child.spawnfile, ended.error);
  return undefined;
}

function tooLong(cluster: string, pid: number): PostgresStartError {
  return new PostgresStartError(
    'did-not-start',
    `The PostgreSQL of ${cluster} (process ${pid}) was not ready after ${READY_WITHIN_MS / 60_000} minutes. It may still be recovering: read ${join(cluster, 'log')}, and start again when it is done.`,
  );
}

const SHOWN_LINES = 12;

/** What the server said before it ended: at first to us, then to its own log. */
async function lastWords({ cluster }: Places, startLog: string, since: number): Promise<string> {
  const directory = join(cluster, 'log');
  const names = await readdir(directory).catch(() => []);
  const files = [startLog];
  for (const name of names.sort()) {
    const file = join(directory, name);
    if ((await stat(file)).mtimeMs >= since - 1_000) files.push(file);
  }
  const lines = [];
  for (const file of files) lines.push(...(await readFile(file, 'utf8')).trim().split('\n').slice(-SHOWN_LINES));
  return lines.filter((line) => line !== '').join('\n') || 'It ended without a word.';
}
