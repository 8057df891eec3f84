import pg from 'pg';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { CONNECTIONS, type Databases } from '../place.js';
import type { Contender } from './contender.js';
import { plain, type Happening } from './facts.js';

const TABLE = `create table raw_events (position bigint generated always as identity primary key, stream text not null,
  revision int not null, id uuid not null unique, type text not null, version smallint not null, data text not null, meta text not null,
  recorded_at timestamptz not null default clock_timestamp(), unique (stream, revision))`;
const COLUMNS = 'insert into raw_events (stream, revision, id, type, version, data, meta)';

/** The limit of one row a commit: a prepared INSERT on a connection for each writer; several events go as one `unnest`. */
export async function raw(place: Databases): Promise<Contender> {
  const connection: Connection = await place.database('raw');
  await signedIn(connection, (client) => client.query(TABLE));
  return {
    open: async (writers) => {
      const clients = await Promise.all(
        Array.from({ length: Math.min(writers, CONNECTIONS) }, async () => {
          const client = new pg.Client({ ...connection });
          await client.connect();
          return client;
        }),
      );
      const idle = [...clients];
      const waiting: ((client: pg.Client) => void)[] = [];
      return {
        append: async (subject, expected, happenings) => {
          const client = idle.pop() ?? (await new Promise<pg.Client>((resolve) => waiting.push(resolve)));
          await client.query(statement(`support-${subject}`, expected, happenings));
          const next = waiting.shift();
          if (next) next(client);
          else idle.push(client);
        },
        close: async () => void (await Promise.all(clients.map((client) => client.end()))),
      };
    },
  };
}

function statement(stream: string, expected: number, happenings: readonly Happening[]): pg.QueryConfig {
  const rows = happenings.map((happening, index) => {
    const { id, type, data, metadata } = plain(happening);
    return [stream, expected + 1 + index, id, type, 1, JSON.stringify(data), JSON.stringify(metadata)];
  });
  const [row = []] = rows;
  if (rows.length === 1) return { name: 'insert', text: `${COLUMNS} values ($1, $2, $3, $4, $5, $6, $7)`, values: row };
  return {
    name: 'insert many',
    text: `${COLUMNS} select * from unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[])`,
    values: row.map((_, column) => rows.map((each) => each[column])),
  };
}
