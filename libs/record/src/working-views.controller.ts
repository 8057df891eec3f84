import { Controller, Get, Inject, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import { BoardOf } from './board.js';
import * as example from './examples.js';
import { MyDay } from './my-day.js';
import { slug, slugForm } from './programme/events.js';

class BoardQuery {
  /** One of your sites; all of them when left out. */
  @IsOptional() @Matches(slug, { message: slugForm }) site?: string;
}

@ApiTags('working views')
@Controller('v1')
export class WorkingViewsController {
  constructor(@Inject(QueryBus) private readonly queries: QueryBus) {}

  @Get('my-day')
  @Answers('MyDay', {
    summary: 'A worker’s day in one answer: due, to be recorded, overdue, ahead, to be planned, and the queries that wait',
    description: 'Overdue is what has been without an outcome for more than the protocol’s working days, by the bank holidays of the site’s nation. Whoever has died, or is not to be contacted any more, is under `stopped` and nowhere else.',
    example: example.myDay,
  })
  async myDay(@AskedBy() asking: Asking) {
    const day = await this.queries.execute(new MyDay(asking));
    const shown = [...day.due, ...day.unrecorded, ...day.overdue, ...day.ahead, ...day.toPlan, ...day.stopped, ...day.queries];
    return disclosed(asking, peopleIn(shown), day);
  }

  @Get('board')
  @Answers('Board', {
    summary: 'A supervisor’s board: each worker’s caseload, lateness, training and supervision, what is overdue, to be assigned, to be attested',
    description: 'Overdue is judged by working days and the bank holidays of the site’s nation; lateness over the last four weeks.',
    query: BoardQuery,
    example: example.board,
  })
  async board(@AskedBy() asking: Asking, @Query() { site }: BoardQuery) {
    const board = await this.queries.execute(new BoardOf(asking, site));
    return disclosed(asking, peopleIn([...board.overdue, ...board.toAssign, ...board.attestations, ...board.queries]), board);
  }
}

function peopleIn(shown: readonly { readonly participant: string }[]): string[] {
  return [...new Set(shown.map(({ participant }) => participant))];
}
