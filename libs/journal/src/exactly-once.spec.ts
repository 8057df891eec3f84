import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { readModel } from '@cairn/kernel/read-model.js';
import { CheckpointMoved } from './checkpoint.js';
import { ReadModels } from './read-models.js';
import { rebuild } from './rebuild.js';
import { caughtUp, endSessions, type Process, runnersAtWork, tablesOf } from './runner-testing.js';
import { amendEntry, nameClub, praise, tell, voidEntry, write } from './testing.js';
import { diary, diaryEvents, LogRow, PersonRow } from './toy-record.js';

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

describe('exactly once', () => {
  it('holds across restarts, lost connections and takeovers at random points', async () => {
    const persons = Array.from({ length: 6 }, () => randomUUID());
    const writing = Promise.all(
      persons.map(async (person) => {
        for (let n = 0; n < 25; n++) {
          const { events } = await write(here.journal, person, `day-${n}`, 'Words and words');
          if (n % 8 === 7) await voidEntry(here.journal, person, events[0] ?? '');
        }
      }),
    );
    const [one, two] = [runnerOf(here), runnerOf(there)];
    let done = false;
    const disturbing = (async () => {
      for (let n = 0; n < 15 || !done; n++) {
        one.start();
        two.start();
        await sleep(15 + Math.random() * 60);
        if (n % 3 === 0) await endSessions(house, `application_name = '${n % 2 ? 'here' : 'there'}'`);
        else await (n % 3 === 1 ? one : two).stop();
      }
    })();
    await writing;
    await sleep(100);
    done = true;
    await disturbing;
    one.start();
    await caughtUp(one, here);
    const rows = await here.dataSource.getRepository(PersonRow).find();
    for (const person of persons) expect(rows.find(({ participant }) => participant === person)).toMatchObject({ told: 22 });
    await Promise.all([one.stop(), two.stop()]);
    const before = await tablesOf(house);
    await rebuild(house.database.connection, given(there));
    expect(await tablesOf(house)).toEqual(before);
  });

  it('gives the raw log a row for every entry, corrections and other streams included, whatever became of it', async () => {
    const person = randomUUID();
    const runner = runnerOf(here);
    runner.start();
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    await nameClub(here.journal, `club of ${person}`);
    await amendEntry(here.journal, person, events[0] ?? '', { day: 'mon', text: 'Sun', words: 1 });
    await voidEntry(here.journal, person, events[0] ?? '');
    const head = await caughtUp(runner, here);
    await runner.stop();
    const rows = await here.dataSource.getRepository(LogRow).find({ order: { position: 'ASC' } });
    expect(rows).toHaveLength(head);
    expect(rows.slice(-4)).toMatchObject([{ event: events[0], correction: false }, { stream: 'club-walkers' }, { stream: `diary-${person}`, correction: true }, { stream: `diary-${person}`, correction: true }]);
  });

  it('holds when two fold the same batch at once: one does, the other writes nothing', async () => {
    const person = randomUUID();
    const runner = runnerOf(here);
    runner.start();
    const from = await caughtUp(runner, here);
    await runner.stop();
    await write(here.journal, person, 'mon', 'Rain');
    await tell(here.journal, person, 1);
    const batch = await here.journal.upTo([`diary-${person}`, `mood-${person}`], Number.MAX_SAFE_INTEGER);
    const signal = new AbortController().signal;
    const both = await Promise.allSettled([here, there].map((process) => new ReadModels(given(process)).fold(batch, from, signal)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: expect.any(CheckpointMoved) });
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ told: 2 }]);
  });

  it('holds when more was recorded by the time a correction is folded', async () => {
    const person = randomUUID();
    const models = new ReadModels(given(here));
    const from = await here.journal.head();
    await rebuild(house.database.connection, given(here));
    const { events } = await write(here.journal, person, 'mon', 'Rain');
    await voidEntry(here.journal, person, events[0] ?? '');
    await write(here.journal, person, 'tue', 'Sun');
    const entries = await here.journal.upTo([`diary-${person}`], Number.MAX_SAFE_INTEGER);
    const { signal } = new AbortController();
    await models.fold(entries.slice(0, 2), from, signal);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toEqual([]);
    await models.fold(entries.slice(2), await models.checkpoint(), signal);
    expect(await here.dataSource.getRepository(PersonRow).findBy({ participant: person })).toMatchObject([{ told: 1 }]);
  });

  it('gives up a batch whole when it is told to stop in it', async () => {
    const person = randomUUID();
    const models = new ReadModels(given(here));
    const from = await models.checkpoint();
    await write(here.journal, person, 'mon', 'Rain');
    const before = await tablesOf(house);
    const batch = await here.journal.upTo([`diary-${person}`], Number.MAX_SAFE_INTEGER);
    await expect(models.fold(batch, from, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(await tablesOf(house)).toEqual(before);
  });
});

describe('what is folded as it comes', () => {
  it('is what is folded anew also where a fold leans on the order of fields, which the database does not keep', async () => {
    const [one, all] = [randomUUID(), randomUUID()];
    const models = new ReadModels(given(here));
    await rebuild(house.database.connection, given(here));
    const { signal } = new AbortController();
    for (const day of ['ccc', 'bb', 'é', 'z', 'a', '10']) {
      await write(here.journal, one, day, 'Words');
      await models.fold((await here.journal.upTo([`diary-${one}`], Number.MAX_SAFE_INTEGER)).slice(-1), await models.checkpoint(), signal);
    }
    for (const day of ['ccc', 'bb', 'é', 'z', 'a', '10']) await write(here.journal, all, day, 'Words');
    await models.fold(await here.journal.upTo([`diary-${all}`], Number.MAX_SAFE_INTEGER), await models.checkpoint(), signal);
    const rows = await here.dataSource.getRepository(PersonRow).find();
    const daysOf = (person: string) => rows.find(({ participant }) => participant === person)?.days;
    expect(daysOf(one)).toEqual(daysOf(all));
  });

  it('is not written where nothing of it is new', async () => {
    const person = randomUUID();
    const first = readModel(PersonRow, [diaryEvents], { initial: { told: 0, erased: 0, mood: null, wordsByDay: {}, days: [], livesUnder: null, merged: [] } }, { DayWritten: (row, { data }) => (row.told > 0 ? row : { ...row, told: data.words }) });
    const { signal } = new AbortController();
    const fold = async (models: ReadModels, day: string) => {
      await write(here.journal, person, day, 'Some words');
      await models.fold((await here.journal.upTo([`diary-${person}`], Number.MAX_SAFE_INTEGER)).slice(-1), await models.checkpoint(), signal);
    };
    const row = () => here.dataSource.query<object[]>('select xmin::text, ctid::text, position::int, told from read.toy_people where participant = $1', [person]);
    await rebuild(house.database.connection, given(here));
    const models = new ReadModels(given(here, { models: [first], logs: [] }));
    await fold(models, 'mon');
    const written = await row();
    expect(written).toMatchObject([{ told: 2 }]);
    await fold(models, 'tue');
    await fold(new ReadModels(given(here, { models: [first], logs: [] })), 'wed');
    expect(await row()).toEqual(written);
    await rebuild(house.database.connection, given(here));
  });

  it('is bit for bit what is folded anew, after any commands and corrections', async () => {
    const runner = runnerOf(here);
    runner.start();
    const step = fc.record({ what: fc.constantFrom('write', 'write', 'write', 'praise', 'tell', 'void', 'amend', 'pause'), person: fc.nat(1), day: fc.constantFrom('a', 'bb', 'c', '10', '9', 'é'), n: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const persons = [randomUUID(), randomUUID()];
        for (const { what, person: nth, day, n } of steps) await take(what, persons[nth] ?? '', day, n).catch((error: unknown) => expect(error).toHaveProperty('code'));
        await caughtUp(runner, here);
      }),
      { numRuns: 12 },
    );
    await runner.stop();
    const before = await tablesOf(house);
    expect(before.length).toBeGreaterThan(20);
    const progress: [number, number][] = [];
    const head = await rebuild(house.database.connection, { ...given(there), onProgress: (done, total) => void progress.push([done, total]) });
    expect(await tablesOf(house)).toEqual(before);
    expect(progress[0]).toEqual([0, head]);
    expect(progress.at(-1)).toEqual([head, head]);

    async function take(what: string, person: string, day: string, n: number): Promise<unknown> {
      const entryOfDay = async () => (await here.journal.history([[diary, person]])).find(({ type, data }) => type === 'DayWritten' && (data as { day: string }).day === day)?.id ?? randomUUID();
      switch (what) {
        case 'write':
          return write(here.journal, person, day, 'w '.repeat(n));
        case 'praise':
          return praise(here.journal, person, day);
        case 'tell':
          return tell(here.journal, person, n);
        case 'void':
          return voidEntry(here.journal, person, await entryOfDay());
        case 'amend':
          return amendEntry(here.journal, person, await entryOfDay(), { day, text: `amended ${n}`, words: n });
        default:
          return sleep(n);
      }
    }
  });
});
