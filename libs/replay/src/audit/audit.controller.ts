import { Controller, Get, Headers, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed, type Disclosed, type Document } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import * as example from './audit-examples.js';
import { AccessFilter, PeopleFilter, TrailFilter } from './filters.js';
import { formatOf, formats, produces, type Format } from './render.js';
import { Reports, type ReportName } from './reports.js';

const limit = { message: 'limit must be a number from 1 to 500' };
const upTo500 = /^([1-9]\d?|[1-4]\d\d|500)$/;

class TrailQuery extends TrailFilter {
  @IsOptional() @IsIn(formats) format?: Format;
  @IsCursor() cursor?: string;
  @IsOptional() @Matches(upTo500, limit) limit?: string;
}
class PeopleQuery extends PeopleFilter {
  @IsOptional() @IsIn(formats) format?: Format;
  @IsCursor() cursor?: string;
  @IsOptional() @Matches(upTo500, limit) limit?: string;
}
class AccessQuery extends AccessFilter {
  @IsOptional() @IsIn(formats) format?: Format;
  @IsCursor() cursor?: string;
  @IsOptional() @Matches(upTo500, limit) limit?: string;
}

const paged = 'JSON, NDJSON or CSV, by `format` or Accept. Page on with `cursor` from `next` (in CSV the last line, which begins with #) or by the header Link: every page is cut where the first was. Save a document to have all of it, and the same bytes again.';

/** What auditors, monitors and those who conduct the programme look at. ICH E6(R3) 4.2.2, 4.2.3; EMA 2023 6.2.1. */
@ApiTags('oversight')
@Controller('v1')
export class AuditController {
  constructor(private readonly reports: Reports) {}

  @Get('audit-trail')
  @Answers('AuditTrail', { query: TrailQuery, example: example.trail, produces, summary: 'The audit trail: every entry, newest first, corrections with former and new value', description: paged })
  trail(@AskedBy() asking: Asking, @Query() query: TrailQuery, @Headers('accept') accept?: string) {
    return this.report('audit-trail', asking, query, accept);
  }

  @Get('audit-trail/people')
  @Answers('AuditTrailPeople', { query: PeopleQuery, example: example.people, produces, summary: 'Late entries and corrections by person, role and site; those with most to look at first', description: paged })
  people(@AskedBy() asking: Asking, @Query() query: PeopleQuery, @Headers('accept') accept?: string) {
    return this.report('audit-trail-people', asking, query, accept);
  }

  @Get('audit-trail/after-authority')
  @Answers('AfterAuthority', {
    query: PeopleQuery,
    example: example.afterAuthority,
    produces,
    summary: 'What was recorded after an authority had ended: left, access revoked or run out, delegation over',
    description: `\`happenedBefore\` tells what was only entered late from what happened without authority. ${paged}`,
  })
  afterAuthority(@AskedBy() asking: Asking, @Query() query: PeopleQuery, @Headers('accept') accept?: string) {
    return this.report('after-authority', asking, query, accept);
  }

  @Get('access-review')
  @Answers('AccessReview', {
    query: AccessQuery,
    example: example.accessReview,
    produces,
    summary: 'Who read whom, how often, and last when; first those who read outside of their caseload or their sites',
    description: `A caseload is what the record knew of it at the moment of each reading. ${paged}`,
  })
  accessReview(@AskedBy() asking: Asking, @Query() query: AccessQuery, @Headers('accept') accept?: string) {
    return this.report('access-review', asking, query, accept);
  }

  private async report(name: ReportName, asking: Asking, { format, cursor, limit, ...filters }: PeopleQuery | TrailQuery | AccessQuery, accept?: string): Promise<Disclosed<Document>> {
    const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
    const { document, participants } = await this.reports.page(name, given, formatOf(format, accept), asking.roles, { cursor, limit: Number(limit ?? 100) });
    return disclosed(asking, participants, document);
  }
}
