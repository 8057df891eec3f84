import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Journal } from '@cairn/journal/journal.js';
import type { Cut } from './report.js';

/** What one person read of one participant. */
export interface Sum {
  readonly person: string;
  readonly participant: string;
  readonly site: string | null;
  readonly readings: number;
  readonly outsideCaseload: number;
  readonly outsideSites: number;
  readonly first: string;
  readonly last: string;
  readonly roles: readonly string[];
  readonly routes: readonly string[];
}

export interface ReadingsAsked {
  readonly actor: string | undefined;
  readonly participant: string | undefined;
  readonly site: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
}

const instant = (of: string) => `to_char(${of} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * By reader, participant, roles and route. A worker's caseload is what the record knew of it at the moment of the reading. The reports of
 * oversight are no readings of a case. $1, $2: numbers of the access log, the first left out; $3: a position of the record.
 */
const SUMS = `
  with entries as not materialized (
    select l.* from access.log l
    where l.id > $1 and l.id <= $2 and l.outcome = 'disclosed' and l.route not like '/v1/audit-trail%' and l.route not like '/v1/documents%' and ($4::text is null or l.actor = $4) and ($5::uuid is null or l.participants @> array[$5::uuid])
      and ($7::timestamptz is null or l.at >= $7::timestamptz) and ($8::timestamptz is null or l.at <= $8::timestamptz)
  ), readings as not materialized (
    select e.actor, e.at, e.roles, e.sites, e.route, e.participants[1] as participant from entries e where cardinality(e.participants) = 1
    union all
    select e.actor, e.at, e.roles, e.sites, e.route, p.participant from entries e cross join lateral unnest(e.participants) as p (participant) where cardinality(e.participants) > 1
  ), custody as (
    select t.participant, t.recorded_at::timestamptz as since, coalesce(lead(t.recorded_at::timestamptz) over (partition by t.participant order by t.position), 'infinity') as until, case when t.type = 'WorkerAssigned' then t.worker end as worker
    from read.trail t where t.type in ('WorkerAssigned', 'WorkerUnassigned') and t.position <= $3 and ($5::uuid is null or t.participant = $5)
  ), identity as (
    select g.account, g.recorded_at::timestamptz as since, coalesce(lead(g.recorded_at::timestamptz) over (partition by g.account order by g.position), 'infinity') as until, g.staff
    from read.authority g where g.staff is not null and g.position <= $3
  ), sums as (
    select r.actor, r.participant, h.site, r.roles, r.route, count(*)::int as readings, min(r.at) as first, max(r.at) as last,
      count(*) filter (where 'worker' = any (r.roles) and c.worker is distinct from coalesce(s.staff, r.actor))::int as outside_caseload, count(*) filter (where not coalesce(h.site = any (r.sites), false))::int as outside_sites
    from readings r left join read.trail h on h.participant = r.participant and h.type = 'ParticipantRegistered' and h.position <= $3
    left join custody c on c.participant = r.participant and c.since <= r.at and r.at < c.until
    left join identity s on s.account = r.actor and s.since <= r.at and r.at < s.until
    where ($5::uuid is null or r.participant = $5) and ($6::text is null or h.site = $6)
    group by r.actor, r.participant, h.site, r.roles, r.route
  )
  select actor as person, participant, site, readings, outside_caseload as "outsideCaseload", outside_sites as "outsideSites", ${instant('first')} as first, ${instant('last')} as last, roles, array[route] as routes from sums`;

const MOST_KEPT = 50_000;

/**
 * Who read whom, summed. How a reading is judged never changes once the record has come to where it stood then, so that the sums of all
 * that is older are kept at hand: whoever asks again makes the service read only what was read since.
 */
@Injectable()
export class Readings {
  private kept: { readonly upTo: number; readonly sums: ReadonlyMap<string, Sum> } = { upTo: 0, sums: new Map() };

  constructor(
    private readonly database: DataSource,
    private readonly journal: Journal,
  ) {}

  /** In no order. */
  async sums(asked: ReadingsAsked, cut: Cut): Promise<readonly Sum[]> {
    const narrow = asked.participant !== undefined || asked.actor !== undefined;
    if (narrow || asked.from !== undefined || asked.until !== undefined || cut.access < this.kept.upTo) return [...together(new Map(), await this.between(0, cut.access, asked, cut)).values()];
    const { upTo, sums } = await this.settle(cut);
    const all = together(sums, await this.between(upTo, cut.access, { ...asked, site: undefined }, cut));
    return [...all.values()].filter(({ site }) => asked.site === undefined || site === asked.site);
  }

  private between(after: number, upTo: number, { actor, participant, site, from, until }: ReadingsAsked, { position }: Cut): Promise<Sum[]> {
    return this.database.transaction(async (manager) => {
      // Enough to sum a long log without sorting it on disk.
      await manager.query("set local work_mem = '64MB'");
      return manager.query<Sum[]>(SUMS, [after, upTo, position, actor ?? null, participant ?? null, site ?? null, from ?? null, until ?? null]);
    });
  }

  /** Keeps what can no longer change: read a minute ago or longer, so that nothing before it is still being written, while the read models stood where the log ends. */
  private async settle(cut: Cut): Promise<Readings['kept']> {
    const { upTo, sums } = this.kept;
    const [{ horizon } = { horizon: '' }]: { horizon: string }[] = await this.database.query("select (clock_timestamp() - interval '1 minute')::text as horizon");
    if (cut.position < (await this.journal.head())) return this.kept;
    const [{ first } = { first: null }]: { first: string | null }[] = await this.database.query('select min(id) as first from access.log where id > $1 and id <= $2 and at > $3::timestamptz', [upTo, cut.access, horizon]);
    const settled = first === null ? cut.access : Number(first) - 1;
    if (settled <= upTo) return this.kept;
    const later = together(sums, await this.between(upTo, settled, { actor: undefined, participant: undefined, site: undefined, from: undefined, until: undefined }, cut));
    const now = { upTo: settled, sums: later };
    if (later.size <= MOST_KEPT && settled > this.kept.upTo) this.kept = now;
    return now;
  }
}

function keyOf({ person, participant }: Pick<Sum, 'person' | 'participant'>): string {
  return `${participant} ${person}`;
}

function together(sums: ReadonlyMap<string, Sum>, later: readonly Sum[]): Map<string, Sum> {
  const all = new Map(sums);
  for (const sum of later) {
    const known = all.get(keyOf(sum));
    all.set(keyOf(sum), known ? added(known, sum) : { ...sum, roles: union([], sum.roles) });
  }
  return all;
}

function added(known: Sum, later: Sum): Sum {
  return {
    ...known,
    site: known.site ?? later.site,
    readings: known.readings + later.readings,
    outsideCaseload: known.outsideCaseload + later.outsideCaseload,
    outsideSites: known.outsideSites + later.outsideSites,
    first: known.first < later.first ? known.first : later.first,
    last: known.last > later.last ? known.last : later.last,
    roles: union(known.roles, later.roles),
    routes: union(known.routes, later.routes),
  };
}

/** In their order, each once. */
function union(known: readonly string[], later: readonly string[]): readonly string[] {
  return later.every((each) => known.includes(each)) ? known : [...new Set([...known, ...later])].sort();
}
