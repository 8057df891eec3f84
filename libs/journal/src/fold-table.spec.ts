import { randomUUID } from 'node:crypto';
import { entryOf } from '@cairn/kernel/testing.js';
import { readModel, type ReadModel } from '@cairn/kernel/read-model.js';
import { changeOf, touchedBy } from './fold-table.js';
import { ReadTable } from './read-table.js';
import { toyHouse } from './testing.js';
import { togetherOn } from './together.js';
import { diaryEvents, PersonRow } from './toy-record.js';

/** What follows from the others is told in an order, and with holes, that no database keeps. */
const careless = readModel(
  PersonRow,
  [diaryEvents],
  {
    initial: { told: 0, erased: 0, mood: null, wordsByDay: {}, days: [], livesUnder: null, merged: [] },
    derive: (row) => ({ ...row, days: [{ words: row.wordsByDay, of: undefined, by: -0 }] as unknown as string[] }),
  },
  { DayWritten: (row, { data: { day, words } }) => ({ ...row, wordsByDay: { ...row.wordsByDay, [day]: words } }) },
) as ReadModel;

let house: Awaited<ReturnType<typeof toyHouse>>;
beforeAll(async () => {
  house = await toyHouse();
});
afterAll(() => house.close());

it('leaves the next batch what the database gives back, to the order of every name, be it folded or derived', async () => {
  const { dataSource, pool } = await house.process('here');
  const table = new ReadTable(dataSource, careless);
  const person = randomUUID();
  const days = ['ninth of May', 'tenth', 'May'].map((day, index) => entryOf({ type: 'DayWritten', data: { day, words: index, text: '' } }, index + 1, { stream: `diary-${person}` }));
  const { lines, rows } = changeOf(table, touchedBy(careless, days), () => undefined);
  const addresses = [{ subject: person, key: '' }];
  await togetherOn(pool, table.insert([...lines.values()]));
  const [answer] = await togetherOn(pool, [table.load(addresses)]);
  const told = (of: Iterable<unknown>) => Array.from(of as Iterable<PersonRow>, ({ wordsByDay, days }) => JSON.stringify([wordsByDay, days]));
  expect(told(rows.values())).toEqual(told(table.loaded(addresses, answer?.rows ?? [])));
});
