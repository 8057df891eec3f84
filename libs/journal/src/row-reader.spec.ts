import { randomUUID } from 'node:crypto';
import { part, RowReader } from './row-reader.js';
import { caughtUp, runnersAtWork, type Process } from './runner-testing.js';
import { tell, write } from './testing.js';
import { DayRow, PersonRow } from './toy-record.js';

const work = runnersAtWork();

describe('reading the rows of read models', () => {
  let here: Process;
  let reader: RowReader;
  const [somebody, nobody] = [randomUUID(), randomUUID()];
  beforeAll(async () => {
    const house = await work.newHouse();
    here = await house.process('here');
    reader = new RowReader(here.dataSource, here.pool);
    const runner = work.runnerOf(here);
    runner.start();
    await write(here.journal, somebody, 'mon', 'Two words');
    await write(here.journal, somebody, 'tue', 'Three more words');
    await tell(here.journal, somebody, 3);
    await caughtUp(runner, here);
  });
  afterAll(async () => {
    await work.rest();
    await work.close();
  });

  it('gives every column as an entity has it, and answers all that is asked together', async () => {
    const person = reader.prepare('spec-person', [PersonRow], (name) => `from ${name} t0 where participant = $1`);
    const days = reader.prepare('spec-days', [DayRow], (name) => `from ${name} t0 where participant = $1 order by day`);
    const [people, written, none] = await reader.together((client) => [person.ask(client, [somebody]), days.ask(client, [somebody]), person.ask(client, [nobody])]);
    const { manager } = here.dataSource;
    const plain = (rows: { position: number }[]) => rows.map((row) => [{ ...row, position: expect.any(Number) as number }]);
    expect(people).toEqual(plain(await manager.findBy(PersonRow, { participant: somebody })));
    expect(written).toEqual(plain(await manager.find(DayRow, { where: { participant: somebody }, order: { day: 'ASC' } })));
    expect(written).toMatchObject([[{ writtenAt: expect.any(Date), said: { words: 2 } }], [{ said: { words: 3 } }]]);
    expect(none).toEqual([]);
  });

  it('says of each table that is joined what was found there, and only what was wanted', async () => {
    const both = reader.prepare('spec-both', [part(PersonRow, 'participant', 'mood'), part(DayRow, 'day', 'praised')], (people, days) => `from ${people} t0 left join ${days} t1 on t1.participant = t0.participant and t1.day = $2 where t0.participant = $1`);
    const [found, without] = await reader.together((client) => [both.ask(client, [somebody, 'tue']), both.ask(client, [somebody, 'wed'])]);
    expect(found).toEqual([[{ participant: somebody, mood: 3 }, { day: 'tue', praised: false }]]);
    expect(without).toEqual([[{ participant: somebody, mood: 3 }, null]]);
  });

  it('fails as the question does that failed, and asks again on another connection', async () => {
    const days = reader.prepare('spec-some-days', [DayRow], (name) => `from ${name} t0 where participant = $1`);
    await expect(reader.together((client) => [days.ask(client, [somebody]), days.ask(client, ['no id'])])).rejects.toThrow('invalid input syntax for type uuid');
    expect((await reader.together((client) => [days.ask(client, [somebody])]))[0]).toHaveLength(2);
  });
});
