import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@cairn/postgres/testing.js';
import { migrations } from './migrations.js';
import { dataSourceOf } from './open-record.js';

describe('the tables the migrations make', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(migrations);
  });
  afterAll(() => database.drop());

  it('are the ones the entities describe: columns, types, nullability, keys and indexes', async () => {
    const source = await dataSourceOf(database.connection, 1).initialize();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
