import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore, StoredEvent } from '@cairn/kernel/event-store.js';
import { event, streamName, write } from './contract-load.js';

/** Takes batches until this many events have come. */
async function take(store: EventStore, after: number, count: number, batch?: number): Promise<StoredEvent[][]> {
  const stop = new AbortController();
  const batches: StoredEvent[][] = [];
  for await (const page of store.follow(after, { signal: stop.signal, ...(batch === undefined ? {} : { batch }) })) {
    batches.push(page);
    if (batches.flat().length >= count) break;
  }
  return batches;
}

async function several(store: EventStore, count: number): Promise<{ stream: string; before: number; positions: readonly number[] }> {
  const stream = streamName();
  const before = await store.head();
  const { positions } = await store.append([write(stream, -1, ...Array.from({ length: count }, () => event()))]);
  return { stream, before, positions };
}

/** What following a store must do; part of `storeContract`. */
export function followContract(store: () => EventStore, second: () => EventStore): void {
  it('gives everything after a position, in order, in batches no larger than asked for', async () => {
    const { stream, before, positions } = await several(store(), 7);
    const batches = await take(store(), before, 7, 3);
    expect(batches.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(batches.flat()).toEqual(await store().read([{ stream }]));
    const [third] = positions.slice(2);
    expect((await take(store(), third ?? 0, 4)).flat().map(({ position }) => position)).toEqual(positions.slice(3));
  });

  it('gives from the very first event what reading gives', async () => {
    const head = await store().head();
    const all = (await take(store(), 0, 1, 10_000)).flat().filter(({ position }) => position <= head);
    expect(all[0]?.position).toBeGreaterThan(0);
    const read = await store().read([...new Set(all.map(({ stream }) => stream))].map((stream) => ({ stream })), { upTo: head });
    expect(all).toEqual(read);
  });

  it('goes on live with what any writer adds, and misses nothing', async () => {
    const stream = streamName();
    const head = await store().head();
    const followed = take(store(), head, 40, 4);
    for (let revision = -1; revision < 39; revision += 1) {
      await (revision % 2 ? store() : second()).append([write(stream, revision, event())]);
      if (revision % 10 === 0) await pause(5);
    }
    expect((await followed).flat()).toEqual(await store().read([{ stream }]));
  });

  it('gives in the next batch what there is when it is asked for', async () => {
    const { before } = await several(store(), 2);
    const stop = new AbortController();
    const batches = store().follow(before, { signal: stop.signal, batch: 2 })[Symbol.asyncIterator]();
    expect((await batches.next()).value).toHaveLength(2);
    await several(store(), 1);
    await several(store(), 1);
    expect((await batches.next()).value).toHaveLength(2);
    stop.abort();
    expect((await batches.next()).done).toBe(true);
  });

  it('ends promptly when it is aborted, waiting or before it began', async () => {
    const stop = new AbortController();
    const waiting = store().follow(await store().head(), { signal: stop.signal })[Symbol.asyncIterator]().next();
    await pause(20);
    const began = performance.now();
    stop.abort();
    expect((await waiting).done).toBe(true);
    expect(performance.now() - began).toBeLessThan(200);
    expect((await store().follow(0, { signal: stop.signal })[Symbol.asyncIterator]().next()).done).toBe(true);
  });
}
