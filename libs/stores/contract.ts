import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { NO_STREAM, StaleRevision, StoreRefused, type EventStore, type NewEvent, type StoredEvent, type Write } from '@cairn/kernel/event-store.js';
import { faultsIn } from './checker.js';
import { followContract } from './contract-follow.js';
import { attempt, event, streamName, write, writeAtRandom } from './contract-load.js';
import { termContract } from './contract-term.js';

export interface OpenedStore {
  readonly store: EventStore;
  /** A second way to the same events, as another process would have. */
  readonly second?: EventStore;
  /** Ends the term, and with it what was appended in it is taken no more. */
  endTerm(): Promise<void>;
  close(): Promise<void>;
}

/** What every store must do, as a suite. `open` gives an empty store; it is called once. */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as an event store`, () => {
    let opened: OpenedStore | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    const store = () => required(opened).store;
    const second = () => required(opened).second ?? required(opened).store;

    it('is empty at first', async () => {
      expect(await store().head()).toBe(0);
      expect(await store().read([{ stream: 'unknown' }])).toEqual([]);
      expect(await store().read([])).toEqual([]);
      expect(await store().find(randomUUID())).toBeUndefined();
    });

    appending(store, second);
    refusing(store, second);
    termContract(store, second, () => required(opened).endTerm());
    reading(store);
    readingAtOnce(store, second);
    followContract(store, second);
    racing(store, second);
  });
}

function required(opened: OpenedStore | undefined): OpenedStore {
  if (!opened) throw new Error('The store did not open.');
  return opened;
}

type Opened = () => EventStore;

const read = (store: EventStore, ...streams: string[]): Promise<StoredEvent[]> => store.read(streams.map((stream) => ({ stream })));

function appending(store: Opened, second: Opened): void {
  it('keeps an event as it was sent, and says where and when it put it', async () => {
    const stream = streamName();
    const sent = [
      event({ data: '{"said":"Grüße, 你好, 🪨 \\" \\\\ \'"}', meta: '\n\t{}, NULL \u0001\u007f\ufeff' }),
      event({ data: '', meta: '', version: 32_767 }),
      event({ data: 'x'.repeat(1_000_000) }),
    ];
    const { positions, recordedAt } = await store().append([write(stream, NO_STREAM, ...sent)]);
    const kept = sent.map((each, index) => ({ ...each, stream, revision: index, position: positions[index], recordedAt }));
    expect(await read(store(), stream)).toEqual(kept);
    expect(await read(second(), stream)).toEqual(kept);
    expect(recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Math.abs(Date.parse(recordedAt) - Date.now())).toBeLessThan(60_000);
    expect(await store().head()).toBe(positions.at(-1));
  });

  it('refuses a write on a stream that stands elsewhere, and says where', async () => {
    const stream = streamName();
    await store().append([write(stream, NO_STREAM, event(), event())]);
    for (const expected of [NO_STREAM, 0, 2]) {
      await expect(store().append([write(stream, expected, event())])).rejects.toMatchObject({ stream, expected, actual: 1 });
    }
    await expect(store().append([write(streamName(), 0, event())])).rejects.toMatchObject({ expected: 0, actual: NO_STREAM });
    await expect(second().append([write(stream, 0, event())])).rejects.toBeInstanceOf(StaleRevision);
    expect(await read(store(), stream)).toHaveLength(2);
  });

  it('appends to all streams or to none', async () => {
    const [one, two, three] = [streamName(), streamName(), streamName()];
    const { positions } = await store().append([write(one, NO_STREAM, event(), event()), write(two, NO_STREAM, event())]);
    expect(positions).toHaveLength(3);
    await expect(store().append([write(three, NO_STREAM, event()), write(two, 0, event()), write(one, 0, event())])).rejects.toMatchObject({ stream: one, actual: 1 });
    expect((await read(store(), one, two, three)).map(({ stream, revision, position }) => [stream, revision, position])).toEqual([
      [one, 0, positions[0]],
      [one, 1, positions[1]],
      [two, 0, positions[2]],
    ]);
  });

  it('only checks a stream that is sent no events', async () => {
    const [checked, written] = [streamName(), streamName()];
    await store().append([write(checked, NO_STREAM, event())]);
    expect((await store().append([write(checked, 0), write(written, NO_STREAM, event())])).positions).toHaveLength(1);
    expect((await store().append([write(checked, 0), write(streamName(), NO_STREAM)])).positions).toEqual([]);
    await expect(store().append([write(written, 0, event()), write(checked, 1)])).rejects.toMatchObject({ stream: checked, expected: 1, actual: 0 });
    await expect(store().append([write(checked, NO_STREAM)])).rejects.toBeInstanceOf(StaleRevision);
    expect(await read(store(), checked, written)).toHaveLength(2);
  });

  it('answers a repeat as it answered the first time, also when the streams have moved on', async () => {
    const [one, two] = [streamName(), streamName()];
    const append = [write(one, NO_STREAM, event(), event()), write(two, NO_STREAM, event())];
    const first = await store().append(append);
    expect(await second().append(append)).toEqual({ ...first, repeated: true });
    await second().append([write(one, 1, event()), write(two, 0, event())]);
    expect(await store().append(append)).toEqual({ ...first, repeated: true });
    expect(await read(store(), one, two)).toHaveLength(5);
  });

  it('answers a repeat sent at the same moment as it answers the first', async () => {
    const stream = streamName();
    const append = [write(stream, NO_STREAM, event(), event())];
    const answers = await Promise.all([store(), second(), store(), second(), store()].map((each) => each.append(append)));
    expect(answers.map(({ repeated = false, ...answer }) => [answer, repeated]).sort()).toEqual(answers.map((_, index) => [{ positions: answers[0]?.positions, recordedAt: answers[0]?.recordedAt }, index > 0]));
    expect(await read(store(), stream)).toHaveLength(2);
  });
}

function refusing(store: Opened, second: Opened): void {
  it('uses an event id once for ever', async () => {
    const [here, there] = [streamName(), streamName()];
    const held = event();
    await store().append([write(here, NO_STREAM, held)]);
    await expect(store().append([write(there, NO_STREAM, held)])).rejects.toBeInstanceOf(StoreRefused);
    await expect(second().append([write(here, 0, held)])).rejects.toBeInstanceOf(StoreRefused);
    await expect(store().append([write(there, NO_STREAM, event(), { ...held, id: held.id.toUpperCase() })])).rejects.toBeInstanceOf(StoreRefused);
    const twice = event();
    await expect(store().append([write(there, NO_STREAM, twice), write(streamName(), NO_STREAM, twice)])).rejects.toBeInstanceOf(StoreRefused);
    expect(await read(store(), here, there)).toHaveLength(1);
  });

  it('refuses what it cannot hold, and harms no append sent at the same moment', async () => {
    const stream = streamName();
    const bad: (readonly Write[])[] = [
      ...['data', 'meta', 'type'].map((part) => [write(stream, NO_STREAM, event({ [part]: 'no\0no' }))]),
      [write(stream, NO_STREAM, event({ data: 'half a pair: \ud83e' }))],
      [write(stream, NO_STREAM, event(), event({ data: 'x'.repeat(17 * 1024 * 1024) }))],
      [write(stream, NO_STREAM, event({ id: 'not-a-uuid' }))],
      [write(`${stream}\0`, NO_STREAM, event())],
      [write(stream, NO_STREAM, event({ version: 1.5 }))],
      [write(stream, NO_STREAM, event()), write(stream, 0, event())],
      [write(stream, -2, event())],
    ];
    const good = bad.map(() => [write(streamName(), NO_STREAM, event())]);
    const answers = await Promise.all(bad.flatMap((each, index) => [attempt(store(), each), attempt(store(), good[index] ?? [])]));
    expect(answers.map(({ outcome }) => outcome)).toEqual(bad.flatMap(() => ['refused', 'acknowledged']));
    for (const each of bad) await expect(store().append(each)).rejects.toBeInstanceOf(StoreRefused);
    const streams = good.flatMap((each) => each.map((only) => only.stream));
    expect(faultsIn(answers, await read(store(), stream, ...streams))).toEqual([]);
  });
}

function reading(store: Opened): void {
  it('merges streams in the order of positions, from a revision, up to a position', async () => {
    const [one, two] = [streamName(), streamName()];
    const told: number[] = [];
    for (let revision = NO_STREAM; revision < 3; revision += 1) {
      for (const stream of [one, two]) told.push(...(await store().append([write(stream, revision, event())])).positions);
    }
    const positions = async (...asked: Parameters<EventStore['read']>) => (await store().read(...asked)).map(({ position }) => position);
    expect(await positions([{ stream: two }, { stream: one }, { stream: two }])).toEqual(told);
    expect(await positions([{ stream: one, after: 1 }, { stream: two, after: 2 }])).toEqual([told[4], told[6], told[7]]);
    expect(await positions([{ stream: one }, { stream: two }], { upTo: told[4] ?? 0 })).toEqual(told.slice(0, 5));
    expect(await positions([{ stream: one, after: 3 }, { stream: streamName() }, { stream: 'no\0stream' }])).toEqual([]);
  });

  it('finds an event by its id', async () => {
    const stream = streamName();
    const sent = event();
    await store().append([write(stream, NO_STREAM, event(), sent)]);
    expect(await store().find(sent.id)).toMatchObject({ ...sent, stream, revision: 1 });
    expect(await store().find(sent.id.toUpperCase())).toMatchObject({ ...sent, stream });
    expect(await store().find('not-a-uuid')).toBeUndefined();
  });
}

function readingAtOnce(store: Opened, second: Opened): void {
  it('answers many reads at once as it answers each alone, long streams among short ones', async () => {
    const lengths = [0, 1, 3, 63, 64, 65, 200];
    const streams = lengths.map(streamName);
    for (const [index, stream] of streams.entries()) await store().append([write(stream, NO_STREAM, ...Array.from({ length: lengths[index] ?? 0 }, () => event()))]);
    const slice = fc.constantFrom(...streams).chain((stream) => fc.record({ stream: fc.constant(stream), after: fc.integer({ min: NO_STREAM, max: 201 }) }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(slice, { maxLength: 20 }), { minLength: 2, maxLength: 80 }), async (reads) => {
        const alone: StoredEvent[][] = [];
        for (const slices of reads) alone.push(await second().read(slices));
        expect(await Promise.all(reads.map((slices) => store().read(slices)))).toEqual(alone);
      }),
      { numRuns: 10 },
    );
  });

  it('shows what was appended before it was asked to, however many others ask', async () => {
    const streams = Array.from({ length: 20 }, streamName);
    await Promise.all(
      streams.map(async (stream, index) => {
        for (let revision = NO_STREAM; revision < 8; revision++) {
          await (index % 2 ? second() : store()).append([write(stream, revision, event())]);
          expect((await store().read([{ stream, after: revision }])).map((stored) => stored.revision)).toEqual([revision + 1]);
        }
      }),
    );
  });
}

function racing(store: Opened, second: Opened): void {
  it('takes every append of many writers on few streams whole, once and in order, or not at all', async () => {
    const streams = Array.from({ length: 4 }, streamName);
    const attempts = (
      await Promise.all(Array.from({ length: 12 }, (_, writer) => writeAtRandom(writer % 2 ? second() : store(), streams, 25)))
    ).flat();
    const outcomes = new Set(attempts.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['acknowledged', 'refused']));
    expect(faultsIn(attempts, await read(store(), ...streams))).toEqual([]);
  });

  it('does, for any appends one after the other, what a list of streams would do', async () => {
    const shape = fc.uniqueArray(fc.record({ stream: fc.nat(2), off: fc.constantFrom(0, 0, 0, 0, 1, -1), events: fc.nat(2) }), {
      selector: ({ stream }) => stream,
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { maxLength: 12 }), async (appends) => {
        const streams = [streamName(), streamName(), streamName()];
        const model = new Map<string, NewEvent[]>(streams.map((stream) => [stream, []]));
        const contents = (stream: string): NewEvent[] => model.get(stream) ?? [];
        for (const each of appends) {
          const writes = each.map(({ stream, off, events }) => {
            const name = streams[stream] ?? '';
            return write(name, Math.max(NO_STREAM, contents(name).length - 1 + off), ...Array.from({ length: events }, () => event()));
          });
          const fits = writes.every(({ stream, expected }) => contents(stream).length - 1 === expected);
          expect((await attempt(store(), writes)).outcome).toBe(fits ? 'acknowledged' : 'refused');
          if (fits) for (const { stream, events } of writes) contents(stream).push(...events);
        }
        for (const stream of streams) expect((await read(store(), stream)).map(({ id }) => id)).toEqual(contents(stream).map(({ id }) => id));
      }),
      { numRuns: 20 },
    );
  });
}
