import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { IsId } from '@cairn/kernel/ids.js';
import { IsCursor } from '@cairn/access/cursors.js';
import { disclosed, Document } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import { AnonymousLog } from './anonymous-log.js';
import * as example from './examples.js';
import { Histories } from './histories.js';
import { instantOf, untilOf } from './points.js';
import { toldOf } from './shown.js';
import { REPLAYED, type Replayed } from './replayed.js';
import { Timeline } from './timeline.js';

class CasePath {
  @IsId() participant: string;
}
class TimelineQuery {
  @IsOptional() @Matches(/^[1-9]\d{0,2}$|^1\d{3}$|^2000$/, { message: 'limit must be a number from 1 to 2000' }) limit?: string;
  @IsCursor() cursor?: string;
}
class ReplayQuery {
  /** An RFC 3339 instant, inclusive, or a local date, to the end of that day in the programme's zone. */
  @IsOptional() @Matches(/^\d{4}-\d\d-\d\d/, { message: 'asOf must be a date such as 2026-03-05 or an instant such as 2026-03-05T14:30:00Z' }) asOf?: string;
  /** An RFC 3339 instant, inclusive. */
  @IsOptional() @Matches(/^\d{4}-\d\d-\d\dT/, { message: 'knownAt must be an instant such as 2026-03-05T14:30:00Z' }) knownAt?: string;
}
class AnonymousLogQuery {
  @Matches(/^[a-z0-9][a-z0-9-]{0,39}$/, { message: 'programme must name the programme: a log is of one' }) programme: string;
  @IsOptional() @IsIn(['ndjson', 'csv']) format?: 'ndjson' | 'csv';
}

@ApiTags('reading')
@Controller('v1')
export class ReplayController {
  constructor(
    private readonly histories: Histories,
    private readonly timelines: Timeline,
    private readonly anonymousLog: AnonymousLog,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  @Get('participants/:participant/timeline')
  @Answers('Timeline', { example: example.timeline, query: TimelineQuery, summary: 'What happened, in the order in which it happened, as the record stands', description: 'Page on with `cursor` from `next`.' })
  async timeline(@AskedBy() asked: Asking, @Param() { participant }: CasePath, @Query() { limit, cursor }: TimelineQuery) {
    const { asking } = await this.replayed.reach(asked, participant);
    const { json, told } = await this.timelines.page(asking, participant, { cursor, limit: Number(limit ?? 500) });
    return disclosed(asking, toldOf(participant, told), new Document('application/json; charset=utf-8', json));
  }

  @Get('participants/:participant/history')
  @Answers('History', { example: example.history, summary: 'Everything ever recorded, corrections and former values included, in the order of recording', description: 'The etags are what a correction names in If-Match (ICH E6(R3) 4.2.2).' })
  async history(@AskedBy() asked: Asking, @Param() { participant }: CasePath) {
    const { asking } = await this.replayed.reach(asked, participant);
    const history = await this.histories.history(asking, participant);
    return disclosed(asking, toldOf(participant, history.entries), history);
  }

  @Get('participants/:participant/replay')
  @Answers('Replay', { example: example.replay, query: ReplayQuery, summary: 'The case at a point on both clocks', description: '`asOf`: what had happened by then. `knownAt`: what the record knew by then. Each alone or both; without either, the present.' })
  async replay(@AskedBy() asked: Asking, @Param() { participant }: CasePath, @Query() { asOf, knownAt }: ReplayQuery) {
    const { zone, asking } = await this.replayed.reach(asked, participant);
    const point = { asOf: asOf === undefined ? undefined : untilOf('asOf', asOf, zone).epochMilliseconds, knownAt: knownAt === undefined ? undefined : instantOf('knownAt', knownAt).toString() };
    const replayed = await this.histories.replay(asking, participant, point);
    return disclosed(asking, toldOf(participant, replayed.entries), { asOf: asOf ?? null, knownAt: knownAt ?? null, zone, ...replayed });
  }

  @Get('anonymous-log')
  @Answers('AnonymousLog', {
    summary: 'The anonymous log of a programme: kind, 28-day period, mode, outcome, section; one row an event',
    description: 'A row appears only where enough distinct people stand behind its cell; what was generalised or withheld is counted in the trailer.',
    query: AnonymousLogQuery,
    example: example.anonymousLog,
    produces: ['application/x-ndjson', 'text/csv'],
  })
  async anonymous(@AskedBy() asking: Asking, @Query() { programme, format = 'ndjson' }: AnonymousLogQuery) {
    return disclosed(asking, [], await this.anonymousLog.of(programme, await this.replayed.anonymityThreshold(programme), format));
  }
}
