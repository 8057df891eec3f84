import { setImmediate as turn } from 'node:timers/promises';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import { BareTables } from './bare-tables.js';
import { Lease } from './lease.js';
import { MergesTable } from './merges-table.js';
import type { ReadModelsOptions } from './read-models.js';
import { together } from './together.js';
import { WriteOnce } from './write-once.js';

export interface RebuildOptions extends Omit<ReadModelsOptions, 'schema'> {
  /** Entries taken at once, and entries in rows that are kept until they are written. */
  readonly batch?: number;
  readonly room?: number;
  /** Called before the first batch and after each, and waited for: positions folded, and the position to reach. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
}

/** A process keeps the read models at this moment, so they cannot be rebuilt under it. Nothing was changed. */
export class RunnerActive extends Error {
  constructor() {
    super('Another process keeps the read models at this moment. Stop the service (or the projector), then rebuild; nothing was changed.');
  }
}

const BATCH = 512;
// What is written goes to the disk meanwhile: the commit would wait for all of it.
const BEGIN = `begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local maintenance_work_mem = '64MB'; set local backend_flush_after = '1MB';
  select position from read.checkpoint for update`;

/**
 * Makes all read models anew from the log, while no runner is active. Whoever would read them waits. Broken off, it leaves them as they were.
 *
 * @returns the position they stand at
 * @throws RunnerActive
 * @throws UnreadableEvent, SealBroken, FoldFailed at what cannot be read or folded
 */
export async function rebuild(connection: Connection, { onProgress, batch: size = BATCH, room, ...given }: RebuildOptions): Promise<number> {
  const lease = await Lease.take(given.pool);
  if (!lease) throw new RunnerActive();
  const owner = clientAs(connection, 'cairn_owner', { applicationName: 'cairn rebuild', pipeline: true });
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, lease.lost]);
  try {
    await owner.connect();
    const total = await given.journal.head();
    const fold = new WriteOnce(given, room);
    const merges = new MergesTable();
    await owner.query(BEGIN);
    const tables = await BareTables.empty(owner, [...fold.names, merges.name]);
    await onProgress?.(0, total);
    let position = 0;
    if (total > 0)
      for await (const batch of given.journal.follow(0, { signal, batch: size })) {
        for await (const lines of fold.take(batch)) {
          await tables.add(lines);
          await turn();
        }
        position = batch.at(-1)?.position ?? position;
        await onProgress?.(Math.min(position, total), total);
        if (position >= total) break;
      }
    if (position < total) throw new Error('The connection that guarded the rebuild was lost; nothing was changed. Start it again.');
    for (const lines of fold.rest()) await tables.add(lines);
    await tables.filled();
    await together(owner, fold.stale.flatMap(([table, subjects]) => table.clear(subjects)));
    for await (const lines of fold.histories(position)) await tables.add(lines);
    await together(owner, merges.save(new Map(), fold.merged));
    await tables.whole();
    await owner.query('update read.checkpoint set position = $1, moved_at = now()', [position]);
    signal.throwIfAborted();
    await owner.query('commit');
    return position;
  } finally {
    done.abort();
    await owner.end().catch(() => {});
    await lease.release();
  }
}
