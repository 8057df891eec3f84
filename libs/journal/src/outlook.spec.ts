import { randomUUID } from 'node:crypto';
import type { Entry } from '@cairn/kernel/envelope.js';
import { circumstances, merge, praise, toyHouse, voidEntry, write } from './testing.js';
import { diary, tally } from './toy-record.js';
import type { Transaction } from './transaction.js';

let house: Awaited<ReturnType<typeof toyHouse>>;
let here: Awaited<ReturnType<typeof house.process>>;
beforeAll(async () => {
  house = await toyHouse();
  here = await house.process();
});
afterAll(() => house.close());

/** An outlook at the end of the log, which counts the streams that are read for it; `moveOn` follows what came since. */
async function outlookHere() {
  let read = 0;
  const { store, journal } = here;
  const outlook = journal.outlook();
  let position = await journal.head();
  return {
    outlook,
    async reading(work: () => Promise<unknown>): Promise<number> {
      read = 0;
      const original = store.read.bind(store);
      store.read = (streams, options) => {
        read += streams.length;
        return original(streams, options);
      };
      await work().finally(() => (store.read = original));
      return read;
    },
    async moveOn(): Promise<Entry[]> {
      const stop = new AbortController();
      const head = await journal.head();
      const passed: Entry[] = [];
      if (head > position)
        for await (const batch of journal.follow(position, { signal: stop.signal })) {
          outlook.pass(batch);
          passed.push(...batch);
          position = batch.at(-1)?.position ?? position;
          if (position >= head) break;
        }
      stop.abort();
      return passed;
    },
  };
}

/** Something is to be counted of a person while so many days stand. */
const counts = (person: string, days: number) => ({
  streams: [[diary, person], [tally, person]] as const,
  decide: (transaction: Transaction) => {
    if (Object.keys(transaction.state(diary, person).days).length === days) transaction.decide(tally, person, { what: 'days' }, circumstances());
  },
});

describe('an outlook', () => {
  it('tells of what passed by without a stream being read again', async () => {
    const person = randomUUID();
    const { outlook, moveOn, reading } = await outlookHere();
    await write(here.journal, person, 'mon', 'Rain');
    await moveOn();
    expect(await outlook.rehearse([counts(person, 1), counts(person, 2)])).toEqual([true, false]);
    await write(here.journal, person, 'tue', 'Sun');
    await moveOn();
    expect(await reading(async () => expect(await outlook.rehearse([counts(person, 1), counts(person, 2)])).toEqual([false, true]))).toBe(0);
  });

  it('reads a stream anew that was corrected, and whenever somebody asks of it what nobody asked before', async () => {
    const person = randomUUID();
    const { outlook, moveOn, reading } = await outlookHere();
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    await write(here.journal, person, 'tue', 'Sun');
    await outlook.rehearse([counts(person, 2)]);
    await moveOn();
    await voidEntry(here.journal, person, events[0] ?? '');
    await moveOn();
    expect(await outlook.rehearse([counts(person, 1)])).toEqual([true]);
    const entries = { streams: [[diary, person]] as const, decide: (transaction: Transaction) => void (transaction.standing(diary, person).length === 1 && transaction.decide(diary, person, { type: 'PraiseDay', day: 'tue' }, circumstances())) };
    expect(await reading(async () => expect(await outlook.rehearse([entries])).toEqual([true]))).toBeGreaterThan(0);
  });

  it('holds what was read ahead of the log it follows once', async () => {
    const person = randomUUID();
    const { outlook, moveOn } = await outlookHere();
    await write(here.journal, person, 'mon', 'Rain');
    await praise(here.journal, person, 'mon');
    const praises = { streams: [[diary, person]] as const, decide: (transaction: Transaction) => void (transaction.state(diary, person).praised.length === 1 || transaction.decide(diary, person, { type: 'PraiseDay', day: 'mon' }, circumstances())) };
    await outlook.rehearse([praises]);
    expect(await moveOn()).toHaveLength(2);
    expect(await outlook.rehearse([praises])).toEqual([false]);
  });

  it('tells of all registrations of a person from when they are merged until they are not', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const { outlook, moveOn } = await outlookHere();
    // The first entry of a registration lives on under none.
    for (const [person, day] of [[one, 'mon'], [two, 'mon'], [two, 'tue']] as const) await write(here.journal, person, day, 'Rain');
    await moveOn();
    expect(await outlook.rehearse([counts(one, 1), counts(one, 2)])).toEqual([true, false]);
    await merge(here.journal, one, two);
    await moveOn();
    expect(await outlook.rehearse([counts(one, 1), counts(one, 2)])).toEqual([false, true]);
    await write(here.journal, two, 'wed', 'Sun');
    await moveOn();
    expect(await outlook.rehearse([counts(one, 3)])).toEqual([true]);
    await merge(here.journal, one, two, 'ParticipantsUnmerged');
    await moveOn();
    expect(await outlook.rehearse([counts(one, 1), counts(one, 3)])).toEqual([true, false]);
  });

  it('counts what cannot be decided, and records nothing', async () => {
    const person = randomUUID();
    const { outlook } = await outlookHere();
    const impossible = { streams: [[diary, person]] as const, decide: (transaction: Transaction) => transaction.decide(diary, person, { type: 'PraiseDay', day: 'never' }, circumstances()) };
    const head = await here.journal.head();
    expect(await outlook.rehearse([impossible, counts(person, 0)])).toEqual([true, true]);
    expect(await here.journal.head()).toBe(head);
  });
});
