import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches, MaxLength } from 'class-validator';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { roles } from '@cairn/access/roles.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { IsId } from '@cairn/kernel/ids.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { slug, slugForm } from '../programme/events.js';
import { RecordOnStaff } from '../record-on-staff.js';
import { StaffViews } from '../staff-views.js';
import { apart, TellingBody } from '../telling.js';
import { Engaged, MeetingHeld, staffId, staffIdForm, TasksDelegated, TrainingCompleted } from './events.js';
import * as example from './examples.js';
import type { StaffCommand } from './staff.js';

class StaffPath {
  @Matches(staffId, { message: staffIdForm }) staff: string;
}
class TrainingPath extends StaffPath {
  @Matches(slug, { message: slugForm }) training: string;
}
class MeetingPath {
  @IsId() meeting: string;
}
class EngagementBody extends IntersectionType(OmitType(Engaged, ['role']), TellingBody) {
  @IsIn(roles) role: string;
}
class DelegationBody extends IntersectionType(TasksDelegated, TellingBody) {}
class TrainingBody extends IntersectionType(PickType(TrainingCompleted, ['validUntil']), TellingBody) {}
class SupervisionBody extends IntersectionType(MeetingHeld, TellingBody) {}
class StaffQuery {
  @IsOptional() @MaxLength(40) site?: string;
  /** At most this many; 100 when left out. */
  @IsOptional() @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: 'limit must be a number from 1 to 200' }) limit?: string;
  @IsCursor() cursor?: string;
}

@ApiTags('staff')
@Controller('v1')
export class StaffController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly views: StaffViews,
  ) {}

  @Get('staff')
  @Answers('Staff', {
    example: example.staffList,
    query: StaffQuery,
    summary: 'Members of staff you look after: engagements, tasks, trainings and when they run out, last supervision, caseload size',
    description: 'A worker finds themselves. `caseload` is there for those who may see caseloads. Page on with `cursor` from `next`.',
  })
  async list(@AskedBy() asking: Asking, @Query() { site, limit, cursor }: StaffQuery) {
    return disclosed(asking, [], await this.views.list(asking, { site, cursor, limit: Number(limit ?? 100) }));
  }

  @Get('staff/:staff')
  @Answers('Staff', { example: example.member, summary: 'A member of staff, and everything recorded of their work here' })
  async member(@AskedBy() asking: Asking, @Param() { staff }: StaffPath) {
    return disclosed(asking, [], await this.views.member(asking, staff));
  }

  @Put('staff/:staff/engagement')
  @Records('Engage', {
    summary: 'Somebody works at a site from a day',
    description: 'Sent again with another role or day, that is what stands at this site. After they have left, an engagement from that day or later lets them in again.',
    body: EngagementBody,
    example: example.engagement,
  })
  engage(@AskedBy() asking: Asking, @Param() { staff }: StaffPath, @Body() body: EngagementBody) {
    const { facts } = apart(body);
    return this.bus.execute<RecordOnStaff, Receipt>(new RecordOnStaff(asking, [staff], apart(body).telling, (occurred) => ({ type: 'Engage', occurred, facts }), { home: facts }));
  }

  @Put('staff/:staff/delegation')
  @Records('DelegateTasks', { summary: 'The tasks somebody may do from now on; those not named, no longer', body: DelegationBody, example: example.delegation })
  delegate(@AskedBy() asking: Asking, @Param() { staff }: StaffPath, @Body() body: DelegationBody) {
    return this.record(asking, staff, body, (occurred) => ({ type: 'DelegateTasks', occurred, facts: apart(body).facts }));
  }

  @Put('staff/:staff/trainings/:training')
  @Records('RecordTraining', { summary: 'A training was completed, or renewed', body: TrainingBody, example: example.training })
  train(@AskedBy() asking: Asking, @Param() { staff, training }: TrainingPath, @Body() body: TrainingBody) {
    return this.record(asking, staff, body, (occurred) => ({ type: 'RecordTraining', occurred, facts: { ...apart(body).facts, training } }));
  }

  @Put('supervisions/:meeting')
  @Records('HoldSupervision', {
    summary: 'A supervision took place: one meeting, everybody who was there',
    description: 'It is recorded with each of them, or with none. `attendees` are those supervised: one where it was individual.',
    body: SupervisionBody,
    example: example.supervision,
  })
  supervise(@AskedBy() asking: Asking, @Param() { meeting: id }: MeetingPath, @Body() body: SupervisionBody) {
    const { kind, minutes, attendees } = apart(body).facts;
    if (kind === 'individual' && attendees.length > 1) throw new Invalid([{ field: 'attendees', message: 'an individual supervision is of one person: name them alone, or say that it was a group' }]);
    const people = [...attendees].sort();
    const meeting = { id, facts: { kind, minutes, attendees: people } };
    return this.bus.execute<RecordOnStaff, Receipt>(
      new RecordOnStaff(asking, people, apart(body).telling, (occurred) => ({ type: 'HoldSupervision', occurred, facts: { meeting: id, kind, minutes } }), { meeting }),
    );
  }

  @Put('staff/:staff/leaving')
  @Records('RecordLeaving', {
    summary: 'Somebody left: their access ends at that instant',
    description: '`occurred` is the instant; a day counts to its end. What they did up to then and is sent later is still taken, as theirs; a day or month on which it was done counts to its end as well.',
    body: TellingBody,
    example: example.leaving,
  })
  leave(@AskedBy() asking: Asking, @Param() { staff }: StaffPath, @Body() body: TellingBody) {
    return this.record(asking, staff, body, (occurred) => {
      if (occurred && occurred.precision !== 'minute' && occurred.precision !== 'date') throw new Invalid([{ field: 'occurred.at', message: 'say the day, or the minute, at which their access is to end' }]);
      return { type: 'RecordLeaving', occurred };
    });
  }

  private record(asking: Asking, staff: string, body: TellingBody, command: (occurred: Occurred | undefined) => StaffCommand): Promise<Receipt> {
    return this.bus.execute(new RecordOnStaff(asking, [staff], apart(body).telling, command));
  }
}
