import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import * as example from './examples.js';
import { ListCaseload, ListParticipants } from './lists.js';
import { sessionsOf } from './case-summary.js';
import { Cases } from './cases.js';
import { consentScopes, type ConsentScope } from './participants/events.js';
import { standings } from './support/courses.read.js';
import { stages } from './participants/participants.read.js';
import { Reach } from './reach.js';
import { SummaryOf } from './summary.js';
import { ParticipantPath } from './telling.js';

class PageQuery {
  /** At most this many; 50 when left out. */
  @IsOptional() @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'limit must be a number from 1 to 200' }) limit?: string;
  @IsCursor() cursor?: string;
  @IsOptional() @MaxLength(40) site?: string;
  @IsOptional() @MaxLength(20) studyNumber?: string;
}
class ParticipantsQuery extends PageQuery {
  @IsOptional() @MaxLength(40) programme?: string;
  @IsOptional() @IsIn(stages) stage?: string;
  @IsOptional() @IsIn(['yes', 'no', 'unknown']) readmission?: string;
  /** Local dates, both inclusive. */
  @IsOptional() @IsLocalDate() enrolledFrom?: string;
  @IsOptional() @IsLocalDate() enrolledUntil?: string;
  /** Those whose consent to this stands. */
  @IsOptional() @IsIn(consentScopes) consented?: ConsentScope;
  /** Those whose consent to this was withdrawn. */
  @IsOptional() @IsIn(consentScopes) withdrawn?: ConsentScope;
  /** Whether the intervention was discontinued. */
  @IsOptional() @IsIn(['yes', 'no']) discontinued?: string;
}
class CaseloadQuery extends PageQuery {
  @IsOptional() @MaxLength(64) worker?: string;
  @IsOptional() @IsIn(standings) standing?: string;
  /** Those last met before this local date, or never. */
  @IsOptional() @IsLocalDate() notMetSince?: string;
}

@ApiTags('reading')
@Controller('v1')
export class CasesController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    private readonly reach: Reach,
    private readonly cases: Cases,
  ) {}

  @Get('participants')
  @Answers('Participants', { example: example.participants, query: ParticipantsQuery, summary: 'The participants you may see, by study number, filtered by stage, dates, consent or outcome', description: 'Page on with `cursor` from `next`.' })
  async list(@AskedBy() asking: Asking, @Query() { limit, ...filter }: ParticipantsQuery) {
    const page = await this.queries.execute(new ListParticipants(asking, { ...filter, limit: Number(limit ?? 50) }));
    return disclosed(asking, page.items.map(({ participant }) => participant), page);
  }

  @Get('caseload')
  @Answers('Caseload', { example: example.caseload, query: CaseloadQuery, summary: 'Who has whom: your own participants, or your sites’ caseloads' })
  async caseload(@AskedBy() asking: Asking, @Query() { limit, ...filter }: CaseloadQuery) {
    const page = await this.queries.execute(new ListCaseload(asking, { ...filter, limit: Number(limit ?? 50) }));
    return disclosed(asking, page.items.map(({ participant }) => participant), page);
  }

  @Get('participants/:participant')
  @Answers('Summary', { example: example.summary, summary: 'A participant at a glance: stage, consent, sessions by code, workbook, outcome, flags', description: 'For masked roles only what comes from streams that tell nothing of the arm.' })
  async summary(@AskedBy() asked: Asking, @Param() { participant }: ParticipantPath) {
    const { asking } = await this.reach.check(asked, participant);
    return disclosed(asking, [participant], await this.queries.execute(new SummaryOf(asking, participant)));
  }

  @Get('participants/:participant/sessions')
  @Answers('Sessions', { example: example.sessions, summary: 'Every session offered or held, with its attendance code and flags' })
  async sessions(@AskedBy() asked: Asking, @Param() { participant }: ParticipantPath) {
    const { asking } = await this.reach.check(asked, participant);
    const rows = await this.cases.withSessions(asking, participant);
    return disclosed(asking, [participant], { items: sessionsOf(rows, await this.cases.protocolOf(rows.participant)) });
  }
}
