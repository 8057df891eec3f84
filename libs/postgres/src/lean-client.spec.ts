import pg from 'pg';
import { poolAs } from './connection.js';
import { LeanClient } from './lean-client.js';
import { freshDatabase, type FreshDatabase } from './testing.js';

let database: FreshDatabase;
let client: LeanClient;
beforeAll(async () => {
  database = await freshDatabase([]);
  client = new LeanClient(database.connection);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('a lean client', () => {
  it('answers as any other: with rows, by values, by name, by callback', async () => {
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect((await client.query('select $1::int as one', [2])).rows).toEqual([{ one: 2 }]);
    expect((await client.query({ name: 'named', text: 'select $1::int', values: [3], rowMode: 'array' })).rows).toEqual([[3]]);
    expect(await new Promise((resolve) => client.query('select 4 as one', (_: Error, { rows }: pg.QueryResult) => resolve(rows)))).toEqual([{ one: 4 }]);
    expect(await new Promise((resolve) => client.query('select $1::int as one', [5], (_: Error, { rows }: pg.QueryResult) => resolve(rows)))).toEqual([{ one: 5 }]);
  });

  it('fails as any other, and goes on after', async () => {
    await expect(client.query('select nothing')).rejects.toMatchObject({ code: '42703' });
    await expect(client.query('select $1::int', ['x'])).rejects.toBeInstanceOf(pg.DatabaseError);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('hands back what sends itself', () => {
    const query = new pg.Query('select 1');
    expect(client.query(query)).toBe(query);
  });

  it('is what pools are made of', async () => {
    const pool = poolAs(database.connection, 'cairn_service', { max: 1 });
    const one = await pool.connect();
    expect(one).toBeInstanceOf(LeanClient);
    one.release();
    await pool.end();
  });
});
