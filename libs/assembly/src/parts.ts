import type { Pool } from 'pg';
import { DataSource, IsNull, MoreThanOrEqual, Not } from 'typeorm';
import { AccessLog } from '@cairn/access/access-log.js';
import { installViews } from '@cairn/analysis/install.js';
import { subjectRows } from '@cairn/analysis/subjects.read.js';
import { Journal } from '@cairn/journal/journal.js';
import { ProcessRunner } from '@cairn/journal/process-runner.js';
import { checkModels, type ReadModelsOptions } from '@cairn/journal/read-models.js';
import { Runner, type Log } from '@cairn/journal/runner.js';
import { admitAnalysts } from '@cairn/postgres/analyst.js';
import { poolAs, type Connection } from '@cairn/postgres/connection.js';
import type { PostgresServer } from '@cairn/postgres/embedded.js';
import { migrate } from '@cairn/postgres/migrate.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import { Keyring } from '@cairn/privacy/keyring.js';
import { aspects, catalogues } from '@cairn/record/aspects.js';
import { contextOf, ProgrammeContexts } from '@cairn/record/contexts.js';
import { delayOf, entryFlags } from '@cairn/record/late.js';
import type { WrittenSince } from '@cairn/record/processes/attestation.js';
import { recordProcesses } from '@cairn/record/processes/record-processes.js';
import { maskedRecordModels, recordModels } from '@cairn/record/record-models.js';
import { anonymousRows } from '@cairn/replay/anonymous.read.js';
import { SavedDocument } from '@cairn/replay/audit/saved-document.js';
import { authorityLog } from '@cairn/replay/authority.read.js';
import { MaskedTimelineRow, TimelineRow, timelineRows } from '@cairn/replay/timeline.read.js';
import { trailLog, TrailRow } from '@cairn/replay/trail.read.js';
import { PostgresEventStore } from '@cairn/stores/postgres/postgres-store.js';
import type { Config } from './config.js';
import { openServer } from './server.js';
import { migrations } from './migrations.js';

/** The parts of a process that works on the record, open. `close` ends them in the opposite order. */
export interface Parts {
  readonly server: PostgresServer;
  readonly journal: Journal;
  readonly dataSource: DataSource;
  readonly contexts: ProgrammeContexts;
  readonly accessLog: AccessLog;
  readonly runner: Runner;
  readonly processes: ProcessRunner;
  readonly readModels: ReadModelsOptions;
  /** A secret of the whole record for one purpose, by its label. */
  readonly derive: (label: string) => Buffer;
  close(): Promise<void>;
}

const groups = aspects.map(({ events }) => events);
const models = [
  ...recordModels,
  timelineRows(TimelineRow, groups, entryFlags),
  timelineRows(MaskedTimelineRow, groups.filter(({ reveals }) => reveals === undefined), entryFlags),
  anonymousRows(groups),
  // A version that nobody knows may be masked.
  subjectRows(groups, (lookup, ref) => {
    const { protocol } = contextOf(lookup, ref) ?? {};
    return { masked: protocol?.masked !== false, plannedSessions: protocol?.plannedSessions };
  }),
];
const streamsAbout = (about: string) => new Set(catalogues.filter((group) => group.about === about).map(({ stream }) => stream));
const logs = [trailLog({ participants: streamsAbout('participant'), programmes: streamsAbout('programme') }, delayOf), authorityLog];
const maskedRows = [...maskedRecordModels.map(({ row }) => row), MaskedTimelineRow];

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
    const pool = opened(server.connection, 'cairn_service', 8, closers);
    const keys = opened(server.connection, 'cairn_keyring', 3, closers);
    const keyEncryptionKey = await loadKeyEncryptionKey({ file: config.keyFile, fromEnvironment: config.key, mayCreate: await Keyring.isNew(keys) });
    const keyring = await Keyring.open(keys, keyEncryptionKey);
    const derive = (label: string) => keyring.derive(label);
    await installViews(server.connection, derive);
    const store = await PostgresEventStore.open(server.connection);
    closers.push(() => store.close());
    const dataSource = await dataSourceOf(server.connection).initialize();
    closers.push(() => dataSource.destroy());
    const journal = new Journal(store, keyring, catalogues);
    const contexts = new ProgrammeContexts(journal);
    const accessLog = new AccessLog(pool);
    closers.push(() => accessLog.close());
    const readModels = { journal, dataSource, pool, models, logs, participantGroups: groups, contexts };
    const runner = new Runner({ ...readModels, destroyed: () => keyring.destroyed(), log });
    closers.push(() => runner.stop());
    const processes = new ProcessRunner({ journal, pool, processes: recordProcesses({ journal, runner, dataSource, writtenSince: writtenSince(dataSource) }), log });
    closers.push(() => processes.stop());
    return { server, journal, dataSource, contexts, accessLog, runner, processes, readModels, derive, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** By the audit trail, which holds every entry. */
function writtenSince({ manager }: DataSource): WrittenSince {
  return async (account, since) => {
    const recordedAt = MoreThanOrEqual(new Date(since).toISOString());
    const rows = await manager.find(TrailRow, { select: { stream: true, participant: true }, where: { actor: account, recordedAt, participant: Not(IsNull()) }, order: { position: 'ASC' } });
    return [...new Map(rows.flatMap(({ stream, participant }) => (participant === null ? [] : [[`${stream}-${participant}`, { stream, participant }] as const]))).values()];
  };
}

export function dataSourceOf({ host, port, user, password, database, ssl }: Connection): DataSource {
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
    extra: { max: 8, options: '-c role=cairn_service -c statement_timeout=30s' },
  });
}

function opened(connection: Connection, role: 'cairn_service' | 'cairn_keyring', max: number, closers: (() => Promise<unknown>)[]): Pool {
  const pool = poolAs(connection, role, { max, pipeline: true });
  closers.push(() => pool.end());
  return pool;
}
