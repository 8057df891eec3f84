import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { CONNECTIONS, type Databases } from '../place.js';
import type { Contender } from './contender.js';
import { plain } from './facts.js';

/** As its `install.sh` runs them, without the command line tools and rights that it needs them for. */
const FILES = [
  'schema/message-store', 'tables/messages', 'types/message',
  ...['message-store-version', 'hash-64', 'acquire-lock', 'category', 'is-category', 'id', 'cardinal-id', 'stream-version', 'write-message', 'get-stream-messages', 'get-category-messages', 'get-last-stream-message'].map((name) => `functions/${name}`),
  'indexes/messages-id', 'indexes/messages-stream', 'indexes/messages-category',
];
/** Writers to one category wait for each other there, so they are spread over several. */
export const CATEGORIES = 16;

export async function installMessageDb(connection: Connection): Promise<void> {
  const base = join(dirname(fileURLToPath(import.meta.resolve('@eventide/message-db/package.json'))), 'database');
  await signedIn(connection, async (client) => {
    await client.query('set search_path to message_store, public');
    for (const file of FILES) await client.query(await readFile(join(base, `${file}.sql`), 'utf8'));
  });
}

export const categoryOf = (subject: string): string => `support${parseInt(subject.slice(0, 2), 16) % CATEGORIES}`;

const WRITE = 'select write_message($1, $2, $3, $4::jsonb, $5::jsonb, $6)';

/** `@eventide/message-db`: its functions in the database, called with prepared statements; several events go in one transaction, as its clients send them. */
export async function messageDb(place: Databases): Promise<Contender> {
  const connection = await place.database('message_db');
  await installMessageDb(connection);
  return {
    open: async (writers) => {
      const pool = messageDbPool(connection, Math.min(writers, CONNECTIONS));
      const write = (client: pg.Pool | pg.PoolClient, stream: string, expected: number, { id, type, data, metadata }: ReturnType<typeof plain>) =>
        client.query({ name: 'write', text: WRITE, values: [id, stream, type, JSON.stringify(data), JSON.stringify(metadata), expected] });
      return {
        append: async (subject, expected, happenings) => {
          const stream = `${categoryOf(subject)}-${subject}`;
          const [only] = happenings;
          if (happenings.length === 1 && only) return write(pool, stream, expected, plain(only));
          const client = await pool.connect();
          try {
            await client.query('begin');
            for (const [index, happening] of happenings.entries()) await write(client, stream, expected + index, plain(happening));
            return await client.query('commit');
          } finally {
            client.release();
          }
        },
        close: () => pool.end(),
      };
    },
  };
}

export function messageDbPool(connection: Connection, max: number): pg.Pool {
  return new pg.Pool({ ...connection, max, options: '-c search_path=message_store,public' });
}
