import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Entry } from '@cairn/kernel/envelope.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { corrected } from '@cairn/kernel/history.js';
import { survivorOf } from '@cairn/kernel/merges.js';
import { ReadModels } from './read-models.js';
import { rebuild } from './rebuild.js';
import { runnersAtWork, tablesOf, type Process } from './runner-testing.js';
import { amendEntry, give, merge, tell, voidEntry, write } from './testing.js';
import { DayRow, diary, mood, PersonRow } from './toy-record.js';

const work = runnersAtWork();
let house: Awaited<ReturnType<typeof work.newHouse>>;
let here: Process;
let models: ReadModels;
const { signal } = new AbortController();
beforeAll(async () => {
  house = await work.newHouse();
  here = await house.process('here');
  models = new ReadModels(work.given(here));
});
afterAll(work.close);

const persons = (n: number) => Array.from({ length: n }, () => randomUUID());

/** Folds what is not folded yet, in batches of at most so many. */
async function fold(size = 500): Promise<void> {
  const done = new AbortController();
  let position = await models.checkpoint();
  const head = await here.journal.head();
  if (position < head)
    for await (const batch of here.journal.follow(position, { signal: done.signal, batch: size })) {
      await models.fold(batch, position, signal);
      position = batch.at(-1)?.position ?? position;
      if (position >= head) break;
    }
  done.abort();
}

const daysOf = async (participant: string) => (await here.dataSource.getRepository(DayRow).findBy({ participant })).map(({ day }) => day).sort();
const personOf = (participant: string) => here.dataSource.getRepository(PersonRow).findOneBy({ participant });
const links = () => signedIn(house.database.connection, async (client) => (await client.query('select merged, kept from read.merges order by 1')).rows);
const stateOf = async (person: string) => Object.keys((await here.journal.state(diary, person)).days).sort();

describe('a merge', () => {
  it('gives the kept one what both wrote, and leaves of the other that it was there and where it lives on', async () => {
    const [kept = '', other = ''] = persons(2);
    await write(here.journal, kept, 'a', 'Mine');
    await write(here.journal, other, 'first', 'Registered');
    await write(here.journal, other, 'b', 'Mine too');
    await tell(here.journal, other, 3);
    await merge(here.journal, kept, other);
    await fold();
    expect([await daysOf(kept), await daysOf(other)]).toEqual([['a', 'b'], []]);
    expect(await personOf(kept)).toMatchObject({ mood: 3, merged: [other], livesUnder: null });
    expect(await personOf(other)).toMatchObject({ mood: null, merged: [], livesUnder: kept });
    expect([await stateOf(kept), await here.journal.state(mood, kept)]).toEqual([['a', 'b'], 3]);
  });

  it('goes on: what either is told later is the kept one’s; undone, each has its own; done again, all is together', async () => {
    const [kept = '', other = ''] = persons(2);
    for (const person of [kept, other]) for (const day of [`of ${person.slice(0, 2)}`, 'x']) await write(here.journal, person, day, person === kept ? 'one' : 'one');
    await merge(here.journal, kept, other);
    await fold();
    await write(here.journal, other, 'later', 'Told of the other');
    await fold();
    expect(await daysOf(kept)).toContain('later');
    await merge(here.journal, kept, other, 'ParticipantsUnmerged');
    await fold();
    expect([await daysOf(kept), await daysOf(other)]).toEqual([[`of ${kept.slice(0, 2)}`, 'x'].sort(), [`of ${other.slice(0, 2)}`, 'x', 'later'].sort()]);
    expect([(await personOf(kept))?.merged, (await personOf(other))?.livesUnder, await stateOf(other)]).toEqual([[], null, [`of ${other.slice(0, 2)}`, 'x', 'later'].sort()]);
    await merge(here.journal, kept, other);
    await fold();
    expect([(await daysOf(kept)).includes('later'), await daysOf(other)]).toEqual([true, []]);
  });

  it('of a merge: what was merged into the merged one is the last one’s as well, also what it is told afterwards', async () => {
    const [a = '', b = '', c = ''] = persons(3);
    for (const [n, person] of [a, b, c].entries()) for (const day of ['first', `day ${n}`]) await write(here.journal, person, day, 'Words');
    await merge(here.journal, b, c);
    await fold();
    await merge(here.journal, a, b);
    await write(here.journal, c, 'deep', 'Down');
    await fold();
    expect([await daysOf(a), await daysOf(b), await daysOf(c)]).toEqual([['day 0', 'day 1', 'day 2', 'deep', 'first'], [], []]);
    expect(await stateOf(a)).toEqual(['day 0', 'day 1', 'day 2', 'deep', 'first']);
    await merge(here.journal, a, b, 'ParticipantsUnmerged');
    await fold();
    expect([await daysOf(a), await daysOf(b), await daysOf(c)]).toEqual([['day 0', 'first'], ['day 1', 'day 2', 'deep', 'first'], []]);
  });

  it('is remembered by whoever comes after, and made anew with the rest', async () => {
    const [kept = '', other = ''] = persons(2);
    await write(here.journal, other, 'first', 'Words');
    await merge(here.journal, kept, other);
    await fold();
    models = new ReadModels(work.given(here));
    await write(here.journal, other, 'after a restart', 'Words');
    await fold();
    expect(await daysOf(kept)).toEqual(['after a restart']);
    const before = [await tablesOf(house), await links()];
    await rebuild(house.database.connection, work.given(here));
    expect([await tablesOf(house), await links()]).toEqual(before);
  });
});

describe('merges, their ends, days given away and corrections, in any order and any batches', () => {
  const kinds = ['write', 'write', 'write', 'tell', 'merge', 'merge', 'unmerge', 'give', 'give', 'void', 'amend', 'amend', 'fold'] as const;
  const step = fc.record({ what: fc.constantFrom(...kinds), one: fc.nat(3), other: fc.nat(3), day: fc.constantFrom('a', 'b', 'c'), n: fc.nat(40), size: fc.constantFrom(1, 2, 3, 7, 500) });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  it('leave the rows that folding anew leaves, and the states that the rows tell', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40, size: 'max' }), fc.constantFrom(1, 2, 5, 500), async (steps, size) => {
        const four = persons(4);
        const merges = new Map<string, string>();
        for (const each of steps) if (await take(each, four, merges)) seen.add(each.what);
        await fold(size);
        for (const person of four) {
          const row = await personOf(person);
          const survivor = survivorOf(merges, person);
          expect(row?.livesUnder ?? null).toBe(merges.get(person) ?? null);
          if (survivor === person) expect(Object.keys(row?.wordsByDay ?? {}).sort()).toEqual(await stateOf(person));
          else expect(await daysOf(person)).toEqual([]);
        }
        const before = [await tablesOf(house), await links()];
        await rebuild(house.database.connection, work.given(here));
        models = new ReadModels(work.given(here));
        expect([await tablesOf(house), await links()]).toEqual(before);
      }),
      { numRuns: 14, endOnFailure: true },
    );
    expect([...new Set(kinds)].filter((kind) => !seen.has(kind))).toEqual([]);
  });

  /** Whether there was anything to do. Who decides sees to it that only those are merged that stand for themselves. */
  async function take({ what, one: nth, other: mth, day, n, size }: Step, four: readonly string[], merges: Map<string, string>): Promise<boolean> {
    const [one = '', other = ''] = [four[nth], four[mth]];
    const written = async (): Promise<Entry[]> => corrected(await here.journal.history([[diary, one]])).filter(({ type, stream, revision }) => type === 'DayWritten' && stream.endsWith(one) && revision > 0);
    switch (what) {
      case 'fold':
        return fold(size).then(() => true);
      case 'write':
        return write(here.journal, one, day, 'w '.repeat(n)).then(() => true, () => false);
      case 'tell':
        return tell(here.journal, one, n).then(() => true);
      case 'merge':
        if (one === other || merges.has(one) || merges.has(other)) return false;
        await write(here.journal, other, 'first', 'Registered').catch(() => {});
        await merge(here.journal, one, other);
        merges.set(other, one);
        return true;
      case 'unmerge': {
        const kept = merges.get(one);
        if (kept === undefined) return false;
        await merge(here.journal, kept, one, 'ParticipantsUnmerged');
        return merges.delete(one);
      }
      default: {
        // A registration is neither given away nor voided.
        const entries = await written();
        const entry = entries[n % Math.max(1, entries.length)];
        if (!entry) return false;
        if (what === 'give') return one !== other && give(here.journal, one, other, entry).then(() => true);
        const { day: told } = entry.data as { day: string };
        const done = what === 'void' ? voidEntry(here.journal, one, entry.id) : amendEntry(here.journal, one, entry.id, { day: told, text: `amended ${n}`, words: n });
        return done.then(() => true, () => false);
      }
    }
  }
});
