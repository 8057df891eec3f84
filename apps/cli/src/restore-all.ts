import 'reflect-metadata';
import type { Config } from '@cairn/assembly/config.js';
import { openServer } from '@cairn/assembly/server.js';
import { rebuild } from '@cairn/journal/rebuild.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { BACKUP, examine, KEYS, type BackupHeader, type Examined, type KeysHeader } from './backup-format.js';
import { migrationsNamed } from './backup-tables.js';
import { exits, Failure } from './failure.js';
import { placeOf, quiet } from './record-place.js';
import { keyFor, placeKey } from './restore-key.js';
import { load } from './restore-load.js';
import { refuseRecordIn, refuseUsedDirectory } from './restore-target.js';

/** What was restored, as `--json` prints it. */
export interface Restored {
  readonly place: string;
  /** RFC 3339; the moment the backup holds. */
  readonly madeAt: string;
  readonly position: number;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Undefined when the key comes from the environment. */
  readonly keyFile: string | undefined;
}

interface Source {
  readonly path: string;
  readonly keysPath: string;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Checks backup and keys whole, fills the empty place with them, and compares what is there then with what they say.
 *
 * @throws Failure for files that are not whole, not of this release or not of each other, and for a place that is not empty; nothing was touched
 * @throws PostgresStartError, KeyFileWrong and the other errors of the key file, FoldFailed
 */
export async function restore(config: Config, { path, keysPath, onProgress }: Source): Promise<Restored> {
  const backup = await examine<BackupHeader>(path, BACKUP);
  const keys = await examine<KeysHeader>(keysPath, KEYS);
  const { migrations, unknown } = migrationsNamed(backup.header.migrations);
  if (unknown.length > 0) throw new Failure(exits.unusable, `${path} was made by a newer release: it has ${unknown.join(', ')}, which this one does not know.`, 'Restore it with the release that made it, or a newer one. Nothing was touched.');
  refuseUnlike(backup, keys);
  const key = await keyFor(config, keys);
  await refuseUsedDirectory(config);

  const server = await openServer(config);
  try {
    await refuseRecordIn(server.connection, placeOf(config));
    // As far as the backup had come, and no further: later migrations may change what it holds.
    await migrate(server.connection, migrations);
    await placeKey(config, key);
    await load(server.connection, backup, keys);
    await readModels(config, backup, onProgress);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw halfWay(config, error);
  } finally {
    await server.release();
  }
  const { madeAt, position, tables } = backup.header;
  const rows = Object.fromEntries([...tables, ...keys.header.tables].map((table) => [table.name, table.rows]));
  return { place: placeOf(config), madeAt, position, rows, keyFile: key === undefined ? undefined : config.keyFile };
}

function refuseUnlike(backup: Examined<BackupHeader>, keys: Examined<KeysHeader>): void {
  const { header } = keys;
  if (header.backup === backup.header.backup && header.of === backup.file.sha256 && header.key === backup.header.key) return;
  throw new Failure(exits.unusable, `${keys.path} does not belong to ${backup.path}: it was written with another backup (${header.backup}).`, `Name the keys file that was written with backup ${backup.header.backup}. Nothing was touched.`);
}

async function readModels(config: Config, { header, path }: Examined<BackupHeader>, onProgress: Source['onProgress']): Promise<void> {
  // Only now: it brings the whole record with it, and files that are refused need none of it.
  const { openParts } = await import('@cairn/assembly/parts.js');
  const parts = await openParts(config, quiet);
  try {
    const position = await rebuild(parts.server.connection, { ...parts.readModels, onProgress });
    if (position !== header.position) throw new Error(`the read models stand at position ${position}, where ${path} ends at ${header.position}`);
  } finally {
    await parts.close();
  }
}

/** The log, keys and access log are loaded in one transaction: a place is restored as a whole or holds no record. */
function halfWay(config: Config, error: unknown): Failure {
  const place = placeOf(config);
  const cure = config.databaseUrl === undefined ? `Remove ${place}, which this restore made or filled,` : 'Make that database anew';
  return new Failure(exits.refused, `The restore into ${place} broke off: ${error instanceof Error ? error.message : String(error)}`, `${cure} after removing the cause, and run the same command again. The backup is as it was.`);
}
