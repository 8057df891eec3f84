import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { REPLAYED, type Replayed } from '../replayed.js';
import { AccessFilter, between } from './filters.js';
import type { Cut, Page, PageAsked, Report } from './report.js';

interface Reading {
  readonly person: string;
  readonly participant: string;
  readonly [column: string]: unknown;
}

/**
 * Who read whom, how often, and last when; first those who read outside of their sites or their caseload. A worker's caseload is what the
 * record knew of it at the moment of the reading. The reports of oversight are no readings of a case.
 */
const REVIEW = `
  with readings as (
    select l.actor, l.at, l.roles, l.sites, l.route, p.participant, h.site, to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as instant
    from access.log l cross join lateral unnest(l.participants) as p (participant)
    left join read.trail h on h.participant = p.participant and h.type = 'ParticipantRegistered' and h.position <= $2
    where l.id <= $1 and l.outcome = 'disclosed' and l.route not like '/v1/audit-trail%' and l.route not like '/v1/documents%' and ($3::text is null or l.actor = $3) and ($4::uuid is null or l.participants @> array[$4::uuid] and p.participant = $4::uuid)
      and ($5::text is null or h.site = $5) and ($6::timestamptz is null or l.at >= $6::timestamptz) and ($7::timestamptz is null or l.at <= $7::timestamptz)
  ), judged as (
    select r.*, not coalesce(r.site = any (r.sites), false) as outside_sites,
      'worker' = any (r.roles) and a.worker is distinct from coalesce(s.staff, r.actor) as outside_caseload
    from readings r
    left join lateral (
      select case when t.type = 'WorkerAssigned' then t.worker end as worker from read.trail t
      where 'worker' = any (r.roles) and t.participant = r.participant and t.type in ('WorkerAssigned', 'WorkerUnassigned') and t.position <= $2 and t.recorded_at <= r.instant
      order by t.position desc limit 1
    ) a on true
    left join lateral (
      select g.staff from read.authority g where g.account = r.actor and g.staff is not null and g.position <= $2 and g.recorded_at <= r.instant order by g.position desc limit 1
    ) s on true
  )
  select actor as person, participant, site, count(*) as readings, count(*) filter (where outside_caseload) as "outsideCaseload", count(*) filter (where outside_sites) as "outsideSites",
    min(instant) as first, max(instant) as last,
    (select jsonb_agg(distinct role collate "C") from unnest(array_agg(array_to_string(roles, ' '))) as held, unnest(string_to_array(held, ' ')) as role) as roles,
    jsonb_agg(distinct route collate "C") as routes
  from judged group by actor, participant, site
  order by count(*) filter (where outside_caseload) desc, count(*) filter (where outside_sites) desc, count(*) desc, actor collate "C", participant
  offset $8 limit $9`;

@Injectable()
export class AccessReview implements Report<AccessFilter> {
  readonly question = 'AccessReview';
  readonly filter = AccessFilter;
  readonly columns = {
    person: 'Reader', roles: 'Roles', studyNumber: 'Study number', site: 'Site', readings: 'Readings', outsideCaseload: 'Outside the caseload', outsideSites: 'Outside their sites', first: 'First read', last: 'Last read', routes: 'What was read', participant: 'Participant',
  };

  constructor(
    private readonly database: DataSource,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  async page({ actor, participant, site, from, until }: AccessFilter, { position, access }: Cut, { after = 0, limit }: PageAsked): Promise<Page> {
    const time = between(from, until);
    const given = [access, position, actor ?? null, participant ?? null, site ?? null, time.from ?? null, time.until ?? null, after, limit + 1];
    const rows = await this.database.query<Reading[]>(REVIEW, given);
    const shown = rows.slice(0, limit);
    const numbers = await this.replayed.studyNumbers([...new Set(shown.map((row) => row.participant))]);
    // It tells of those who read; of participants only that they were read of, as the access log itself does.
    return { lines: shown.map((row) => ({ ...row, studyNumber: numbers.get(row.participant) ?? null })), participants: [], ...(rows.length > limit && { next: after + limit }) };
  }
}
