import { IsId } from '@cairn/kernel/ids.js';
import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType } from '@nestjs/swagger';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { acuteCare, type AcuteCommand } from './acute-care.js';
import { AdmissionFound, AssessedNotAccepted, IndexDischargeRecorded, OutcomeAdjudicated, OutcomeWindowAscertained, TransferFound } from './events.js';

class EpisodePath {
  @IsId() participant: string;
  @IsId() episode: string;
}
class IndexDischargeBody extends IntersectionType(OmitType(IndexDischargeRecorded, ['episode']), TellingBody) {}
class AdmissionBody extends IntersectionType(OmitType(AdmissionFound, ['episode']), TellingBody) {}
class NonAcceptanceBody extends IntersectionType(OmitType(AssessedNotAccepted, ['episode']), TellingBody) {}
class AdjudicationBody extends IntersectionType(OmitType(OutcomeAdjudicated, ['episode']), TellingBody) {}
class TransferBody extends IntersectionType(OmitType(TransferFound, ['episode']), TellingBody) {}
class DischargeBody extends TellingBody {}
class OutcomeWindowBody extends IntersectionType(OutcomeWindowAscertained, TellingBody) {}

@ApiTags('acute care')
@Controller('v1/participants/:participant')
export class AcuteCareController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  @Put('episodes/:episode/index-discharge')
  @Records('RecordIndexDischarge', { summary: 'The discharge this programme follows on from', body: IndexDischargeBody, example: { setting: 'crisis-team', occurred: { at: '2026-01-09' } } })
  indexDischarge(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: IndexDischargeBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordIndexDischarge', occurred: told, facts: { ...apart(body).facts, episode } }));
  }

  @Put('episodes/:episode/admission')
  @Records('RecordAdmission', {
    summary: 'A start of acute care was found in records',
    description: '`occurred` is the admission or acceptance; `foundOn` the date of the search.',
    body: AdmissionBody,
    example: { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', occurred: { at: '2026-06-21' } },
  })
  admission(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: AdmissionBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordAdmission', occurred: told, facts: { ...apart(body).facts, episode } }));
  }

  @Put('episodes/:episode/non-acceptance')
  @Records('RecordNonAcceptance', {
    summary: 'Assessed by an acute service and not taken on',
    description: 'No start of acute care, and so no readmission.',
    body: NonAcceptanceBody,
    example: { setting: 'crisis-team', source: 'site-records', foundOn: '2026-09-14', occurred: { at: '2026-05-02' } },
  })
  nonAcceptance(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: NonAcceptanceBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordNonAcceptance', occurred: told, facts: { ...apart(body).facts, episode } }));
  }

  @Put('episodes/:episode/transfer')
  @Records('RecordTransfer', { summary: 'A move to another setting within the episode', body: TransferBody, example: { to: 'crisis-house', occurred: { at: '2026-06-25' } } })
  transfer(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: TransferBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordTransfer', occurred: told, facts: { ...apart(body).facts, episode } }));
  }

  @Put('episodes/:episode/discharge')
  @Records('RecordDischarge', { summary: 'The end of the episode', body: DischargeBody, example: { occurred: { at: '2026-07-03' } } })
  discharge(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: DischargeBody) {
    return this.record(asking, participant, body, ({ told, occurred }) => ({ type: 'RecordDischarge', occurred: told, facts: { episode }, when: occurred }));
  }

  @Put('episodes/:episode/adjudication')
  @Records('AdjudicateOutcome', {
    summary: 'An admission on day 0 was judged: a readmission, or still the index care',
    description: 'Settles `day-0-to-adjudicate`, and nothing of an episode that begins on another day.',
    body: AdjudicationBody,
    example: { decision: 'index-care', occurred: { at: '2026-10-01' } },
  })
  adjudicate(@AskedBy() asking: Asking, @Param() { participant, episode }: EpisodePath, @Body() body: AdjudicationBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'AdjudicateOutcome', occurred: told, facts: { ...apart(body).facts, episode } }));
  }

  @Put('outcome-window')
  @Records('AscertainOutcomeWindow', {
    summary: 'Records were searched for readmissions',
    description: 'Each search adds to the ones before. "No readmission" is said only when every required source is clear to the end of the window.',
    body: OutcomeWindowBody,
    example: { sources: ['site-records'], searchedTo: '2026-10-31', noneFound: true, occurred: { at: '2026-11-02' } },
  })
  ascertain(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: OutcomeWindowBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'AscertainOutcomeWindow', occurred: told, facts: apart(body).facts }));
  }

  private record(asking: Asking, participant: string, body: TellingBody, command: (theCase: Case) => AcuteCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [acuteCare], (theCase) => theCase.decide(acuteCare, command(theCase))));
  }
}
