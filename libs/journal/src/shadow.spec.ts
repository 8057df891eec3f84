import { randomUUID } from 'node:crypto';
import { signedIn } from '@cairn/postgres/connection.js';
import { caughtUp, type Process, runnersAtWork } from './runner-testing.js';
import { Shadow } from './shadow.js';
import { amendEntry, tell, voidEntry, write } from './testing.js';

const work = runnersAtWork();

describe('a shadow of the read models', () => {
  let house: Awaited<ReturnType<typeof work.newHouse>>;
  let here: Process;
  beforeAll(async () => {
    house = await work.newHouse();
    here = await house.process('here');
  });
  afterAll(async () => {
    await work.rest();
    await work.close();
  });

  const rowsIn = (schema: string): Promise<string[]> =>
    signedIn(house.database.connection, async (client) => {
      const texts = async (table: string) => (await client.query<{ row: string }>(`select t::text as row from ${schema}.${table} t order by 1`)).rows.map(({ row }) => row);
      return [...(await texts('toy_days')), ...(await texts('toy_people'))];
    });
  const shadows = async (): Promise<string[]> =>
    signedIn(house.database.connection, async (client) => (await client.query<{ name: string }>("select nspname as name from pg_namespace where nspname like 'shadow%'")).rows.map(({ name }) => name));

  it('folds as far as it is asked to, on from there, and leaves those that are read alone', async () => {
    const runner = work.runnerOf(here);
    runner.start();
    const person = randomUUID();
    const [monday = ''] = (await write(here.journal, person, 'mon', 'Two words')).events;
    await tell(here.journal, person, 3);
    await caughtUp(runner, here);
    const [early, before] = [await here.journal.head(), await rowsIn('read')];
    const [tuesday = ''] = (await write(here.journal, person, 'tue', 'Later')).events;
    await amendEntry(here.journal, person, monday, { day: 'mon', text: 'Amended', words: 1 });
    await voidEntry(here.journal, person, tuesday);
    await caughtUp(runner, here);
    const after = await rowsIn('read');
    expect(after).not.toEqual(before);

    const shadow = await Shadow.make(house.database.connection, work.given(here));
    await shadow.foldTo(early);
    expect(await rowsIn(shadow.schema)).toEqual(before);
    await shadow.foldTo(await here.journal.head());
    expect(await rowsIn(shadow.schema)).toEqual(after);
    expect(await rowsIn('read')).toEqual(after);
    await expect(shadow.foldTo(early)).rejects.toThrow(RangeError);

    // One that is at work is left alone by the next, one whose process died is not.
    const beside = await Shadow.make(house.database.connection, work.given(here));
    expect((await shadows()).sort()).toEqual([shadow.schema, beside.schema].sort());
    await beside.owner.end();
    await shadow.drop();
    const last = await Shadow.make(house.database.connection, work.given(here));
    expect(await shadows()).toEqual([last.schema]);
    await last.drop();
    expect(await shadows()).toEqual([]);
  });
});
