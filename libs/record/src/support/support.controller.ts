import { Body, Controller, Delete, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PartialType, PickType } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { inZone } from '@cairn/kernel/occurred.js';
import { RecordOnCase, type Case, workerOf } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { SessionAttended, SessionCancelled, SessionNotAttended, SessionOffered, SessionRescheduled, WorkerAssigned } from './events.js';
import * as example from './examples.js';
import { support, type SupportCommand } from './support.js';

class SessionPath {
  @IsId() participant: string;
  @IsId() session: string;
}
class WorkerBody extends IntersectionType(WorkerAssigned, TellingBody) {}
class OfferBody extends IntersectionType(OmitType(SessionOffered, ['session', 'ordinal']), PartialType(PickType(SessionOffered, ['ordinal'])), TellingBody) {}
class ResponseBody extends TellingBody {
  @IsIn(['accepted', 'declined']) response: 'accepted' | 'declined';
}
class ScheduleBody extends IntersectionType(OmitType(SessionRescheduled, ['session']), TellingBody) {}
class CancellationBody extends IntersectionType(OmitType(SessionCancelled, ['session']), TellingBody) {}
/** Who came is the caller, unless said otherwise. */
export class AttendanceBody extends IntersectionType(OmitType(SessionAttended, ['session', 'worker']), PartialType(PickType(SessionAttended, ['worker'])), TellingBody) {}
class NonAttendanceBody extends IntersectionType(OmitType(SessionNotAttended, ['session']), TellingBody) {}

@ApiTags('support')
@Controller('v1/participants/:participant')
export class SupportController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  @Put('worker')
  @Records('AssignWorker', { summary: 'A peer support worker takes on the participant', description: 'Unassigns the worker before, in the same step.', body: WorkerBody, example: example.worker })
  assign(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: WorkerBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'AssignWorker', occurred: told, worker: body.worker }));
  }

  @Delete('worker')
  @Records('UnassignWorker', { summary: 'The worker no longer has this participant', body: TellingBody, example: {} })
  unassign(@AskedBy() asking: Asking, @Param() { participant }: ParticipantPath, @Body() body: TellingBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'UnassignWorker', occurred: told }));
  }

  @Put('sessions/:session/offer')
  @Records('OfferSession', { summary: 'A session was offered', description: 'Without an ordinal it is the next one.', body: OfferBody, example: example.offer })
  offer(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: OfferBody) {
    const { facts } = apart(body);
    return this.record(asking, participant, body, ({ told, zone }) => ({ type: 'OfferSession', occurred: told, facts: { ...facts, session, plannedStart: inZone(facts.plannedStart, zone, 'plannedStart') } }));
  }

  @Put('sessions/:session/response')
  @Records('RespondToOffer', { summary: 'The offer was accepted or declined', body: ResponseBody, example: example.response })
  respond(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: ResponseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RespondToOffer', occurred: told, session, response: body.response }));
  }

  @Put('sessions/:session/schedule')
  @Records('RescheduleSession', { summary: 'The session was moved to another time', body: ScheduleBody, example: example.schedule })
  reschedule(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: ScheduleBody) {
    const { facts } = apart(body);
    return this.record(asking, participant, body, ({ told, zone }) => ({ type: 'RescheduleSession', occurred: told, facts: { ...facts, session, plannedStart: inZone(facts.plannedStart, zone, 'plannedStart') } }));
  }

  @Put('sessions/:session/cancellation')
  @Records('CancelSession', { summary: 'The session was cancelled', description: 'NHS codes 2 (participant) and 4 (provider).', body: CancellationBody, example: example.cancellation })
  cancel(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: CancellationBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'CancelSession', occurred: told, facts: { ...apart(body).facts, session } }));
  }

  @Put('sessions/:session/attendance')
  @Records('RecordAttendance', { summary: 'A session took place', description: '`occurred` is its start. A session nobody offered is accepted and flagged. NHS codes 5 and 6.', body: AttendanceBody, example: example.attendance })
  attend(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: AttendanceBody) {
    const worker = workerOf(asking, body);
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordAttendance', occurred: told, facts: { ...apart(body).facts, session, worker } }));
  }

  @Put('sessions/:session/non-attendance')
  @Records('RecordNonAttendance', { summary: 'The session did not take place', description: 'NHS codes 3 (no warning, no access) and 7 (too late to be seen).', body: NonAttendanceBody, example: example.nonAttendance })
  miss(@AskedBy() asking: Asking, @Param() { participant, session }: SessionPath, @Body() body: NonAttendanceBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordNonAttendance', occurred: told, facts: { ...apart(body).facts, session } }));
  }

  private record(asking: Asking, participant: string, body: TellingBody, command: (theCase: Case) => SupportCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [support], (theCase) => theCase.decide(support, command(theCase))));
  }
}
