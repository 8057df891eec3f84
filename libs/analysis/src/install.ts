import { createHash } from 'node:crypto';
import pg, { type Client } from 'pg';
import type { Derive } from '@cairn/journal/mac.js';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import { sqlOf, sqlTypes, type View } from './declared.js';
import { padsOf } from './release.js';
import { views } from './views.js';

/** Any number that no other use of an advisory lock in this database has: 'cairn', the analysts' views. */
const LOCK = [0x6361_6974, 1] as const;
/** Not the analysts': the functions that read the record for them, and the key of the tokens. */
const BEHIND = 'analysis_rows';
/** The release that the views in the database are: tokens hold for as long as the key-encryption key does. */
const LIVE = 'live';

/** Names the declarations: another release of the program has the same views where it has the same version. */
export const viewsVersion = createHash('sha256').update(JSON.stringify(views)).digest('hex').slice(0, 16);

/**
 * Makes the analysts' schema as it is declared, where it is not yet. Each view reads through a function that runs with the owner's rights:
 * an analyst gets its rows, and the planner tells nothing of the tables behind, not even how many rows they have.
 */
export async function installViews(connection: Connection, derive: Derive): Promise<void> {
  const client = clientAs(connection, 'cairn_owner', { applicationName: 'cairn analysis' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1, $2)', [...LOCK]);
    const { inner, outer } = padsOf(derive, LIVE);
    const made = `Views for analysts, pseudonymous. Version ${viewsVersion}.`;
    const { rows } = await client.query<{ made: string | null }>("select obj_description(to_regnamespace('analysis'), 'pg_namespace') as made");
    if (rows[0]?.made !== made) await make(client, made);
    await client.query(
      `insert into ${BEHIND}.release (inner_pad, outer_pad) values ($1, $2)
       on conflict (single) do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad where release.inner_pad <> excluded.inner_pad`,
      [inner, outer],
    );
    await client.query('commit');
  } finally {
    // Without a commit this takes everything back.
    await client.end().catch(() => {});
  }
}

async function make(client: Client, made: string): Promise<void> {
  await client.query(`
    drop schema if exists analysis, ${BEHIND} cascade;
    create schema analysis authorization cairn_owner;
    create schema ${BEHIND} authorization cairn_owner;
    revoke all on schema analysis, ${BEHIND} from public;
    create table ${BEHIND}.release (single boolean primary key default true check (single), inner_pad bytea not null, outer_pad bytea not null);
    ${views.map(viewSql).join('\n')}
    revoke all on all functions in schema ${BEHIND} from public;
    grant usage on schema analysis to cairn_analyst;
    grant select on all tables in schema analysis to cairn_analyst;
    grant execute on all functions in schema ${BEHIND} to cairn_analyst;
    comment on schema analysis is ${pg.escapeLiteral(made)}`);
}

function viewSql(view: View): string {
  const { name, about, columns } = view;
  const rows = sqlOf(view, { read: 'read', log: 'log.events', release: `${BEHIND}.release` });
  return `
    create function ${BEHIND}.${name}() returns table (${columns.map((column) => `${column.name} ${sqlTypes[column.type]}`).join(', ')})
      language sql stable security definer set search_path = pg_catalog, pg_temp as $view$ ${rows} $view$;
    create view analysis.${name} as select * from ${BEHIND}.${name}();
    comment on view analysis.${name} is ${pg.escapeLiteral(about)};
    ${columns.map((column) => `comment on column analysis.${name}.${column.name} is ${pg.escapeLiteral(commentOn(column))};`).join('\n')}`;
}

function commentOn({ about, missing, unit, codes }: View['columns'][number]): string {
  const told = codes ? ` Codes: ${Object.entries(codes).map(([code, label]) => `${code} = ${label}`).join('; ')}.` : '';
  return `${about}${unit ? ` In ${unit}.` : ''}${told}${missing ? ` Empty: ${missing}.` : ''}`;
}
