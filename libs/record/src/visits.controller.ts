import { Body, Controller, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, Matches, ValidateNested } from 'class-validator';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { RecordOnCase, workerOf, type Case } from './case-record.js';
import { SessionAttended } from './support/events.js';
import * as example from './support/examples.js';
import { support } from './support/support.js';
import { apart, ParticipantPath, TellingBody } from './telling.js';
import { workbook } from './workbook/workbook.js';

class SectionTouched {
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/) section: string;
  @IsOptional() @Matches(/^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$/) version?: string;
  @IsIn(['started', 'completed']) progress: 'started' | 'completed';
}

class VisitBody extends IntersectionType(OmitType(SessionAttended, ['worker']), PartialType(PickType(SessionAttended, ['worker'])), TellingBody) {
  @IsOptional() @IsArray() @ArrayMaxSize(50) @ValidateNested({ each: true }) @Type(() => SectionTouched) sections?: SectionTouched[];
}

@ApiTags('support')
@Controller('v1/participants/:participant/visits')
export class VisitsController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  @Post()
  @Records('RecordVisit', {
    summary: 'A whole visit in one request: the attendance and the sections touched',
    description: 'All of it is recorded, or nothing. A visit nobody offered is accepted and flagged `not-offered`.',
    body: VisitBody,
    example: example.visit,
  })
  visit(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: VisitBody): Promise<Receipt> {
    const worker = workerOf(asking, body);
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [support, workbook], (theCase) => recordVisit(theCase, body, worker)));
  }
}

/** The attendance, and the sections touched in it, as one decision. */
function recordVisit(theCase: Case, body: VisitBody, worker: string): void {
  const { told: occurred, published } = theCase;
  const { sections = [], ...attendance } = apart(body).facts;
  theCase.decide(support, { type: 'RecordAttendance', occurred, facts: { ...attendance, worker } });
  for (const { section, version, progress } of sections) {
    const touched = { occurred, section, version, published };
    theCase.decide(workbook, progress === 'started' ? { type: 'StartSection', ...touched } : { type: 'CompleteSection', ...touched, session: attendance.session, reporter: 'worker' });
  }
}
