import { Lease } from './lease.js';
import { ReadModels, type ReadModelsOptions } from './read-models.js';

export interface RebuildOptions extends ReadModelsOptions {
  /** Called after every batch: positions folded, and the position to reach. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A process keeps the read models at this moment, so they cannot be rebuilt under it. Nothing was changed. */
export class RunnerActive extends Error {
  constructor() {
    super('Another process keeps the read models at this moment. Stop the service (or the projector), then rebuild; nothing was changed.');
  }
}

const BATCH = 2000;

/**
 * Makes all read models anew from the log, while no runner is active. Readers find them empty at first.
 * Broken off, it leaves them where they are, and the next start goes on from there.
 *
 * @returns the position they stand at
 * @throws RunnerActive
 * @throws UnreadableEvent, SealBroken, FoldFailed at what cannot be read or folded
 */
export async function rebuild({ onProgress, ...given }: RebuildOptions): Promise<number> {
  const models = new ReadModels(given);
  const lease = await Lease.take(given.pool);
  if (!lease) throw new RunnerActive();
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, lease.lost]);
  try {
    const total = await given.journal.head();
    await models.empty();
    onProgress?.(0, total);
    let position = 0;
    if (total > 0)
      for await (const batch of given.journal.follow(0, { signal, batch: BATCH })) {
        await models.foldAhead(batch, position, signal);
        position = batch.at(-1)?.position ?? position;
        onProgress?.(Math.min(position, total), total);
        if (position >= total) break;
      }
    await models.written();
    if (position < total) throw new Error('The connection that guarded the rebuild was lost. Start it again.');
    return position;
  } finally {
    done.abort();
    await lease.release();
  }
}
