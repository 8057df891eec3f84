import 'reflect-metadata';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { IsNull, MoreThanOrEqual, Not, type DataSource } from 'typeorm';
import { followIn, logTo, teller } from '@cairn/journal/in-thread.js';
import { ProcessRunner } from '@cairn/journal/process-runner.js';
import { Runner } from '@cairn/journal/runner.js';
import { connectionFromUrl, type Connection } from '@cairn/postgres/connection.js';
import type { WrittenSince } from '@cairn/record/processes/attestation.js';
import { recordProcesses } from '@cairn/record/processes/record-processes.js';
import { TrailRow } from '@cairn/replay/trail.read.js';
import type { Config } from './config.js';
import { openRecord } from './open-record.js';

/** What the thread that follows the log is given to begin with. */
export interface Given {
  readonly config: Config;
  /** Of the embedded server; else DATABASE_URL says it. */
  readonly connection: Connection | undefined;
}

if (parentPort) await follow(parentPort, workerData as Given);

/** Keeps the read models and runs the processes, with a log, keys and connections of its own. */
async function follow(port: MessagePort, { config, connection }: Given): Promise<void> {
  const tell = teller(port);
  const log = logTo(tell);
  // Two are for the rights to do this, and are kept. Of streams it keeps states in another place.
  const record = await openRecord(connection ?? connectionFromUrl(config.databaseUrl ?? ''), config, { service: 4, keyring: 1, readers: 1, tables: 1, streams: 4 });
  try {
    const { journal, pool, keyring, dataSource, readModels } = record;
    const runner = new Runner({ ...readModels, destroyed: () => keyring.destroyed(), log, tell: (status) => tell({ readModels: status }) });
    const rules = recordProcesses({ journal, runner, dataSource, writtenSince: writtenSince(dataSource) });
    const processes = new ProcessRunner({ journal, pool, processes: rules, log, tell: (status) => tell({ processes: status }) });
    await followIn(port, runner, processes);
  } finally {
    await record.close();
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
