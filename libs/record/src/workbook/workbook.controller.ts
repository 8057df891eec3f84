import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { DeliveryReturned, SectionCompleted, WorkbookIssued, WorkbookReissued } from './events.js';
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
class ReissueBody extends IntersectionType(OmitType(WorkbookReissued, ['version']), StartBody) {}
class ReturnBody extends IntersectionType(OmitType(DeliveryReturned, ['version']), StartBody) {}
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

  @Put('reissue')
  @Records('ReissueWorkbook', { summary: 'Another copy replaces one that was lost or damaged', description: 'A lost copy that had been written in is an information incident, flagged `filled-copy-lost`.', body: ReissueBody, example: { delivery: 'in-person', cause: 'lost', filled: true, occurred: { at: '2026-02-24' } } })
  reissue(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ReissueBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReissueWorkbook', occurred: told, facts: apart(body).facts }));
  }

  @Put('return')
  @Records('ReturnDelivery', { summary: 'A workbook that was posted came back', body: ReturnBody, example: { cause: 'wrong-address', occurred: { at: '2026-01-30' } } })
  return(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ReturnBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReturnDelivery', occurred: told, facts: apart(body).facts }));
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

  @Put('sections/:section/reopening')
  @Records('ReopenSection', { summary: 'A completed section is worked on again', body: StartBody, example: { occurred: { at: '2026-02-10' } } })
  reopen(@AskedBy() asking: Asking, @Param() { participant, section }: SectionPath, @Body() body: StartBody) {
    return this.record(asking, participant, body, ({ told, published }) => ({ type: 'ReopenSection', occurred: told, section, version: body.version, published }));
  }

  private record(asking: Asking, participant: string, body: TellingBody, command: (theCase: Case) => WorkbookCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [workbook], (theCase) => theCase.decide(workbook, command(theCase))));
  }
}
