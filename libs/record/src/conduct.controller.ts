import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { Unknown } from '@cairn/access/denied.js';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, Records, type Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import { IsId } from '@cairn/kernel/ids.js';
import { conduct, type ConductCommand } from './conduct/conduct.js';
import { AccessReviewed, AuditTrailReviewed, SeriousBreachReported } from './conduct/events.js';
import * as example from './conduct/examples.js';
import { slug, slugForm } from './programme/events.js';
import { programme } from './programme/programme.js';
import { RecordOversight } from './record-oversight.js';
import { conductEntry } from './staff-views.js';
import { apart, TellingBody } from './telling.js';

class ProgrammePath {
  @Matches(slug, { message: slugForm }) programme: string;
}
class ReviewPath extends ProgrammePath {
  @IsId() review: string;
}
class BreachPath extends ProgrammePath {
  @IsId() breach: string;
}
class Because extends PickType(TellingBody, ['because']) {}
class AccessReviewBody extends IntersectionType(OmitType(AccessReviewed, ['review']), Because) {}
class TrailReviewBody extends IntersectionType(OmitType(AuditTrailReviewed, ['review']), Because) {}
class BreachBody extends IntersectionType(OmitType(SeriousBreachReported, ['breach']), Because) {}

/** Oversight of a programme. Free words here are kept as they are, never sealed: study numbers at most, no names. */
@ApiTags('oversight')
@Controller('v1/programmes/:programme')
export class ConductController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly journal: Journal,
  ) {}

  @Get('conduct')
  @Answers('Conduct', { example: example.conduct, summary: 'Reviews of access and of the audit trail with their findings, and serious breaches, in the order of recording' })
  async read(@AskedBy() asking: Asking, @Param() { programme: id }: ProgrammePath) {
    if (!(await this.journal.state(programme, id)).registered) throw new Unknown('programme');
    const entries = await this.journal.history([[conduct, id]]);
    return disclosed(asking, [], { items: entries.map(conductEntry) });
  }

  @Put('access-reviews/:review')
  @Records('ReviewAccess', { summary: 'It was reviewed who has access, and whether they still should', body: AccessReviewBody, example: example.accessReview })
  reviewAccess(@AskedBy() asking: Asking, @Param() { programme, review }: ReviewPath, @Body() body: AccessReviewBody) {
    return this.record(asking, programme, body, { type: 'ReviewAccess', facts: { ...apart(body).facts, review } });
  }

  @Put('audit-trail-reviews/:review')
  @Records('ReviewAuditTrail', {
    summary: 'The audit trail was reviewed: from when to when, through which filters, with what findings',
    description: 'ICH E6(R3) 4.2.3. Name nobody in findings: study numbers at most.',
    body: TrailReviewBody,
    example: example.trailReview,
  })
  reviewTrail(@AskedBy() asking: Asking, @Param() { programme, review }: ReviewPath, @Body() body: TrailReviewBody) {
    return this.record(asking, programme, body, { type: 'ReviewAuditTrail', facts: { ...apart(body).facts, review } });
  }

  @Put('serious-breaches/:breach')
  @Records('ReportSeriousBreach', { summary: 'A serious breach was reported: what, since when it is known, to whom', description: 'Name nobody: study numbers at most.', body: BreachBody, example: example.breach })
  reportBreach(@AskedBy() asking: Asking, @Param() { programme, breach }: BreachPath, @Body() body: BreachBody) {
    return this.record(asking, programme, body, { type: 'ReportSeriousBreach', facts: { ...apart(body).facts, breach } });
  }

  private record(asking: Asking, id: string, { because }: Because, command: ConductCommand): Promise<Receipt> {
    return this.bus.execute(
      new RecordOversight(asking, [conduct, id], { ...(because && { because }) }, (transaction, circumstances) => transaction.decide(conduct, id, command, circumstances), id),
    );
  }
}
