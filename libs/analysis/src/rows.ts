import pg, { type Client } from 'pg';
import { parsers } from '@cairn/journal/cells.js';
import type { Shadow } from '@cairn/journal/shadow.js';
import type { Cell } from './csv.js';
import { programmes, sqlOf, type View } from './declared.js';
import type { Pads } from './release.js';

const FETCH = 10_000;

/** What a select over the rows of a cut is run with. */
export interface Rows {
  readonly client: Client;
  readonly schema: string;
  readonly programme: string;
  /** The view, over this cut; of this programme alone. */
  readonly sql: (view: View) => string;
}

/** The views over a shadow, with tokens of this release. The log counts through the cut, also for what was known before. */
export async function rowsOver({ owner, schema }: Shadow, { pads: { inner, outer }, position, programme }: { pads: Pads; position: number; programme: string }): Promise<Rows> {
  await owner.query(`create unlogged table ${schema}.release (inner_pad bytea not null, outer_pad bytea not null)`);
  await owner.query(`insert into ${schema}.release values ($1, $2)`, [inner, outer]);
  const where = { read: schema, log: logUntil(position), release: `${schema}.release` };
  return { client: owner, schema, programme, sql: (view) => `select v.* from (${sqlOf(view, where)}) v where v.programme = ${pg.escapeLiteral(programme)}` };
}

const logUntil = (position: number) => `(select * from log.events where position <= ${position})`;

/** When the record learned of the last entry that counts: RFC 3339, UTC; null at the beginning of the log. */
export async function knownAt({ client }: Rows, position: number): Promise<string | null> {
  const { rows } = await client.query<{ at: string }>(`select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from log.events where position = $1`, [position]);
  return rows[0]?.at ?? null;
}

/** Whether the rows of the programme are open; undefined before anybody is registered. */
export async function isOpen({ client, schema, programme }: Rows, position: number): Promise<boolean | undefined> {
  const { rows } = await client.query<{ open: boolean }>(`select open from (${programmes.replaceAll('{read}', schema).replaceAll('{log}', logUntil(position))}) g where programme = $1`, [programme]);
  return rows[0]?.open;
}

/** Everybody the rows are about. */
export async function peopleIn({ client, schema, programme }: Rows): Promise<string[]> {
  const { rows } = await client.query<{ participant: string }>(`select participant from ${schema}.subjects where programme = $1 order by participant`, [programme]);
  return rows.map(({ participant }) => participant);
}

/** Sorted by what names a row, bytes by bytes, so that the order tells nothing and is the same everywhere. */
export async function* inOrder({ client, sql }: Rows, view: View): AsyncIterable<Cell[][]> {
  await client.query('begin');
  await client.query(`declare rows no scroll cursor for ${sql(view)} order by ${view.key.map((key) => `v.${key} collate "C"`).join(', ')}`);
  for (;;) {
    const { rows } = await client.query<Cell[]>({ text: `fetch ${FETCH} from rows`, rowMode: 'array', types: parsers });
    if (rows.length > 0) yield rows;
    if (rows.length < FETCH) break;
  }
  await client.query('commit');
}

