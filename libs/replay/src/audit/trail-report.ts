import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import type { Role } from '@cairn/access/roles.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { labelOf, typeOf } from '../labels.js';
import { REPLAYED, type Replayed } from '../replayed.js';
import { TrailRow } from '../trail.read.js';
import { Changes } from './changes.js';
import { between, TrailFilter, type PeopleFilter } from './filters.js';
import { Registrations } from './registrations.js';
import type { Cut, Line, Page, PageAsked, Report } from './report.js';

/** Every entry, newest first: who, in which role, where, what, when on both clocks, why. EMA 2023 6.2.1; ICH E6(R3) 4.2.2. */
@Injectable()
export class TrailReport implements Report<TrailFilter> {
  readonly question = 'AuditTrail';
  readonly filter = TrailFilter;
  readonly columns = {
    recorded: 'Recorded', happened: 'Happened', person: 'Person', role: 'Role', programme: 'Programme', site: 'Site', studyNumber: 'Study number', about: 'About', what: 'What', changes: 'Changes', reason: 'Reason', source: 'Came by',
    late: 'Late', workingDays: 'Working days until recorded', corrected: 'Corrected since', protocolVersion: 'Protocol version', participant: 'Participant', entry: 'Entry', corrects: 'Corrects entry',
  };

  constructor(
    private readonly database: DataSource,
    private readonly changes: Changes,
    private readonly registrations: Registrations,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  async page({ participant, type, reason, late, corrected, ...filter }: TrailFilter, cut: Cut, { after, limit }: PageAsked, roles: readonly Role[]): Promise<Page> {
    const query = among(this.database.createQueryBuilder(TrailRow, 't'), filter, cut);
    if (participant !== undefined) query.andWhere('t.participant = ANY(:registrations)', { registrations: await this.registrations.of(participant, cut) });
    if (type !== undefined) query.andWhere('t.type = :type', { type: this.known(type) });
    if (reason !== undefined) query.andWhere('t.reason = :reason', { reason });
    if (late !== undefined) query.andWhere('t.late = :late', { late: late === 'true' });
    if (corrected !== undefined) query.andWhere(`${corrected === 'true' ? '' : 'NOT '}EXISTS (SELECT 1 FROM read.trail c WHERE c.corrects = t.event AND c.position <= :cut)`);
    if (after !== undefined) query.andWhere('t.position < :after', { after });
    const rows = await query.orderBy('t.position', 'DESC').limit(limit + 1).getMany();
    return this.pageOf(rows, cut, limit, roles);
  }

  /** An entry nobody could have made is no answer of none. @throws Invalid */
  private known(label: string): string {
    const type = typeOf(label);
    if (!this.replayed.types.has(type)) throw new Invalid([{ field: 'type', message: `"${label}" is nothing that is recorded: name it as the trail does, such as session attended; /docs/events lists all` }]);
    return type;
  }

  private async pageOf(found: readonly TrailRow[], cut: Cut, limit: number, roles: readonly Role[]): Promise<Page> {
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const participants = [...new Set(rows.flatMap((row) => row.participant ?? []))];
    const [numbers, corrected, changes] = await Promise.all([this.replayed.studyNumbers(participants), this.corrected(rows, cut), this.changes.of(rows, cut, roles)]);
    const lines = rows.map((row): Line => ({
      ...lineOf(row),
      studyNumber: row.participant === null ? null : (numbers.get(row.participant) ?? null),
      changes: changes.get(row.event) ?? [],
      corrected: corrected.has(row.event),
    }));
    return { lines, participants, ...(found.length > limit && last && { next: last.position }) };
  }

  private async corrected(rows: readonly TrailRow[], { position }: Cut): Promise<Set<string>> {
    const events = rows.map(({ event }) => event);
    const found = await this.database.createQueryBuilder(TrailRow, 't').select('t.corrects', 'event').where('t.corrects = ANY(:events) AND t.position <= :position', { events, position }).getRawMany<{ event: string }>();
    return new Set(found.map(({ event }) => event));
  }
}

/** What every report from the trail shows of an entry. */
export function lineOf(row: TrailRow): Line {
  const { recordedAt, happened, actor, role, programme, site, stream, participant, subject, type, reason, source, late, delay, protocolVersion, event, corrects } = row;
  return {
    recorded: recordedAt, happened, person: actor, role, programme, site, about: participant === null ? `${labelOf(stream)} ${subject}` : labelOf(stream), what: labelOf(type), reason, source,
    late, workingDays: delay, protocolVersion, participant, entry: event, corrects,
  };
}

/** Narrows to who and where, up to the cut. */
export function among(query: SelectQueryBuilder<TrailRow>, { from, until, actor, role, programme, site }: PeopleFilter, { position: cut }: Cut): SelectQueryBuilder<TrailRow> {
  query.where('t.position <= :cut', { cut });
  const time = between(from, until);
  if (time.from !== undefined) query.andWhere('t.recordedAt >= :from', { from: time.from });
  if (time.until !== undefined) query.andWhere('t.recordedAt <= :until', { until: time.until });
  for (const [column, value] of Object.entries({ actor, role, programme, site })) if (value !== undefined) query.andWhere(`t.${column} = :${column}`, { [column]: value });
  return query;
}
