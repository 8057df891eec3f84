import { randomUUID } from 'node:crypto';
import type { ReadModel } from '@cairn/kernel/read-model.js';
import { signedIn } from '@cairn/postgres/connection.js';
import { Journal } from './journal.js';
import { caughtUp, PATIENCE_MS, type Process, runnersAtWork, until } from './runner-testing.js';
import { RunnerStopped, type Runner, type RunnerOptions } from './runner.js';
import { nameClub, tell, write } from './testing.js';
import { clubEvents, DayRow, days, diaryEvents, people, PersonRow } from './toy-record.js';

const work = runnersAtWork();
const { logged, newHouse, runnerOf } = work;
afterEach(work.rest);
afterAll(work.close);

describe('on what it cannot take, a runner', () => {
  const poisoned: ReadModel = {
    ...people,
    fold: (row, entries, lookup) => {
      const tasted = function* () {
        for (const entry of entries) {
          if ((entry.data as { text?: string }).text === 'Poison') throw new TypeError('Poison is no word');
          yield entry;
        }
      };
      return people.fold(row as PersonRow, tasted(), lookup);
    },
  };

  async function stopsAt(process: Process, also: Partial<RunnerOptions>): Promise<{ runner: Runner; stopped: string }> {
    const runner = runnerOf(process, also);
    runner.start();
    const waiting = runner.waitFor(await process.journal.head(), PATIENCE_MS).catch((error: unknown) => error);
    await until(() => runner.status.stopped !== undefined);
    expect(await waiting).toBeInstanceOf(RunnerStopped);
    await expect(runner.waitFor(Number.MAX_SAFE_INTEGER, PATIENCE_MS)).rejects.toThrow(RunnerStopped);
    expect(runner.status.active).toBe(false);
    expect(logged.filter(({ level }) => level === 'error')).toHaveLength(1);
    return { runner, stopped: runner.status.stopped ?? '' };
  }

  it('that a fold refuses, stops before it, says where, tells nothing of the data, and skips nothing', async () => {
    const own = await newHouse();
    const process = await own.process();
    const person = randomUUID();
    await write(process.journal, person, 'mon', 'Rain');
    await write(process.journal, person, 'tue', 'Poison');
    await write(process.journal, person, 'wed', 'Sun');
    const { stopped, runner } = await stopsAt(process, { models: [days, poisoned] });
    expect(stopped).toMatch(/after position 1: .*PersonRow cannot fold DayWritten at position 2 \(TypeError/);
    expect(JSON.stringify(logged)).not.toContain('no word');
    expect(runner.status.position).toBe(1);
    await runner.waitFor(1, 10);
    expect((await process.dataSource.getRepository(DayRow).find()).map(({ day }) => day)).toEqual(['mon']);
    const repaired = runnerOf(process);
    repaired.start();
    await caughtUp(repaired, process);
    expect(await process.dataSource.getRepository(PersonRow).find()).toMatchObject([{ told: 3 }]);
  });

  it('that this release does not know, stops before it', async () => {
    const own = await newHouse();
    const process = await own.process();
    await nameClub(process.journal, 'The Walkers');
    await tell(process.journal, randomUUID(), 3);
    const older = new Journal(process.store, process.keyring, [diaryEvents, clubEvents]);
    const { stopped } = await stopsAt(process, { journal: older });
    expect(stopped).toMatch(/after position 1: .*knows no mood streams/);
  });

  it('whose seal is broken, stops before it', async () => {
    const own = await newHouse();
    const process = await own.process();
    await tell(process.journal, randomUUID(), 3);
    await tell(process.journal, randomUUID(), 4);
    await signedIn(own.database.connection, async (client) => {
      await client.query('alter table log.events disable trigger kept');
      await client.query('update log.events set data = (select data from log.events where position = 1) where position = 2');
    });
    const { stopped } = await stopsAt(process, {});
    expect(stopped).toMatch(/after position 1: .*does not open/);
  });

  it('that the database refuses, stops before it and quotes none of it', async () => {
    const own = await newHouse();
    const process = await own.process();
    await signedIn(own.database.connection, (client) => client.query("alter table read.toy_people add constraint calm check (mood < 8)"));
    await tell(process.journal, randomUUID(), 3);
    await tell(process.journal, randomUUID(), 9);
    const { stopped } = await stopsAt(process, {});
    expect(stopped).toMatch(/after position 1: .*SQLSTATE 23514, toy_people, calm/);
    expect(stopped).not.toContain('Failing row');
  });
});
