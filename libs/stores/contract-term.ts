import { NO_STREAM, TermOver, type EventStore } from '@cairn/kernel/event-store.js';
import { event, streamName, write } from './contract-load.js';

type Opened = () => EventStore;

/** What is taken in which term. */
export function termContract(store: Opened, second: Opened, endTerm: () => Promise<void>): void {
  const appends = () => [[write(streamName(), NO_STREAM, event())], [write(streamName(), NO_STREAM, event(), event()), write(streamName(), NO_STREAM, event())], [write(streamName(), NO_STREAM)]];

  it('takes what is appended in the present term, in one that is over nothing, and then says which is the present one', async () => {
    const { term } = store();
    const taken = appends();
    for (const each of taken) expect((await store().append(each, term)).repeated).toBeUndefined();
    await endTerm();
    const late = appends();
    const head = await store().head();
    for (const each of late) await expect(second().append(each, term)).rejects.toMatchObject({ present: term + 1 });
    expect(second().term).toBe(term + 1);
    expect(await store().head()).toBe(head);
    expect(await second().read(late.flat())).toEqual([]);
    for (const each of late) expect((await second().append(each, second().term)).repeated).toBeUndefined();
    for (const each of appends()) expect((await second().append(each)).repeated).toBeUndefined();
  });

  it('answers a repeat as it answered the first time, also when the term is over', async () => {
    const { term } = store();
    const [alone = [], several = []] = appends();
    const first = [await store().append(alone, second().term), await store().append(several, second().term)];
    await endTerm();
    for (const [index, each] of [alone, several].entries()) expect(await store().append(each, term)).toEqual({ ...first[index], repeated: true });
  });

  it('takes no place from what is appended meanwhile when it is refused', async () => {
    const over = second().term;
    await endTerm();
    const head = await store().head();
    const oneByOne = async (append: () => Promise<unknown>) => {
      for (let n = 0; n < 100; n++) await append();
    };
    await Promise.all([
      oneByOne(() => store().append([write(streamName(), NO_STREAM, event())])),
      oneByOne(() => expect(second().append([write(streamName(), NO_STREAM, event())], over)).rejects.toBeInstanceOf(TermOver)),
    ]);
    expect(await store().head()).toBe(head + 100);
  });

  it('harms none that is sent at the same moment in another term, or in any', async () => {
    const over = second().term;
    await endTerm();
    await expect(second().append([write(streamName(), NO_STREAM, event())], over)).rejects.toBeInstanceOf(TermOver);
    const present = second().term;
    const before = await second().head();
    const answers = await Promise.allSettled([over, present, undefined, over, present, undefined, over].map((term) => second().append([write(streamName(), NO_STREAM, event())], term)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected']);
    expect(await second().head()).toBe(before + 4);
  });
}
