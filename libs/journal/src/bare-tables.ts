import type { Client } from 'pg';
import { copyInto } from './copy.js';
import { together } from './together.js';

interface Index {
  readonly table: string;
  readonly drop: string;
  readonly make: string;
}

type Table = Parameters<typeof copyInto>[0];

interface Kept {
  readonly lines: Buffer[];
  size: number;
}

/** What a socket takes at once: while the server reads it, there is time for what comes next. */
const ENOUGH = 128 * 1024;
/** So often is sent before the first has been taken in: what a socket has no room for goes out only between two parts of a fold. */
const AHEAD = 6;

// An index on which something else leans, such as a view that groups by a primary key, stays where it is. So does one by anything but ids:
// what is added in the order of the log comes to its end, or to the ends of the few things it tells apart, while the server has time.
const INDEXES = `
  select i.indrelid::regclass::text as table,
    case when c.oid is null then format('drop index %s', i.indexrelid::regclass) else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end as drop,
    case when c.oid is null then pg_get_indexdef(i.indexrelid) else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end as make
  from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
  where i.indrelid = any($1::text[]::regclass[]) and not exists (select from pg_depend d where d.refclassid = 'pg_constraint'::regclass and d.refobjid = c.oid and d.deptype = 'n')
    and ((select amname from pg_am a join pg_class k on k.relam = a.oid where k.oid = i.indexrelid) <> 'btree'
      or exists (select from pg_attribute a where a.attrelid = i.indexrelid and a.atttypid = 'uuid'::regtype))
  order by i.indexrelid`;

/**
 * Tables that are emptied and filled again in one transaction, so that it takes place as a whole or not at all. Meanwhile they have no
 * indexes by ids: made at the end these are sorted once. A server whose wal_level is minimal writes down nothing of it but the tables themselves.
 */
export class BareTables {
  private readonly kept = new Map<Table, Kept>();
  private readonly sent: Promise<unknown>[] = [];

  private constructor(
    private readonly client: Client,
    private readonly indexes: readonly Index[],
  ) {}

  /** @param client of the tables' owner, in a transaction that ends with the last index */
  static async empty(client: Client, names: readonly string[]): Promise<BareTables> {
    await client.query(`truncate ${names.join(', ')}`);
    const { rows: indexes } = await client.query<Index>(INDEXES, [names]);
    await client.query(indexes.map(({ drop }) => drop).join('; '));
    return new BareTables(client, indexes);
  }

  /** Rows, which are sent as soon as there are enough of their table. Resolves when not too much is on its way. */
  async add(lines: ReadonlyMap<Table, readonly Buffer[]>): Promise<void> {
    for (const [table, added] of lines) this.keep(table, added);
    const enough = [...this.kept].filter(([, { size }]) => size >= ENOUGH);
    if (enough.length > 0) await this.send(enough);
  }

  /** The rows that were added so far are there. */
  async filled(): Promise<void> {
    await this.send([...this.kept]);
    await Promise.all(this.sent.splice(0));
  }

  private keep(table: Table, added: readonly Buffer[]): void {
    const kept = this.kept.get(table) ?? { lines: [], size: 0 };
    this.kept.set(table, kept);
    for (const line of added) {
      kept.lines.push(line);
      kept.size += line.length;
    }
  }

  private async send(kept: readonly (readonly [Table, Kept])[]): Promise<void> {
    if (this.sent.length === AHEAD) await this.sent.shift();
    for (const [table] of kept) this.kept.delete(table);
    const sent = together(this.client, kept.flatMap(([table, { lines }]) => copyInto(table, lines, ', freeze')));
    // Whoever waits for it is told.
    sent.catch(() => {});
    this.sent.push(sent);
  }

  async whole(): Promise<void> {
    await this.filled();
    for (const { make } of this.indexes) await this.client.query(make);
  }
}
