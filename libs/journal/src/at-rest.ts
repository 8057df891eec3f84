import { getHeapStatistics } from 'node:v8';

const LOOK_MS = 1_000;
/** Share of its time that a thread at rest may be at work. */
const REST = 0.02;
/** Looks in a row that have to find it so. */
const LOOKS = 3;
/** Bytes by which the heap has grown since it was last collected: less is not worth the tenth of a second that it takes. */
const WORTH = 24 * 2 ** 20;

/**
 * Collects what this thread holds no longer as soon as it has come to rest after work, and gives back the memory: left to itself V8 keeps a
 * third more than there is, and the whole young heap, until it is needed elsewhere. Of a program that was not started with --expose-gc nothing is collected.
 *
 * @returns ends it
 */
export function collectAtRest(lookMs = LOOK_MS): () => void {
  let before = performance.eventLoopUtilization();
  let looks = 0;
  let least = 0;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    looks = performance.eventLoopUtilization(now, before).utilization < REST ? looks + 1 : 0;
    before = now;
    if (looks < LOOKS || getHeapStatistics().total_heap_size < least + WORTH) return;
    void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    least = getHeapStatistics().total_heap_size;
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}
