import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { Config } from '@cairn/assembly/config.js';
import { openServer } from '@cairn/assembly/server.js';
import { KeyFileWrong, loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import { writeArchive, type FileSum, type Section } from './archive.js';
import { drafted, type Draft } from './backup-drafts.js';
import { BACKUP, examine, KEY_FILE, KEYS, type BackupHeader, type KeysHeader, type TableHead } from './backup-format.js';
import { contentOf, countOf, inOneTransaction, kept, migrationsIn, migrationsNamed, tablesIn, type Table } from './backup-tables.js';
import { exits, Failure } from './failure.js';
import { placeOf, refuseNowhere } from './record-place.js';

interface Written extends FileSum {
  readonly file: string;
}

/** What was written, as `--json` prints it. */
export interface Backup {
  readonly id: string;
  readonly madeAt: string;
  readonly position: number;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly backup: Written;
  readonly keys: Written & { readonly id: string; readonly keyEncryptionKey: 'included' | 'environment' };
}

interface Destination {
  readonly path: string;
  readonly keysPath: string;
  /** Replace what is there. */
  readonly force: boolean;
}

/**
 * Writes the record and its keys, of one moment, to two files and reads both back. A service may be at work meanwhile.
 *
 * @throws Failure when there is nothing to back up, the files cannot be written, or they do not read back as they were written
 * @throws KeyFileMissing, KeyFileWrong and the other errors of the key file; PostgresStartError
 */
export async function takeBackup(config: Config, { path, keysPath, force }: Destination): Promise<Backup> {
  refuseNowhere(config);
  return drafted([keysPath, path], force, async (drafts) => {
    const [keysDraft, draft] = drafts as [Draft, Draft];
    const { header, file, keysHeader, keysFile } = await copied(config, draft, keysDraft);
    await readBack(draft, BACKUP, file, header.position);
    await readBack(keysDraft, KEYS, keysFile);
    return {
      id: header.backup,
      madeAt: header.madeAt,
      position: header.position,
      rows: Object.fromEntries([...header.tables, ...keysHeader.tables].map(({ name, rows }) => [name, rows])),
      backup: { file: path, ...file },
      keys: { file: keysPath, ...keysFile, id: keysHeader.key, keyEncryptionKey: keysHeader.keyFile ? 'included' : 'environment' },
    };
  });
}

async function copied(config: Config, draft: Draft, keysDraft: Draft) {
  const server = await openServer(config);
  try {
    return await inOneTransaction(server.connection, 'read', async (client) => {
      const key = await keyOf(client, config);
      const header = await headerOf(client, key.id, placeOf(config));
      const file = await writeArchive(draft.file, BACKUP, header, sectionsOf(client, header.tables));
      const keysHeader: KeysHeader = { backup: header.backup, of: file.sha256, key: key.id, keyFile: key.file !== undefined, tables: await headsOf(client, kept.keys) };
      const keysFile = await writeArchive(keysDraft.file, KEYS, keysHeader, sectionsOf(client, keysHeader.tables, key.file));
      return { header, file, keysHeader, keysFile };
    });
  } finally {
    await server.release();
  }
}

/** The key over the participants' keys: its id, and the content of its file unless it comes from the environment. */
async function keyOf(client: pg.Client, { key, keyFile, ...config }: Config): Promise<{ id: string; file: string | undefined }> {
  const { rows: there } = await client.query<{ there: boolean }>("select to_regclass('keyring.master') is not null as there");
  const { rows: masters } = there[0]?.there ? await client.query<{ id: string }>('select id from keyring.master') : { rows: [] };
  const [master] = masters;
  if (!master) throw new Failure(exits.unusable, `There is no record in ${placeOf({ key, keyFile, ...config })} yet: no service was ever started on it.`, 'Check CAIRN_DATA_DIR and DATABASE_URL.');
  const { id, origin } = await loadKeyEncryptionKey({ file: keyFile, fromEnvironment: key, mayCreate: false });
  if (id !== master.id)
    throw new KeyFileWrong(`This record's keys were wrapped with the key ${master.id}, but ${origin} holds the key ${id}: a backup with it could not be restored. Put the right key in its place and run the same command again.`);
  return { id, file: key === undefined ? await readFile(keyFile, 'utf8') : undefined };
}

async function headerOf(client: pg.Client, key: string, place: string): Promise<BackupHeader> {
  const migrations = await migrationsIn(client);
  const { unknown } = migrationsNamed(migrations);
  if (unknown.length > 0) throw new Failure(exits.unusable, `The record in ${place} was brought up to ${unknown.join(', ')}, which this release does not know.`, 'Back it up with the release that runs it.');
  const { rows } = await client.query<{ position: string; at: string; postgres: string }>(
    `select position, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, current_setting('server_version') as postgres from log.counter`,
  );
  const [{ position, at, postgres } = { position: '0', at: '', postgres: '' }] = rows;
  return { backup: randomUUID(), madeAt: at, position: Number(position), migrations, postgres, key, tables: await headsOf(client, kept.record) };
}

async function headsOf(client: pg.Client, schemas: readonly string[]): Promise<TableHead[]> {
  const heads: TableHead[] = [];
  for (const table of await tablesIn(client, schemas)) heads.push({ ...table, rows: await countOf(client, table) });
  return heads;
}

async function* sectionsOf(client: pg.Client, tables: readonly Table[], keyFile?: string): AsyncGenerator<Section> {
  for (const table of tables) yield { section: table.name, columns: table.columns, content: contentOf(client, table) };
  if (keyFile !== undefined) yield { section: KEY_FILE, content: one(Buffer.from(keyFile)) };
}

async function* one(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece;
}

async function readBack({ at, path }: Draft, format: string, written: FileSum, position?: number): Promise<void> {
  const found = await examine(at, format);
  const why =
    found.file.sha256 !== written.sha256 ? 'its bytes are not those that were written'
    : position !== undefined && found.last !== position ? `its last event is at position ${found.last}, where the record ends at ${position}`
    : undefined;
  if (why !== undefined) throw new Failure(exits.refused, `The backup was written to ${path}, but does not read back: ${why}. It was removed.`, 'Check that disk, and make the backup again.');
}
