import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { stringify } from 'csv-stringify/sync';
import { disclosed, Document } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import * as example from './examples.js';
import { LeadTableOf, policyVersions, type LeadTable } from './lead-table.js';
import { slug } from './programme/events.js';

class LeadTableQuery {
  @Matches(slug, { message: 'programme must name the programme: a table is of one' }) programme: string;
  /** The policy for small numbers, by its version; the latest when left out. */
  @IsOptional() @IsIn(policyVersions) policy?: string;
  @IsOptional() @IsIn(['json', 'csv']) format?: 'json' | 'csv';
}

@ApiTags('reading')
@Controller('v1/lead-table')
export class LeadTableController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get()
  @Answers('LeadTable', {
    summary: 'The programme month by month: offered, each attendance code, what is unknown, mode, sections, wait to the first session, courses by length',
    description: 'Small numbers are kept from telling of people by a policy that the table names: 1 to 7 are `*`, others are rounded to 5, and what could be worked out from the rest is withheld with them.',
    query: LeadTableQuery,
    example: example.leadTable,
    produces: ['application/json', 'text/csv'],
  })
  async table(@AskedBy() asking: Asking, @Query() { programme, policy, format = 'json' }: LeadTableQuery) {
    const table = await this.queries.execute(new LeadTableOf(programme, policy));
    return disclosed(asking, [], format === 'csv' ? new Document('text/csv; charset=utf-8', csvOf(table)) : table);
  }
}

function csvOf({ programme, policy, columns, months, all }: LeadTable): string {
  const names = Object.keys(columns);
  const rows = [...months, all].map(({ month, cells, medianWaitDays }) => [month, ...names.map((name) => cells[name]), medianWaitDays ?? '']);
  return `${stringify([['month', ...names, 'median-wait-days'], ...rows])}# programme=${programme} policy=${policy.version} withheld=${policy.suppressed} rounded=${policy.roundedTo}\n`;
}
