import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { rebuild } from './rebuild.js';
import { caughtUp, runnersAtWork, tablesOf, until, type Process } from './runner-testing.js';
import { amendEntry, merge, praise, tell, type toyHouse, write } from './testing.js';
import { diary, PersonRow } from './toy-record.js';

const work = runnersAtWork();
let house: Awaited<ReturnType<typeof toyHouse>>;
let here: Process;
beforeAll(async () => {
  house = await work.newHouse();
  here = await house.process();
});
afterEach(() => work.rest());
afterAll(() => work.close());

/** Somebody of whom the tables hold something, a correction included. */
async function somebody(): Promise<string> {
  const person = randomUUID();
  const { events } = await write(here.journal, person, 'mon', 'Rain');
  await amendEntry(here.journal, person, events[0] ?? '', { day: 'mon', text: 'Hail', words: 1 });
  await praise(here.journal, person, 'mon');
  await tell(here.journal, person, 3);
  return person;
}

const rowsOf = async (person: string) => (await tablesOf(house)).filter((row) => row.includes(person));
const erasedRow = (person: string) => here.dataSource.getRepository(PersonRow).findOneBy({ participant: person });

/** What the tables hold, and what they hold made anew. */
async function incrementalAndRebuilt(): Promise<[string[], string[]]> {
  await work.rest();
  const incremental = await tablesOf(house);
  await rebuild(house.database.connection, work.given(here));
  return [incremental, await tablesOf(house)];
}

describe('whoever is erased', () => {
  it('is so in the tables within seconds, while nothing is recorded, as a rebuild has it', async () => {
    const [gone, other] = [await somebody(), await somebody()];
    const runner = work.runnerOf(here);
    runner.start();
    await caughtUp(runner, here);
    const others = await rowsOf(other);
    expect((await rowsOf(gone)).some((row) => row.includes('Hail'))).toBe(true);
    await here.keyring.destroy(gone);
    await until(async () => ((await erasedRow(gone))?.erased ?? 0) > 0);
    expect((await rowsOf(gone)).join('\n')).not.toMatch(/Hail|Rain|mon/);
    expect(await rowsOf(other)).toEqual(others);
    await write(here.journal, other, 'tue', 'Sun');
    await caughtUp(runner, here);
    const [incremental, rebuilt] = await incrementalAndRebuilt();
    expect(incremental).toEqual(rebuilt);
  });

  it.each(['kept', 'merged'] as const)('with another registration, the %s one, leaves of both what a rebuild leaves, and nothing of the one erased', async (which) => {
    const [kept, merged] = [await somebody(), await somebody()];
    await merge(here.journal, kept, merged);
    const runner = work.runnerOf(here);
    runner.start();
    await caughtUp(runner, here);
    const gone = which === 'kept' ? kept : merged;
    await here.keyring.destroy(gone);
    await until(async () => ((await erasedRow(kept))?.erased ?? 0) > 0);
    const [incremental, rebuilt] = await incrementalAndRebuilt();
    expect(incremental).toEqual(rebuilt);
  });

  it('while no runner was at work is so with the next that is', async () => {
    const gone = await somebody();
    const first = work.runnerOf(here);
    first.start();
    await caughtUp(first, here);
    await work.rest();
    await here.keyring.destroy(gone);
    const next = work.runnerOf(here);
    next.start();
    await until(async () => ((await erasedRow(gone))?.erased ?? 0) > 0);
    const [incremental, rebuilt] = await incrementalAndRebuilt();
    expect(incremental).toEqual(rebuilt);
  });

  it('between the reading of their entries and the writing of their rows is not left standing', async () => {
    const gone = randomUUID();
    const runner = work.runnerOf(here, {
      contexts: {
        load: async () => {
          if ((await here.journal.history([[diary, gone]])).length > 0) await here.keyring.destroy(gone);
        },
        lookup: () => undefined,
      },
    });
    runner.start();
    await write(here.journal, gone, 'mon', 'Hail');
    await caughtUp(runner, here);
    await until(async () => ((await erasedRow(gone))?.erased ?? 0) > 0);
    const [incremental, rebuilt] = await incrementalAndRebuilt();
    expect(incremental).toEqual(rebuilt);
  });
});
