import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { readModel, type ReadModel } from '@cairn/kernel/read-model.js';
import { checkModels, ReadModels } from './read-models.js';
import { rebuild } from './rebuild.js';
import { caughtUp, PATIENCE_MS, type Process, runnersAtWork, until } from './runner-testing.js';
import { NotCaughtUp, Standing } from './standing.js';
import { amendEntry, praise, tell, voidEntry, write } from './testing.js';
import { DayRow, days, diaryEvents, people, PersonRow } from './toy-record.js';

const work = runnersAtWork();
const { given, newHouse, runnerOf } = work;

let house: Awaited<ReturnType<typeof newHouse>>;
let here: Process;
let there: Process;
beforeAll(async () => {
  house = await newHouse();
  [here, there] = await Promise.all([house.process('here'), house.process('there')]);
});
afterEach(work.rest);
afterAll(work.close);

describe('a runner', () => {
  it('keeps the rows of all models as TypeORM reads them, with every type of column', async () => {
    const person = randomUUID();
    const runner = runnerOf(here);
    runner.start();
    await write(here.journal, person, 'mon', 'It\'s "fine", {so} \\ far,\n– ünï');
    await write(here.journal, person, 'tue', 'NULL');
    await praise(here.journal, person, 'mon');
    await tell(here.journal, person, 4);
    const head = await caughtUp(runner, here);
    const [monday, tuesday] = await here.dataSource.getRepository(DayRow).find({ where: { participant: person }, order: { day: 'ASC' } });
    expect(monday).toMatchObject({ order: 0, user: 'w1', praised: true, writtenOn: '2026-01-05', writtenAt: new Date('2026-01-05T09:30:00Z') });
    expect(monday).toMatchObject({ said: { text: 'It\'s "fine", {so} \\ far,\n– ünï' }, weight: expect.closeTo(6 / 7, 12), position: String(head - 1) });
    expect(tuesday).toMatchObject({ order: 1, praised: false, said: { text: 'NULL', tags: ['NULL'], words: 1 } });
    const [row] = await here.dataSource.getRepository(PersonRow).findBy({ participant: person });
    expect(row).toMatchObject({ told: 4, erased: 0, mood: 4, wordsByDay: { mon: 6, tue: 1 }, position: String(head) });
    expect(runner.status).toEqual({ active: true, position: head, lagMs: expect.any(Number) });
  });

  it('folds at once what somebody waits for, however long it would rest', async () => {
    const original = Standing.prototype.rest;
    const rest = jest.spyOn(Standing.prototype, 'rest').mockImplementation(function (this: Standing) {
      return original.call(this, 10 * PATIENCE_MS);
    });
    const person = randomUUID();
    const runner = runnerOf(here);
    runner.start();
    for (let n = 0; n < 10; n++) {
      await write(here.journal, person, `day-${n}`, 'Quick');
      await caughtUp(runner, here);
    }
    expect(rest.mock.calls.length).toBeGreaterThan(1);
    rest.mockRestore();
  });

  it('deletes the rows a void leaves without ground, and folds a participant anew after an amendment, others untouched', async () => {
    const [person, other] = [randomUUID(), randomUUID()];
    const runner = runnerOf(here);
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    const tuesday = await write(here.journal, person, 'tue', 'Sun');
    await write(here.journal, other, 'mon', 'Snow');
    await amendEntry(here.journal, person, tuesday.events[0] ?? '', { day: 'tue', text: 'Sun at last', words: 3 });
    runner.start();
    await caughtUp(runner, here);
    await voidEntry(here.journal, person, events[0] ?? '');
    await write(here.journal, other, 'tue', 'Ice');
    await caughtUp(runner, here);
    const rows = await here.dataSource.getRepository(DayRow).find({ order: { day: 'ASC' } });
    expect(rows.filter(({ participant }) => participant === person).map(({ day, said }) => [day, said?.text])).toEqual([['tue', 'Sun at last']]);
    expect(rows.filter(({ participant }) => participant === other).map(({ day }) => day)).toEqual(['mon', 'tue']);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ told: 1, wordsByDay: { tue: 3 } }]);
    await voidEntry(here.journal, person, tuesday.events[0] ?? '');
    await caughtUp(runner, here);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toEqual([]);
  });

  it('counts an erased participant as unknown', async () => {
    const [person, other] = [randomUUID(), randomUUID()];
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    await amendEntry(here.journal, person, events[0] ?? '', { day: 'mon', text: 'Hail', words: 1 });
    await tell(here.journal, other, 2);
    await here.keyring.destroy(person);
    const runner = runnerOf(here);
    runner.start();
    await caughtUp(runner, here);
    expect(await here.dataSource.getRepository(DayRow).findBy({ participant: person })).toEqual([]);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ told: 1, erased: 1, wordsByDay: {} }]);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: other })).toMatchObject([{ mood: 2 }]);
  });

  it('loads what the entries name before it folds them, those of a refolded history included', async () => {
    const person = randomUUID();
    const protocol = { programme: 'p', site: 's', version: '1' };
    const known = new Set<string>();
    const contexts = {
      load: async (refs: readonly { version: string }[]) => {
        for (const { version } of refs) known.add(version);
      },
      lookup: ({ version }: { version: string }) => {
        if (!known.has(version)) throw new Error('It was not loaded.');
        return version;
      },
    };
    const looking: ReadModel = readModel(PersonRow, [diaryEvents], { initial: { told: 0, erased: 0, mood: null, wordsByDay: {}, days: [], livesUnder: null, merged: [] } }, {
      DayWritten: (row, entry, lookup) => ({ ...row, wordsByDay: { ...row.wordsByDay, [String(entry.protocol ? lookup(entry.protocol) : 'none')]: 1 } }),
    });
    const models = new ReadModels(given(here, { contexts, models: [looking] }));
    await write(here.journal, person, 'mon', 'Rain');
    const from = await models.checkpoint();
    const raw = await here.journal.upTo([`diary-${person}`], Number.MAX_SAFE_INTEGER);
    await models.fold(raw.map((entry) => ({ ...entry, protocol, position: from + 1 })), from, new AbortController().signal);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ wordsByDay: { 1: 1 } }]);
    await rebuild(house.database.connection, given(here));
  });
});

describe('waiting for the models', () => {
  it('ends in NotCaughtUp where nobody keeps them', async () => {
    const runner = runnerOf(here);
    await tell(here.journal, randomUUID(), 1);
    const head = await here.journal.head();
    await expect(runner.waitFor(head, 60)).rejects.toThrow(NotCaughtUp);
    const waiting = expect(runner.waitFor(head, 5000)).rejects.toThrow(NotCaughtUp);
    await runner.stop();
    await waiting;
  });

  it('is served in a process that stands by', async () => {
    const [one, two] = [runnerOf(here), runnerOf(there)];
    one.start();
    await until(() => one.status.active);
    two.start();
    for (let n = 0; n < 5; n++) {
      const person = randomUUID();
      await tell(there.journal, person, 3);
      // Whoever asks again waits no longer for what is there already.
      for (const _ of ['first', 'again']) await caughtUp(two, there);
      expect(await there.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ mood: 3 }]);
    }
  });
});

describe('before anything runs', () => {
  it('a model that masked roles see may not be folded from streams that tell the arm', () => {
    expect(() => checkModels([days, people], [DayRow])).not.toThrow();
    expect(() => checkModels([days, people], [DayRow, PersonRow])).toThrow('Masked roles may see PersonRow, but it is folded from mood streams');
  });

  it('a model whose row class has another key is refused', () => {
    expect(() => runnerOf(here, { models: [{ ...days, keyColumn: undefined }] })).toThrow('DayRow must have the primary key (participant), not (participant, day)');
  });
});
