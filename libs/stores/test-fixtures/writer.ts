// A process that appends until it is killed: writer.ts <connection as JSON> <streams as JSON> <appends>. It says what it is about to send before it
// sends it, and then the outcome, one JSON line each, so that nothing it did goes unknown when it is killed.
import { writeSync } from 'node:fs';
import { PostgresEventStore } from '../postgres/postgres-store.js';
import type { Connection } from '@cairn/postgres/connection.js';
import { writeAtRandom } from '../contract-load.js';

const [connection, streams, appends] = process.argv.slice(2).map((argument): unknown => JSON.parse(argument)) as [Connection, string[], number];
const say = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const store = await PostgresEventStore.open(connection);
await Promise.all(
  Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; n < appends; n += 1) {
      const [attempt] = await writeAtRandom(store, streams, 1, (writes) => say({ writer, writes }));
      if (attempt) say({ writer, attempt });
    }
  }),
);
await store.close();
