import pg from 'pg';
import { pongoMultiStreamProjection, rebuildPostgreSQLProjections } from '@event-driven-io/emmett-postgresql';
import type { Event } from '@event-driven-io/emmett';
import { rebuild as rebuildReadModels } from '@cairn/journal/rebuild.js';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { urlOf } from '../place.js';
import { interleaved, type Summaries, type Way } from '../rounds.js';
import type { Size } from '../size.js';
import { decoded, timed, type Logs, type Pace } from './replay.js';

export interface RebuildRows {
  readonly events: number;
  /** Of the read models, when they hold it all. */
  readonly rows: number;
  readonly contenders: Summaries<Pace>;
}

/**
 * All real read models from the log; the same log only decoded; the rows they come to, only written; a peer's projection of one count a
 * session, which is far less than what is rebuilt here. All by events a second.
 */
export async function rebuild(way: Way, { parts, events, record, emmett }: Logs, { projectionMs }: Size): Promise<RebuildRows> {
  await rebuildReadModels(record.connection, parts.readModels);
  const tables = await tablesOf(record.connection);
  const client = new pg.Client({ ...record.connection });
  await client.connect();
  try {
    const contenders = await interleaved(way, {
      cairn: (window) => timed(window, () => rebuildReadModels(record.connection, parts.readModels)),
      decoded: (window) => timed(window, () => decoded(parts, events)),
      unnest: async (window) => {
        for (const { name } of tables) await client.query(`drop table if exists bench_rows; create table bench_rows (like ${name} including all); drop table bench_rows`);
        return timed(window, async () => {
          for (const table of tables) await written(client, table);
          return events;
        });
      },
      emmett: (window) => timed(window, () => projected(emmett.connection, events, projectionMs)),
    });
    return { events, rows: tables.reduce((sum, { rows }) => sum + rows.length, 0), contenders };
  } finally {
    await client.end();
  }
}

interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly key: readonly string[];
  readonly rows: readonly (string | null)[][];
}

async function tablesOf(connection: Connection): Promise<Table[]> {
  return signedIn(connection, async (client) => {
    const { rows: found } = await client.query<{ name: string; columns: Table['columns']; key: string[] | null }>(`
      select format('%I.%I', n.nspname, c.relname) as name,
        json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns,
        (select json_agg(quote_ident(k.attname)) from pg_index i join pg_attribute k on k.attrelid = c.oid and k.attnum = any (i.indkey) where i.indrelid = c.oid and i.indisprimary) as key
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      where n.nspname = 'read' and c.relkind = 'r' and c.relname not in ('checkpoint') group by n.nspname, c.relname, c.oid`);
    const tables: Table[] = [];
    for (const { name, columns, key } of found) {
      const { rows } = await client.query<(string | null)[]>({ text: `select ${columns.map((column) => `${column.name}::text`).join(', ')} from ${name}`, rowMode: 'array' });
      if (key && rows.length > 0) tables.push({ name, columns, key, rows });
    }
    return tables;
  });
}

const CHUNK = 1_000;

/** Into a table of the same shape and indexes, in one transaction, a thousand rows an upsert. */
async function written(client: pg.Client, { name, columns, key, rows }: Table): Promise<void> {
  await client.query(`begin; create table bench_rows (like ${name} including all)`);
  const names = columns.map((column) => column.name);
  const text = `insert into bench_rows (${names.join(', ')}) select ${columns.map(({ type }, index) => `c${index}::${type}`).join(', ')}
    from unnest(${columns.map((_, index) => `$${index + 1}::text[]`).join(', ')}) as c (${columns.map((_, index) => `c${index}`).join(', ')})
    on conflict (${key.join(', ')}) do update set ${names.map((column) => `${column} = excluded.${column}`).join(', ')}`;
  for (let from = 0; from < rows.length; from += CHUNK) {
    const chunk = rows.slice(from, from + CHUNK);
    await client.query(text, names.map((_, index) => chunk.map((row) => row[index])));
  }
  await client.query('drop table bench_rows; commit');
}

let turn = 0;

/** For as long as there is time: a projection of Emmett's takes too long to wait for. */
async function projected(connection: Connection, events: number, ms: number): Promise<number> {
  let count = 0;
  const projection = pongoMultiStreamProjection<{ attended: number }, Event>({
    collectionName: `attended_${turn++}`,
    canHandle: ['SessionAttended'],
    getDocumentId: ({ metadata }) => (metadata as { streamName: string }).streamName,
    initialState: () => ({ attended: 0 }),
    evolve: ({ attended }: { attended: number }) => {
      count++;
      return { attended: attended + 1 };
    },
  });
  const consumer = rebuildPostgreSQLProjections({ connectionString: urlOf(connection), projection });
  const run = consumer.start().catch(() => {});
  const until = performance.now() + ms;
  while (performance.now() < until && count < events) await new Promise((resolve) => setTimeout(resolve, 5));
  const projectedThen = count;
  await consumer.close();
  await run;
  return Math.max(1, projectedThen);
}
