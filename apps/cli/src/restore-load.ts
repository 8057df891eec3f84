import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import type { Connection } from '@cairn/postgres/connection.js';
import { readArchive, type ReadSection } from './archive.js';
import { BACKUP, KEY_FILE, KEYS, type BackupHeader, type Examined, type KeysHeader } from './backup-format.js';
import { countOf, hashOf, inOneTransaction, kept, rowsInto, tablesIn, type Table } from './backup-tables.js';
import { exits, Failure } from './failure.js';

type Tables = ReadonlyMap<string, Table>;

/**
 * Fills the empty tables with what backup and keys hold, all or nothing, and compares what stands in them then with the files.
 *
 * @throws Failure when the tables do not fit, are used by somebody, or do not hold afterwards what the files do; nothing was loaded
 */
export async function load(connection: Connection, backup: Examined<BackupHeader>, keys: Examined<KeysHeader>): Promise<void> {
  await inOneTransaction(connection, 'write', async (client) => {
    const tables = new Map((await tablesIn(client, [...kept.record, ...kept.keys])).map((table) => [table.name, table]));
    refuseUnlike(backup, [...tables.keys()], [...backup.header.tables, ...keys.header.tables].map(({ name }) => name));
    // A service that starts on this place meanwhile waits, and finds a whole record.
    await client.query(`lock table ${[...tables.keys()].join(', ')} in exclusive mode`);
    await refuseBegun(client);
    await readArchive(backup.path, BACKUP, (_, sections) => loadAll(client, tables, sections));
    await readArchive(keys.path, KEYS, (_, sections) => loadAll(client, tables, sections));
    await setCounter(client, tables.get('log.counter'));
    for (const table of tables.values()) {
      await goOnNumbering(client, table);
      await compare(client, table, backup.sections.get(table.name) ?? keys.sections.get(table.name));
    }
  });
}

function refuseUnlike({ path }: Examined<BackupHeader>, here: readonly string[], there: readonly string[]): void {
  const missing = here.filter((name) => !there.includes(name));
  const unknown = there.filter((name) => !here.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw new Failure(exits.unusable, `${path} does not fit this release: ${[...missing.map((name) => `it lacks ${name}`), ...unknown.map((name) => `it has ${name}`)].join(', ')}.`, 'Restore it with the release that made it. Nothing was loaded.');
}

async function refuseBegun(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ begun: boolean }>('select exists (select from keyring.master) or exists (select from log.events) as begun');
  if (rows[0]?.begun) throw new Failure(exits.refused, 'A service was started on this place while it was being restored.', 'Stop it, and restore into another empty place. Nothing was loaded.');
}

async function loadAll(client: pg.Client, tables: Tables, sections: AsyncIterable<ReadSection>): Promise<void> {
  for await (const { section, columns = [], content } of sections) {
    const table = tables.get(section);
    if (table) await (section === 'log.counter' ? takeCounter(client, columns, content) : fill(client, section, table, columns, content));
    else if (section === KEY_FILE) for await (const _ of content);
    else throw new Failure(exits.unusable, `The backup has ${section}, which this release does not know.`, 'Restore it with the release that made it. Nothing was loaded.');
  }
}

async function fill(client: pg.Client, name: string, table: Table, columns: readonly string[], content: AsyncIterable<Buffer>): Promise<void> {
  const unknown = columns.filter((column) => !table.columns.includes(column));
  if (unknown.length > 0) throw new Failure(exits.unusable, `The backup's ${name} has ${unknown.join(', ')}, which this release does not know.`, 'Restore it with the release that made it. Nothing was loaded.');
  await pipeline(content, rowsInto(client, name, columns));
}

async function takeCounter(client: pg.Client, columns: readonly string[], content: AsyncIterable<Buffer>): Promise<void> {
  await client.query('create temporary table restored_counter (like log.counter) on commit drop');
  await pipeline(content, rowsInto(client, 'restored_counter', columns));
}

/** The counter's one row is made with its table and never leaves it. Last of all: with the keys that are destroyed it has moved on. */
async function setCounter(client: pg.Client, counter: Table | undefined): Promise<void> {
  const columns = counter?.columns.filter((column) => column !== 'single') ?? [];
  await client.query(`update log.counter c set ${columns.map((column) => `${column} = r.${column}`).join(', ')} from restored_counter r where c.single = r.single`);
}

async function goOnNumbering(client: pg.Client, { name, numbered }: Table): Promise<void> {
  for (const column of numbered) await client.query(`select setval(pg_get_serial_sequence($1, $2), coalesce(max(${column}), 1), max(${column}) is not null) from ${name}`, [name, column]);
}

async function compare(client: pg.Client, table: Table, said: { rows: number; sha256: string } | undefined): Promise<void> {
  const rows = await countOf(client, table);
  if (rows === said?.rows && (await hashOf(client, table)) === said.sha256) return;
  throw new Failure(exits.refused, `${table.name} does not hold what the backup does after loading it (${rows} rows of ${said?.rows ?? 0}). Nothing was kept.`, 'Report this with the versions of both servers; the backup is as it was.');
}
