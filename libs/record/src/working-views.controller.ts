import { Controller, Get, Inject } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { disclosed } from '@cairn/access/disclosed.js';
import { Answers, AskedBy, type Asking } from '@cairn/access/routes.js';
import * as example from './examples.js';
import { MyDay } from './my-day.js';

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
    return disclosed(asking, [...new Set(shown.map(({ participant }) => participant))], day);
  }
}
