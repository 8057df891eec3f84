import { Body, Controller, Delete, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { disclosed, type Disclosed } from '@cairn/access/disclosed.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { slug, slugForm } from '../programme/events.js';
import {
  AllocationDisclosed, ConsentGiven, consentScopes, ContactPreferencesRecorded, Died, Excluded, InformationGiven, InterventionDiscontinued, LostToFollowUp, Screened, type ConsentScope,
} from './events.js';
import { participants, type ParticipantCommand } from './participants.js';
import { MergeRegistrations, MergeRegistrationsHandler } from '../merge.js';
import { isPreview, PreviewQuery, Previews, type Preview } from '../preview.js';
import { RegisterParticipant } from '../register.js';

class RegistrationBody extends TellingBody {
  @Matches(slug, { message: slugForm }) programme: string;
  @Matches(slug, { message: slugForm }) site: string;
}
class ScreeningBody extends IntersectionType(Screened, TellingBody) {}
class ExclusionBody extends IntersectionType(Excluded, TellingBody) {}
class ConsentBody extends IntersectionType(ConsentGiven, TellingBody) {}
class WithdrawalBody extends TellingBody {
  /** The local date it holds from, when that is another than the day it was said. */
  @IsOptional() @IsLocalDate() effective?: string;
}
class EnrolmentBody extends TellingBody {}
class InformationBody extends IntersectionType(InformationGiven, TellingBody) {}
class CapacityBody extends TellingBody {
  /** False: lost; true: regained. */
  @IsBoolean() has: boolean;
  /** Whether it was formally assessed. */
  @IsOptional() @IsBoolean() assessed?: boolean;
}
class ContactBody extends IntersectionType(ContactPreferencesRecorded, TellingBody) {}
class DiscontinuationBody extends IntersectionType(InterventionDiscontinued, TellingBody) {}
class LossBody extends IntersectionType(LostToFollowUp, TellingBody) {}
class DeathBody extends IntersectionType(Died, TellingBody) {}
class CompletionBody extends TellingBody {}
class DisclosureBody extends IntersectionType(AllocationDisclosed, TellingBody) {}
class MergeBody extends TellingBody {}
class MergePath {
  @IsId() participant: string;
  @IsId() duplicate: string;
}
class ScopePath {
  @IsId() participant: string;
  @IsIn(consentScopes) scope: ConsentScope;
}

const when = { at: '2026-01-12' };
const WITHHELD = 'Anybody who learns of it may tell it: masked roles never see who did, through what, or why.';

@ApiTags('participants')
@Controller('v1/participants/:participant')
export class ParticipantsController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly merging: MergeRegistrationsHandler,
    private readonly previews: Previews,
  ) {}

  @Put()
  @Records('RegisterParticipant', {
    summary: 'Register a participant',
    description: 'The client makes the id (a UUIDv4); the server issues the study number. Names and contacts are never recorded here.',
    body: RegistrationBody,
    example: { programme: 'core', site: 's1', occurred: when },
  })
  register(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: RegistrationBody): Promise<Receipt> {
    const { telling, facts } = apart(body);
    return this.bus.execute(new RegisterParticipant(asking, participant, telling, facts));
  }

  @Put('screening')
  @Records('Screen', { summary: 'Screened for eligibility', body: ScreeningBody, example: { criteria: [{ code: 'crisis-care', met: true }, { code: 'risk', met: false }], result: 'eligible', occurred: when } })
  screen(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ScreeningBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'Screen', occurred: told, facts }));
  }

  @Put('exclusion')
  @Records('Exclude', { summary: 'Excluded before enrolment', body: ExclusionBody, example: { reason: 'declined', occurred: when } })
  exclude(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ExclusionBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'Exclude', occurred: told, facts }));
  }

  @Put('consent')
  @Records('GiveConsent', {
    summary: 'Consent given, by scope',
    body: ConsentBody,
    example: { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true, occurred: when },
  })
  consent(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ConsentBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told, occurred }) => ({ type: 'GiveConsent', occurred: told, facts, when: occurred }));
  }

  @Delete('consent/:scope')
  @Records('WithdrawConsent', {
    summary: 'Consent to one scope withdrawn',
    description: 'A reason is never mandatory (ICH E6(R3) 2.9). The other scopes stand; what was recorded before stays.',
    body: WithdrawalBody,
    example: { occurred: { at: '2026-05-04' } },
  })
  withdraw(@AskedBy() asking: Asking, @Param() { participant, scope }: ScopePath, @Body() { effective, ...telling }: WithdrawalBody) {
    return this.record(asking, participant, telling, ({ told, occurred }) => ({ type: 'WithdrawConsent', occurred: told, scope, effective, when: occurred }));
  }

  @Put('enrolment')
  @Records('Enrol', { summary: 'Enrolled, under the protocol version in force at the site', body: EnrolmentBody, example: { occurred: when } })
  enrol(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: EnrolmentBody) {
    return this.record(asking, participant, body, ({ told, protocolVersion }) => ({ type: 'Enrol', occurred: told, protocolVersion }));
  }

  @Put('information')
  @Records('GiveInformation', { summary: 'The information sheet given', description: 'Each version once a day; a later one does not undo an earlier.', body: InformationBody, example: { version: '2.0', occurred: when } })
  information(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: InformationBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'GiveInformation', occurred: told, facts }));
  }

  @Put('reconsent')
  @Records('Reconsent', {
    summary: 'Consent anew, under a later form',
    description: 'Gives the scopes it names from its date on, those withdrawn before included; the others stand as they were.',
    body: ConsentBody,
    example: { scopes: ['contact', 'interviews', 'record-access', 'data-reuse'], formVersion: '3.0', capacity: true, occurred: { at: '2026-06-01' } },
  })
  reconsent(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ConsentBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told, occurred }) => ({ type: 'Reconsent', occurred: told, facts, when: occurred }));
  }

  @Put('capacity')
  @Records('RecordCapacity', { summary: 'Capacity to decide about taking part lost, or regained', description: `${WITHHELD} Mental Capacity Act 2005.`, body: CapacityBody, example: { has: false, assessed: true, occurred: { at: '2026-05-04' } } })
  capacity(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() { has, assessed, ...telling }: CapacityBody) {
    return this.record(asking, participant, telling, ({ told, occurred }) => ({ type: 'RecordCapacity', occurred: told, has, assessed, when: occurred }));
  }

  @Put('contact-preferences')
  @Records('RecordContactPreferences', {
    summary: 'How and when the participant wants to be reached',
    description: `The whole of it each time. Never an address or a number: those are the identity vault’s. ${WITHHELD}`,
    body: ContactBody,
    example: { methods: ['text', 'telephone'], timesOfDay: ['afternoon'], doNotContact: [{ from: '2026-08-01', to: '2026-08-14' }], language: 'en', interpreter: false, occurred: when },
  })
  contact(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: ContactBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told, occurred }) => ({ type: 'RecordContactPreferences', occurred: told, facts, when: occurred }));
  }

  @Put('discontinuation')
  @Records('DiscontinueIntervention', {
    summary: 'The intervention discontinued; the participation goes on',
    description: `A reason is never mandatory (ICH E6(R3) 2.9). ${WITHHELD}`,
    body: DiscontinuationBody,
    example: { reason: 'own-decision', occurred: { at: '2026-04-20' } },
  })
  discontinue(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: DiscontinuationBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'DiscontinueIntervention', occurred: told, facts }));
  }

  @Put('loss-to-follow-up')
  @Records('RecordLossToFollowUp', { summary: 'Lost to follow-up', description: 'Ascertainment in records goes on.', body: LossBody, example: { reason: 'no-reply', occurred: { at: '2026-06-30' } } })
  lose(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: LossBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'RecordLossToFollowUp', occurred: told, facts }));
  }

  @Put('death')
  @Records('RecordDeath', {
    summary: 'The participant died',
    description: `\`occurred\` is the date of death: all contact stops from it, whoever finds it and whenever; sessions recorded on or after it are kept and flagged. ${WITHHELD}`,
    body: DeathBody,
    example: { source: 'family', occurred: { at: '2026-07-02' } },
  })
  death(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: DeathBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'RecordDeath', occurred: told, facts }));
  }

  @Put('completion')
  @Records('Complete', { summary: 'The participation completed', body: CompletionBody, example: { occurred: { at: '2027-07-12' } } })
  complete(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: CompletionBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'Complete', occurred: told }));
  }

  @Put('allocation-disclosure')
  @Records('DiscloseAllocation', {
    summary: 'Somebody learned the allocation: to whom and how, never which',
    description: `Each telling on another day, or to another, is one more. ${WITHHELD}`,
    body: DisclosureBody,
    example: { to: 'assessor', kind: 'accidental', staff: 'r1', occurred: { at: '2026-05-12' }, because: { code: 'overheard' } },
  })
  disclose(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: DisclosureBody) {
    const { telling, facts } = apart(body);
    return this.record(asking, participant, telling, ({ told }) => ({ type: 'DiscloseAllocation', occurred: told, facts }));
  }

  @Put('merges/:duplicate')
  @Records('MergeParticipants', {
    summary: 'Merged: another registration is the same person’s',
    description: 'The history of this participant is that of both from then on, the first enrolment stands, and what is recorded later is recorded here. The other keeps its own history, and can be separated again.',
    body: MergeBody,
    query: PreviewQuery,
    example: { because: { code: 'registered-twice', text: 'Found when the consent form was filed.' } },
  })
  merge(@AskedBy() asking: Asking, @Param() { participant, duplicate }: MergePath, @Query() query: PreviewQuery, @Body() telling: MergeBody) {
    return this.registrations(new MergeRegistrations(asking, 'MergeParticipants', participant, duplicate, telling), query);
  }

  @Delete('merges/:duplicate')
  @Records('UnmergeParticipants', {
    summary: 'A merge undone: the two are not the same person',
    description: 'Each has its own history again; what was recorded meanwhile stays where it was recorded.',
    body: MergeBody,
    query: PreviewQuery,
    example: { because: { code: 'merged-in-error' } },
  })
  unmerge(@AskedBy() asking: Asking, @Param() { participant, duplicate }: MergePath, @Query() query: PreviewQuery, @Body() telling: MergeBody) {
    return this.registrations(new MergeRegistrations(asking, 'UnmergeParticipants', participant, duplicate, telling), query);
  }

  private async registrations(command: MergeRegistrations, query: PreviewQuery): Promise<Receipt | Disclosed<Preview>> {
    if (!isPreview(query)) return this.bus.execute(command);
    const { asking, kept, merged } = command;
    return disclosed(asking, [kept, merged], await this.previews.of(asking, await this.merging.workOf(command), [kept, merged]));
  }

  private record(asking: Asking, participant: string, telling: TellingBody, command: (theCase: Case) => ParticipantCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, telling, [participants], (theCase) => theCase.decide(participants, command(theCase))));
  }
}
