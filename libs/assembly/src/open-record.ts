import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Journal } from '@cairn/journal/journal.js';
import type { ReadModelsOptions } from '@cairn/journal/read-models.js';
import { poolAs, type Connection } from '@cairn/postgres/connection.js';
import { LeanClient } from '@cairn/postgres/lean-client.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import { Keyring } from '@cairn/privacy/keyring.js';
import { catalogues } from '@cairn/record/aspects.js';
import { ProgrammeContexts } from '@cairn/record/contexts.js';
import { SavedDocument } from '@cairn/replay/audit/saved-document.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import type { Config } from './config.js';
import { groups, logs, models } from './models.js';

/** The record as one thread works on it: its log, its keys, its tables. */
export interface OpenRecord {
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly dataSource: DataSource;
  readonly contexts: ProgrammeContexts;
  readonly readModels: ReadModelsOptions;
  /** Closes everything, in the opposite order; then throws the first reason why something did not close cleanly. */
  close(): Promise<void>;
}

/** The most connections of each kind, beside two for writing and for listening; and how much of the streams is kept at hand. */
export interface Limits {
  readonly service: number;
  readonly keyring: number;
  readonly readers: number;
  readonly tables: number;
  /** MB; what requests are decided on when left out. */
  readonly streams?: number;
}

/** Opens everything, or closes what was opened and throws the first reason why not. */
export async function openRecord(connection: Connection, { keyFile, key }: Pick<Config, 'keyFile' | 'key'>, most: Limits): Promise<OpenRecord> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    const faults: unknown[] = [];
    for (const closer of closers.splice(0).reverse()) await closer().catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw faults[0];
  };
  try {
    const pool = poolAs(connection, 'cairn_service', { max: most.service, pipeline: true });
    closers.push(() => pool.end());
    const keys = poolAs(connection, 'cairn_keyring', { max: most.keyring, pipeline: true, plannedOnce: true });
    closers.push(() => keys.end());
    const keyring = await Keyring.open(keys, await loadKeyEncryptionKey({ file: keyFile, fromEnvironment: key, mayCreate: await Keyring.isNew(keys) }));
    const store = await PostgresEventStore.open(connection, { readers: most.readers });
    closers.push(() => store.close());
    const dataSource = await dataSourceOf(connection, most.tables).initialize();
    closers.push(() => dataSource.destroy());
    const journal = new Journal(store, keyring, catalogues, most.streams);
    const contexts = new ProgrammeContexts(journal);
    return { pool, keyring, journal, dataSource, contexts, readModels: { journal, dataSource, pool, models, logs, participantGroups: groups, contexts }, close };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

export function dataSourceOf({ host, port, user, password, database, ssl }: Connection, max: number): DataSource {
  return new DataSource({
    type: 'postgres',
    host,
    port,
    username: user,
    database,
    ...(password !== undefined && { password }),
    ...(ssl !== undefined && { ssl: ssl as boolean }),
    parseInt8: true,
    entities: [...[...models, ...logs].map(({ row }) => row), SavedDocument],
    extra: { max, Client: LeanClient, options: '-c role=cairn_service -c statement_timeout=30s' },
  });
}
