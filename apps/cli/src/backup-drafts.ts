import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exits, Failure } from './failure.js';

/** A file on its way: written under another name beside its own, so that under its own it is whole or not there. */
export interface Draft {
  /** Where it ends. */
  readonly path: string;
  /** Where it is now. */
  readonly at: string;
  readonly file: FileHandle;
}

/** @throws Failure when there is something already and it is not to be replaced */
function refusePresent(path: string, force: boolean): void {
  if (!force && existsSync(path)) throw new Failure(exits.unusable, `${path} is there already; nothing was written.`, 'Name another file, or replace it with --force.');
}

/**
 * Opens a draft for each path (0600), runs `work`, and gives all of them their names once it is done; otherwise nothing stays.
 *
 * @throws Failure for what the system refuses: no such directory, no right to write, a full disk
 */
export async function drafted<T>(paths: readonly string[], force: boolean, work: (drafts: readonly Draft[]) => Promise<T>): Promise<T> {
  for (const path of paths) refusePresent(path, force);
  const drafts: Draft[] = [];
  const forget = onInterruption(() => drafts.forEach(({ at }) => rmSync(at, { force: true })));
  try {
    for (const path of paths) {
      const at = `${path}.${randomUUID().slice(0, 8)}.part`;
      drafts.push({ path, at, file: await open(at, 'wx', 0o600) });
    }
    const result = await work(drafts);
    for (const { path } of drafts) refusePresent(path, force);
    for (const { file } of drafts) await file.close();
    for (const { at, path } of drafts) await rename(at, path);
    for (const directory of new Set(paths.map((path) => dirname(path)))) await settle(directory);
    return result;
  } catch (error) {
    for (const { file, at } of drafts) {
      await file.close().catch(() => undefined);
      await rm(at, { force: true }).catch(() => undefined);
    }
    throw inWords(error, paths);
  } finally {
    forget();
  }
}

/** Runs `work` before a Ctrl-C or a kill ends the process as it would have: half a keys file is not to lie about. */
function onInterruption(work: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (signal: NodeJS.Signals) => {
    work();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = () => signals.forEach((signal) => process.off(signal, end));
  for (const signal of signals) process.on(signal, end);
  return forget;
}

/** Makes the new names durable. */
async function settle(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

function inWords(error: unknown, paths: readonly string[]): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || !['open', 'write', 'rename', 'fsync'].includes(syscall)) return error;
  const next = code === 'ENOSPC' ? 'Make room on that disk, or name a file on another one.' : 'Check the directory and who may write there.';
  return new Failure(exits.unusable, `The backup cannot be written to ${path === undefined ? paths.join(' and ') : dirname(path)} (${code ?? 'unknown reason'}); nothing was kept.`, next);
}
