import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Asking } from '@cairn/access/routes.js';
import { summaryOf } from './case-summary.js';
import type { Summary } from './case-views.js';
import { Cases } from './cases.js';

export class SummaryOf extends Query<Summary> {
  constructor(
    readonly asking: Asking,
    readonly participant: string,
  ) {
    super();
  }
}

@QueryHandler(SummaryOf)
export class SummaryOfHandler implements IQueryHandler<SummaryOf> {
  constructor(private readonly cases: Cases) {}

  /** @throws NotCaughtUp when the participant is recorded but not yet in the read models */
  async execute({ asking, participant }: SummaryOf): Promise<Summary> {
    const rows = await this.cases.rows(asking, participant);
    return summaryOf(rows, await this.cases.protocolOf(rows.participant), asking);
  }
}
