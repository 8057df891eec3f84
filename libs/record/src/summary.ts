import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { isMasked } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { Summary } from './case-views.js';
import { Cases } from './cases.js';
import { neutralFlags, revealingFlags } from './flagged.js';

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
    const row = await this.cases.participant(participant);
    const outcome = await this.cases.outcome(participant);
    const { position: _, screeningDoubts: __, ...known } = row;
    const neutral = neutralFlags(row, outcome);
    const common = { ...known, outcome: toldOutcome(outcome) };
    if (isMasked(asking.caller)) return { ...common, flags: neutral };
    const care = await this.cases.care(row, asking);
    return { ...common, ...care, flags: [...neutral, ...revealingFlags(row, await this.cases.sessions(row), care)] };
  }
}

function toldOutcome(row: OutcomeRow | null): Summary['outcome'] {
  const { readmission = 'unknown', day = null, reason = 'not-enrolled', timeDays = null, diedDay = null, spells = [] } = row ?? {};
  return { readmission, day, reason, timeDays, diedDay, spells };
}
