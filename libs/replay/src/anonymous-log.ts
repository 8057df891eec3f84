import { Injectable } from '@nestjs/common';
import { stringify } from 'csv-stringify/sync';
import { DataSource } from 'typeorm';
import { Document } from '@cairn/access/disclosed.js';
import { columns, release, type Candidate, type Crowd, type ReleasedRow, type Shown } from '@cairn/privacy/disclosure-control.js';

/** What a programme's rows come to: those with enough people behind them as they are counted, of the others who they are about. */
const COUNTED = `with each as materialized (
    select participant, kind, period, quarter, mode, outcome, section, count(*) as times from read.anonymous_entries where programme = $1 group by 1, 2, 3, 4, 5, 6, 7
  ), cells as (
    select kind, period, mode, outcome, section, sum(times) as times, count(distinct participant) as people from each group by 1, 2, 3, 4, 5
  )
  select null as person, kind, period, null as quarter, mode, outcome, section, times::int, people::int from cells where people >= $2
  union all
  select participant::text, kind, period, quarter, mode, outcome, section, e.times::int, 1 from each e join cells c using (kind, period, mode, outcome, section) where people < $2`;

type Counted = ReleasedRow & { readonly person: string | null; readonly quarter: string | null; readonly times: number; readonly people: number };

/** Lines that leave at once. */
const CHUNK = 1_000;

@Injectable()
export class AnonymousLog {
  constructor(private readonly database: DataSource) {}

  /** The log of one programme with its trailer. Programmes share no participants, so no two logs can be subtracted. */
  async of(programme: string, k: number, format: 'ndjson' | 'csv'): Promise<Document<Iterable<string>>> {
    const counted: Counted[] = await this.database.query(COUNTED, [programme, k]);
    const few = counted.flatMap((one) => (one.person === null ? [] : [{ ...one, quarter: one.quarter ?? '' } as Candidate]));
    const crowds = counted.filter(({ person }) => person === null).map(({ kind, period, mode, outcome, section, times, people }): Crowd => ({ row: { kind, period, mode, outcome, section }, times, people }));
    const { shown, rows, generalised, withheld } = release(few, k, crowds);
    const trailer = { programme, k, rows, generalised, withheld };
    if (format === 'csv') {
      const summary = Object.entries(trailer).map(([name, value]) => `${name}=${value}`);
      const line = (row: ReleasedRow) => stringify([row], { columns: [...columns] });
      return new Document('text/csv; charset=utf-8', text(stringify([], { header: true, columns: [...columns] }), shown, line, `# ${summary.join(' ')}\n`));
    }
    return new Document('application/x-ndjson', text('', shown, (row) => `${JSON.stringify(row)}\n`, `${JSON.stringify({ trailer })}\n`));
  }
}

/** However long the log is, little of it is ever in memory. */
function* text(head: string, shown: readonly Shown[], line: (row: ReleasedRow) => string, trailer: string): Generator<string> {
  if (head !== '') yield head;
  for (const { row, times } of shown) for (let left = times; left > 0; left -= CHUNK) yield line(row).repeat(Math.min(left, CHUNK));
  yield trailer;
}
