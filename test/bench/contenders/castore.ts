import { PostgresEventStorageAdapter } from '@castore/event-storage-adapter-postgres';
import { CONNECTIONS, type Databases } from '../place.js';
import type { Contender } from './contender.js';
import { plain, type Happening } from './facts.js';

const CONTEXT = { eventStoreId: 'support' };

/** `@castore/event-storage-adapter-postgres`; several events go as one group. */
export async function castore(place: Databases): Promise<Contender> {
  const { host, user, password = '', database } = await place.database('castore');
  // Its client takes a socket's directory from the environment alone.
  Object.assign(process.env, { PGHOST: host, PGUSERNAME: user, PGPASSWORD: password });
  const url = (connections: number) => `postgres:///${database}?max=${connections}`;
  await PostgresEventStorageAdapter.createEventTable({ connectionString: url(1) });
  return {
    open: async (writers) => {
      const adapter = new PostgresEventStorageAdapter({ connectionString: url(Math.min(writers, CONNECTIONS)) });
      const detail = (subject: string, version: number, happening: Happening) => {
        const { type, data: payload, metadata } = plain(happening);
        return { aggregateId: subject, version, type, payload, metadata };
      };
      return {
        append: async (subject, expected, happenings) => {
          const details = happenings.map((happening, index) => detail(subject, expected + 2 + index, happening));
          const [first, ...others] = details;
          if (!first) return;
          if (others.length === 0) return adapter.pushEvent(first, CONTEXT);
          const grouped = (each: typeof first) => Object.assign(adapter.groupEvent(each), { context: CONTEXT }) as Parameters<typeof adapter.pushEventGroup>[1];
          return adapter.pushEventGroup({}, grouped(first), ...others.map(grouped));
        },
        // It has no way to give its connections up.
        close: () => (adapter as unknown as { _sql: { end(): Promise<void> } })._sql.end(),
      };
    },
  };
}
