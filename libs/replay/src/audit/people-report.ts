import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TrailRow } from '../trail.read.js';
import { PeopleFilter } from './filters.js';
import type { Cut, Page, PageAsked, Report } from './report.js';
import { among } from './trail-report.js';

/** Late entries and corrections by person, role and site, those with most to look at first. ICH E6(R3) 4.2.3, 4.2.4. */
@Injectable()
export class PeopleReport implements Report<PeopleFilter> {
  readonly question = 'AuditTrailPeople';
  readonly filter = PeopleFilter;
  readonly columns = {
    person: 'Person', role: 'Role', site: 'Site', entries: 'Entries', late: 'Late entries', lateWithoutReason: 'Late without a reason', corrections: 'Corrections made', corrected: 'Own entries corrected since', first: 'First recorded', last: 'Last recorded',
  };

  constructor(private readonly database: DataSource) {}

  async page(filter: PeopleFilter, cut: Cut, { after = 0, limit }: PageAsked): Promise<Page> {
    const query = among(this.database.createQueryBuilder(TrailRow, 't'), filter, cut)
      .select('t.actor', 'person')
      .addSelect('t.role', 'role')
      .addSelect('t.site', 'site')
      .addSelect('count(*)', 'entries')
      .addSelect('count(*) FILTER (WHERE t.late)', 'late')
      .addSelect('count(*) FILTER (WHERE t.late AND t.reason IS NULL)', 'lateWithoutReason')
      .addSelect('count(*) FILTER (WHERE t.correction)', 'corrections')
      .addSelect('count(*) FILTER (WHERE EXISTS (SELECT 1 FROM read.trail c WHERE c.corrects = t.event AND c.position <= :cut))', 'corrected')
      .addSelect('min(t.recorded_at)', 'first')
      .addSelect('max(t.recorded_at)', 'last')
      .groupBy('t.actor, t.role, t.site')
      .orderBy('count(*) FILTER (WHERE t.late OR t.correction)', 'DESC')
      .addOrderBy('t.actor COLLATE "C", t.role COLLATE "C", t.site COLLATE "C"');
    const rows = await query.offset(after).limit(limit + 1).getRawMany<Record<string, unknown>>();
    return { lines: rows.slice(0, limit), participants: [], ...(rows.length > limit && { next: after + limit }) };
  }
}
