import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { SectionCompleted, WorkbookIssued } from './events.js';
import { workbook, type WorkbookCommand } from './workbook.js';

class SectionPath {
  @IsId() participant: string;
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/) section: string;
}
class IssueBody extends IntersectionType(WorkbookIssued, TellingBody) {}
class StartBody extends TellingBody {
  /** The version issued last, when left out. */
  @IsOptional() @Matches(/^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$/) version?: string;
}
class CompletionBody extends IntersectionType(OmitType(SectionCompleted, ['section', 'version']), StartBody) {}

@ApiTags('workbook')
@Controller('v1/participants/:participant/workbook')
export class WorkbookController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  @Put()
  @Records('IssueWorkbook', { summary: 'A workbook was handed over or posted', body: IssueBody, example: { version: '1', delivery: 'in-person', occurred: { at: '2026-01-20' } } })
  issue(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: IssueBody) {
    return this.record(asking, participant, body, ({ told, published }) => ({ type: 'IssueWorkbook', occurred: told, facts: apart(body).facts, published }));
  }

  @Put('sections/:section/start')
  @Records('StartSection', { summary: 'A section was started', body: StartBody, example: { occurred: { at: '2026-01-20' } } })
  start(@AskedBy() asking: Asking, @Param() { participant, section }: SectionPath, @Body() body: StartBody) {
    return this.record(asking, participant, body, ({ told, published }) => ({ type: 'StartSection', occurred: told, section, version: body.version, published }));
  }

  @Put('sections/:section/completion')
  @Records('CompleteSection', { summary: 'A section was completed', description: 'What was written in it is never recorded.', body: CompletionBody, example: { reporter: 'participant', occurred: { at: '2026-01-27' } } })
  complete(@AskedBy() asking: Asking, @Param() { participant, section }: SectionPath, @Body() body: CompletionBody) {
    const { version, session, reporter } = body;
    return this.record(asking, participant, body, ({ told, published }) => ({ type: 'CompleteSection', occurred: told, section, version, session, reporter, published }));
  }

  private record(asking: Asking, participant: string, body: TellingBody, command: (theCase: Case) => WorkbookCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [workbook], (theCase) => theCase.decide(workbook, command(theCase))));
  }
}
