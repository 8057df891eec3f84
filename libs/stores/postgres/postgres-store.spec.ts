import { freshDatabase } from '@cairn/postgres/testing.js';
import { storeContract } from '../contract.js';
import { storeMigrations } from './migrations.js';
import { PostgresEventStore } from './postgres-store.js';

storeContract('PostgreSQL', async () => {
  const database = await freshDatabase(storeMigrations);
  const store = await PostgresEventStore.open(database.connection, { pollMs: 100 });
  const second = await PostgresEventStore.open(database.connection, { pollMs: 100 });
  return {
    store,
    second,
    endTerm: async () => void (await database.pool('cairn_owner').query('select log.end_term()')),
    close: async () => {
      await Promise.all([store.close(), second.close()]);
      await database.drop();
    },
  };
});
