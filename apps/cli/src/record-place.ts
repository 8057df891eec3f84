import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@cairn/assembly/config.js';
import { RunnerActive } from '@cairn/journal/rebuild.js';
import type { Log } from '@cairn/journal/runner.js';
import { FoldFailed } from '@cairn/journal/stopping.js';
import { UnreadableEvent } from '@cairn/kernel/catalogue.js';
import { PostgresStartError } from '@cairn/postgres/start-error.js';
import { KeyFileMissing, KeyFileUnsafe, KeyFileUnusable, KeyFileWrong, KeyMalformed } from '@cairn/privacy/key-file.js';
import { SealBroken } from '@cairn/privacy/seal.js';
import { exits, Failure } from './failure.js';

/** For parts opened by a command: it says itself what matters. */
export const quiet: Log = { info() {}, warn() {}, error() {} };

/** @throws Failure where no embedded server ever kept a record: looking for one must not make one */
export function refuseNowhere({ databaseUrl, dataDir }: Config): void {
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'postgres', 'PG_VERSION')))
    throw new Failure(exits.unusable, `There is no record in ${dataDir}.`, 'Name the service\'s data directory with CAIRN_DATA_DIR, or its database with DATABASE_URL.');
}

export function placeOf({ databaseUrl, dataDir }: Config): string {
  return databaseUrl === undefined ? dataDir : 'the database of DATABASE_URL';
}

const unusable = [PostgresStartError, KeyFileMissing, KeyFileWrong, KeyFileUnsafe, KeyFileUnusable, KeyMalformed];
const refused = [RunnerActive, FoldFailed, SealBroken, UnreadableEvent];

/** Runs `work`; what can go wrong with a place that holds a record becomes a no that a person reads, its last sentence what to do. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const exit = unusable.some((kind) => error instanceof kind) ? exits.unusable : refused.some((kind) => error instanceof kind) ? exits.refused : undefined;
    if (exit === undefined || !(error instanceof Error)) throw error;
    const sentences = error.message.split(/(?<=[.:;]) (?=[A-Z])/);
    const next = sentences.length > 1 ? (sentences.pop() ?? '') : 'Remove the cause and run the same command again.';
    throw new Failure(exit, sentences.join(' '), next);
  }
}
