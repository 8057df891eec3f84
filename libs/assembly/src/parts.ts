import type { DataSource } from 'typeorm';
import { AccessLog } from '@cairn/access/access-log.js';
import { installViews } from '@cairn/analysis/install.js';
import { Followers } from '@cairn/journal/followers.js';
import type { Journal } from '@cairn/journal/journal.js';
import { checkModels, type ReadModelsOptions } from '@cairn/journal/read-models.js';
import { RowReader } from '@cairn/journal/row-reader.js';
import type { Log } from '@cairn/journal/runner.js';
import { admitAnalysts } from '@cairn/postgres/analyst.js';
import type { PostgresServer } from '@cairn/postgres/embedded.js';
import { migrate } from '@cairn/postgres/migrate.js';
import type { ProgrammeContexts } from '@cairn/record/contexts.js';
import type { Config } from './config.js';
import type { Given } from './following.js';
import { migrations } from './migrations.js';
import { maskedRows, models } from './models.js';
import { openRecord } from './open-record.js';
import { openServer } from './server.js';

/** The parts of a process that works on the record, open. `close` ends them in the opposite order. */
export interface Parts {
  readonly server: PostgresServer;
  readonly journal: Journal;
  readonly dataSource: DataSource;
  readonly rowReader: RowReader;
  readonly contexts: ProgrammeContexts;
  readonly accessLog: AccessLog;
  /** Of a service, once they are started. */
  readonly followers: Followers;
  /** For whoever folds the log here and now. */
  readonly readModels: ReadModelsOptions;
  /** A secret of the whole record for one purpose, by its label. */
  readonly derive: (label: string) => Buffer;
  close(): Promise<void>;
}

/** Brings the server's database up to date. */
async function upToDate(server: PostgresServer, { dataDir, databaseUrl }: Config): Promise<PostgresServer> {
  try {
    await migrate(server.connection, migrations);
    if (databaseUrl === undefined) await admitAnalysts(server.connection, dataDir);
  } catch (error) {
    await server.release();
    throw error;
  }
  return server;
}

/**
 * Opens everything, or closes what was opened and throws the first reason why not.
 *
 * @param opening the server, when it is being opened already
 */
export async function openParts(config: Config, log: Log, opening = openServer(config, (message) => log.info({}, message))): Promise<Parts> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer().catch((error: unknown) => log.warn({ error: String(error) }, 'A part did not close cleanly.'));
  };
  try {
    const server = await upToDate(await opening, config);
    closers.push(() => server.release());
    checkModels(models, maskedRows);
    const record = await openRecord(server.connection, config, { service: 6, keyring: 2, readers: 3, tables: 8 });
    closers.push(() => record.close());
    const { pool, keyring, journal, dataSource, contexts, readModels } = record;
    const derive = (label: string) => keyring.derive(label);
    await installViews(server.connection, derive);
    const accessLog = new AccessLog(pool);
    closers.push(() => accessLog.close());
    const given: Given = { config, connection: config.databaseUrl === undefined ? server.connection : undefined };
    const followers = new Followers({ module: new URL('./following.js', import.meta.url), given, journal, pool, log });
    closers.push(() => followers.stop());
    return { server, journal, dataSource, rowReader: new RowReader(dataSource, pool), contexts, accessLog, followers, readModels, derive, close };
  } catch (error) {
    await close();
    throw error;
  }
}
