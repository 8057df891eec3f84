import type { StoredEvent } from '@cairn/kernel/event-store.js';
import { isPassing } from './failure.js';
import type { Listener } from './listener.js';
import type { Reader } from './reader.js';
import type { Follower } from './recent.js';

/** Pages of the log after a position, then whatever comes, until the signal is aborted. While the log cannot be reached it waits. */
export async function* follow(
  reader: Reader,
  listener: Listener,
  { after, size, signal }: { after: number; size: number; signal: AbortSignal },
): AsyncGenerator<StoredEvent[], void, undefined> {
  const follower = { position: after };
  let ahead: Promise<StoredEvent[]> | undefined;
  const fetch = () => pageOrNothing(reader, follower, size);
  // A page that was not full when it was fetched may be by now.
  const next = async () => {
    const early = await ahead;
    return early?.length === size ? early : fetch();
  };
  listener.join();
  reader.recent.join(follower);
  try {
    while (!signal.aborted) {
      const { heard } = listener;
      const page = await unlessAborted(signal, next());
      if (!page) return;
      const last = page.at(-1);
      ahead = undefined;
      if (!last) {
        await listener.after(heard, signal);
        continue;
      }
      follower.position = last.position;
      // After a full page there is more, and the server reads it while this one is used.
      ahead = page.length === size ? fetch() : undefined;
      // It fails who asks for it, and nobody may.
      ahead?.catch(() => {});
      yield page;
    }
  } finally {
    listener.leave();
    reader.recent.leave(follower);
  }
}

async function pageOrNothing(reader: Reader, follower: Follower, size: number): Promise<StoredEvent[]> {
  try {
    return await reader.page(follower, size);
  } catch (error) {
    if (error instanceof Error && isPassing(error.cause)) return [];
    throw error;
  }
}

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop);
  });
  try {
    const done = await Promise.race([work, aborted]);
    return signal.aborted ? undefined : done;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
