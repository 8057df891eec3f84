import pg from 'pg';
import { getPostgreSQLEventStore, type PostgresEventStore } from '@event-driven-io/emmett-postgresql';
import type { Event } from '@event-driven-io/emmett';
import type { Connection } from '@cairn/postgres/connection.js';
import { CONNECTIONS, urlOf, type Databases } from '../place.js';
import type { Contender } from './contender.js';
import { plain } from './facts.js';

export async function emmettStore(connection: Connection, connections = CONNECTIONS): Promise<{ store: PostgresEventStore; close(): Promise<void> }> {
  const pool = new pg.Pool({ ...connection, max: connections });
  const store = getPostgreSQLEventStore(urlOf(connection), { connectionOptions: { pool } });
  await store.schema.migrate();
  return {
    store,
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}

/** `@event-driven-io/emmett-postgresql` as its guide uses it, on a pool as wide as the server allows. */
export async function emmett(place: Databases): Promise<Contender> {
  const connection = await place.database('emmett');
  await (await emmettStore(connection, 1)).close();
  return {
    open: async (writers) => {
      const { store, close } = await emmettStore(connection, Math.min(writers, CONNECTIONS));
      return {
        append: (subject, expected, happenings) =>
          store.appendToStream(`support-${subject}`, happenings.map((happening) => eventOf(plain(happening))), { expectedStreamVersion: expected < 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(expected + 1) }),
        close,
      };
    },
  };
}

export function eventOf({ type, data, metadata }: ReturnType<typeof plain>): Event {
  return { type, data, metadata, kind: 'Event' } as unknown as Event;
}
