import { Body, Controller, Delete, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { IsLocalDate } from '@cairn/kernel/local-date.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { slug, slugForm } from '../programme/events.js';
import { ConsentGiven, consentScopes, Excluded, Screened, type ConsentScope } from './events.js';
import { participants, type ParticipantCommand } from './participants.js';
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
class ScopePath {
  @IsId() participant: string;
  @IsIn(consentScopes) scope: ConsentScope;
}

const when = { at: '2026-01-12' };

@ApiTags('participants')
@Controller('v1/participants/:participant')
export class ParticipantsController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

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

  private record(asking: Asking, participant: string, telling: TellingBody, command: (theCase: Case) => ParticipantCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, telling, [participants], (theCase) => theCase.decide(participants, command(theCase))));
  }
}
