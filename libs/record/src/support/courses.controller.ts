import { Body, Controller, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { RecordOnCase, type Case } from '../case-record.js';
import { apart, ParticipantPath, TellingBody } from '../telling.js';
import { ContactAttempted, CourseEnded, CourseLogReconciled, CoursePaused } from './events.js';
import * as example from './examples.js';
import { support, type SupportCommand } from './support.js';

class CoursePath extends ParticipantPath {
  /** 1, 2, …: another course begins by being offered once the one before has ended. */
  @Matches(/^([1-9]|1\d|20)$/, { message: 'course must be a number from 1 to 20' }) course: string;
}
class AttemptPath extends ParticipantPath {
  @IsId() attempt: string;
}
class CourseBody extends TellingBody {}
class PauseBody extends IntersectionType(OmitType(CoursePaused, ['course']), TellingBody) {}
class EndBody extends IntersectionType(OmitType(CourseEnded, ['course']), TellingBody) {}
class ReconciliationBody extends IntersectionType(OmitType(CourseLogReconciled, ['course']), TellingBody) {}
class AttemptBody extends IntersectionType(OmitType(ContactAttempted, ['attempt']), TellingBody) {}

@ApiTags('support')
@Controller('v1/participants/:participant')
export class CoursesController {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  @Put('courses/:course/decline')
  @Records('DeclineCourse', { summary: 'The participant does not want the sessions', body: CourseBody, example: example.onCourse })
  decline(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: CourseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'DeclineCourse', occurred: told, facts: { course: Number(course) } }));
  }

  @Put('courses/:course/re-offer')
  @Records('ReofferCourse', { summary: 'The course was offered again, or the next one for the first time', description: 'The next course follows the end of the one before; its sessions are counted from one again.', body: CourseBody, example: example.onCourse })
  reoffer(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: CourseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReofferCourse', occurred: told, facts: { course: Number(course) } }));
  }

  @Put('courses/:course/pause')
  @Records('PauseCourse', { summary: 'The course rests for a while', description: 'A visit within the pause is accepted and flagged.', body: PauseBody, example: example.pause })
  pause(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: PauseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'PauseCourse', occurred: told, facts: { ...apart(body).facts, course: Number(course) } }));
  }

  @Put('courses/:course/reopening')
  @Records('ReopenCourse', { summary: 'The course goes on after a pause or an end', body: CourseBody, example: example.onCourse })
  reopen(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: CourseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReopenCourse', occurred: told, facts: { course: Number(course) } }));
  }

  @Put('courses/:course/end')
  @Records('EndCourse', { summary: 'The course of sessions has ended', description: 'Never recorded by the system itself: nobody is discharged automatically.', body: EndBody, example: example.end })
  end(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: EndBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'EndCourse', occurred: told, facts: { ...apart(body).facts, course: Number(course) } }));
  }

  @Put('courses/:course/missing-log')
  @Records('ReportNoLog', { summary: 'The paper log of the course did not come back', description: 'What took place beside what is recorded is then unknown, never nothing.', body: CourseBody, example: example.onCourse })
  noLog(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: CourseBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReportNoLog', occurred: told, facts: { course: Number(course) } }));
  }

  @Put('courses/:course/log-reconciliation')
  @Records('ReconcileCourseLog', { summary: 'The paper log was held against the record', description: 'Where it counts other attendances than the record, the course is flagged `log-differs`.', body: ReconciliationBody, example: example.reconciliation })
  reconcile(@AskedBy() asking: Asking, @Param() { participant, course }: CoursePath, @Body() body: ReconciliationBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'ReconcileCourseLog', occurred: told, facts: { ...apart(body).facts, course: Number(course) } }));
  }

  @Put('contact-attempts/:attempt')
  @Records('RecordContactAttempt', { summary: 'Somebody tried to reach the participant about the support', body: AttemptBody, example: example.contactAttempt })
  attempt(@AskedBy() asking: Asking, @Param() { participant, attempt }: AttemptPath, @Body() body: AttemptBody) {
    return this.record(asking, participant, body, ({ told }) => ({ type: 'RecordContactAttempt', occurred: told, facts: { ...apart(body).facts, attempt } }));
  }

  private record(asking: Asking, participant: string, body: TellingBody, command: (theCase: Case) => SupportCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnCase(asking, participant, apart(body).telling, [support], (theCase) => theCase.decide(support, command(theCase))));
  }
}
