import type { Rows } from './rows.js';
import { csvOf, type Cell } from './csv.js';
import type { View } from './declared.js';
import type { DifferenceCounts } from './manifest.js';
import { views } from './views.js';

interface Change {
  readonly view: string;
  readonly change: 'added' | 'gone' | 'changed';
  /** What names the row, in the tokens of the later cut. */
  readonly row: string;
  /** Empty for a row that was added or is gone. */
  readonly column: string;
  readonly former: string | null;
  readonly now: string | null;
}

const columns = ['view', 'change', 'row', 'column', 'former', 'now'] as const;

/** Keeps the rows of every view as they are now, in the tokens of the cut that is being made. */
export async function remember({ client, schema, sql }: Rows, as: 'former' | 'later'): Promise<void> {
  for (const view of views) await client.query(`create unlogged table ${schema}.${as}_${view.name} as ${sql(view)}`);
}

/** The report of what has changed since the rows were remembered as former: row by row, with former and present values. */
export async function differenceFiles(rows: Rows, files: Map<string, { rows: number; bytes: Uint8Array }>): Promise<DifferenceCounts> {
  await remember(rows, 'later');
  const changes: Change[] = [];
  for (const view of views) changes.push(...(await changesIn(rows, view)));
  files.set('difference.csv', { rows: changes.length, bytes: Buffer.from(csvOf(columns, changes.map((change) => columns.map((column): Cell => change[column])))) });
  files.set('difference.json', { rows: changes.length, bytes: Buffer.from(`${JSON.stringify(changes, null, 2)}\n`) });
  return countsOf(changes);
}

async function changesIn({ client, schema }: Rows, { name, key, columns: declared }: View): Promise<Change[]> {
  const [former, later] = [`${schema}.former_${name}`, `${schema}.later_${name}`];
  const same = key.map((each) => `a.${each} = b.${each}`).join(' and ');
  const row = (of: string) => key.map((each) => `${of}.${each}`).join(` || '/' || `);
  const values = declared.filter(({ name: column }) => !key.includes(column)).map(({ name: column }, n) => `(${n}, '${column}', a.${column}::text, b.${column}::text)`);
  const { rows } = await client.query<Omit<Change, 'view'>>(`
    select change, "row", "column", former, now from (
      select 'added' as change, ${row('b')} as "row", -1 as n, '' as "column", null::text as former, null::text as now from ${later} b where not exists (select from ${former} a where ${same})
      union all
      select 'gone', ${row('a')}, -1, '', null, null from ${former} a where not exists (select from ${later} b where ${same})
      union all
      select 'changed', ${row('b')}, c.n, c.name, c.former, c.now from ${former} a join ${later} b on ${same}
      cross join lateral (values ${values.join(', ')}) c (n, name, former, now) where c.former is distinct from c.now
    ) d order by "row" collate "C", n`);
  return rows.map((change) => ({ view: name, ...change }));
}

function countsOf(changes: readonly Change[]): DifferenceCounts {
  const counts: Record<string, { added: number; gone: number; changed: number }> = {};
  const seen = new Set<string>();
  for (const { view, change, row } of changes) {
    const of = (counts[view] ??= { added: 0, gone: 0, changed: 0 });
    // A row with several changed values is one changed row.
    if (!seen.has(`${view} ${row}`)) of[change] += 1;
    seen.add(`${view} ${row}`);
  }
  return counts;
}
