import { randomUUID } from 'node:crypto';
import { signedIn } from '@cairn/postgres/connection.js';
import { rebuild } from './rebuild.js';
import { caughtUp, endSessions, type Process, runnersAtWork, tablesOf } from './runner-testing.js';
import { amendEntry, give, merge, nameClub, praise, tell, voidEntry, write } from './testing.js';
import { diary } from './toy-record.js';

const work = runnersAtWork();

let house: Awaited<ReturnType<typeof work.newHouse>>;
let here: Process;
/** As the runner left them. */
let kept: string[];
beforeAll(async () => {
  house = await work.newHouse();
  here = await house.process('here');
  await record();
  const runner = work.runnerOf(here);
  runner.start();
  await caughtUp(runner, here);
  await runner.stop();
  kept = await tablesOf(house);
});
afterAll(async () => {
  await work.rest();
  await work.close();
});

/** Some whose entries lie together, some who come again and again, some corrected or merged between others' entries. */
async function record(): Promise<void> {
  const persons = Array.from({ length: 8 }, () => randomUUID());
  const [one = '', two = '', three = '', four = '', five = ''] = persons;
  for (const person of persons) await tell(here.journal, person, 1);
  for (const day of ['first', 'b', 'c']) for (const person of persons.slice(0, 6)) await write(here.journal, person, day, `${day}\t\\ of\n${person}`);
  await nameClub(here.journal, 'Walkers');
  for (const day of ['d', 'e', 'f', 'g']) await write(here.journal, persons[6] ?? '', day, 'Words');
  const entry = (await here.journal.history([[diary, one]])).find(({ data }) => (data as { day?: string }).day === 'b');
  await amendEntry(here.journal, one, entry?.id ?? '', { day: 'b', text: 'Amended', words: 1 });
  await merge(here.journal, two, three);
  const [given] = (await here.journal.history([[diary, four]])).filter(({ data }) => (data as { day?: string }).day === 'c');
  if (given) await give(here.journal, four, five, given);
  for (const person of persons) await praise(here.journal, person, 'b').catch(() => {});
  const { events } = await write(here.journal, persons[5] ?? '', 'h', 'Void');
  await voidEntry(here.journal, persons[5] ?? '', events[0] ?? '');
  for (const person of [one, two, persons[7] ?? '']) await tell(here.journal, person, 2);
}

const ask = <Row extends object>(sql: string) => signedIn(house.database.connection, async (client) => (await client.query<Row>(sql)).rows);
const indexes = () => ask<{ name: string }>(`
  select indexdef as name from pg_indexes where schemaname = 'read' union all
  select conrelid::regclass || conname || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'read'::regnamespace order by 1`);

describe('a rebuild', () => {
  it('makes the rows that the runner made, however little room there is for those of people whose entries lie apart', async () => {
    for (const [room, batch] of [[0, 1], [1, 3], [3, 2], [7, 5], [100, 7], [10, 100]] as const) {
      await ask('truncate read.toy_days; truncate read.merges; update read.toy_people set told = 99');
      await rebuild(house.database.connection, { ...work.given(here), room, batch });
      expect(await tablesOf(house)).toEqual(kept);
    }
  });

  it('leaves the indexes and keys as they were, also one that a view leans on', async () => {
    await ask(`create index toy_mood on read.toy_people (mood desc nulls last) where mood > 0; create unique index on read.toy_log (event);
      create view leaning as select participant, told from read.toy_people group by participant`);
    const before = await indexes();
    await rebuild(house.database.connection, work.given(here));
    expect(await indexes()).toEqual(before);
    expect(before.length).toBeGreaterThan(6);
    await ask('drop view leaning');
  });

  it('broken off leaves everything as it was', async () => {
    const before = await indexes();
    const cut = async (done: number) => {
      if (done === 0) await endSessions(house, `application_name = 'cairn rebuild'`);
    };
    await expect(rebuild(house.database.connection, { ...work.given(here), onProgress: cut })).rejects.toThrow();
    expect(await tablesOf(house)).toEqual(kept);
    expect(await indexes()).toEqual(before);
    await rebuild(house.database.connection, work.given(here));
    expect(await tablesOf(house)).toEqual(kept);
  });
});
