import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { isMasked } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Flagged, Summary } from './case-views.js';
import { Cases, courseFlags } from './cases.js';

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
    const { position: _, ...known } = row;
    const common = { ...known, outcome };
    if (isMasked(asking.caller)) return common;
    const sessions = await this.cases.sessions(row);
    const care = await this.cases.care(row, asking);
    const flags: Flagged[] = [
      ...(row.capacity === false ? [{ consent: true as const, flags: ['without-capacity'] as const }] : []),
      ...(row.capacityNow?.has === false ? [{ consent: true as const, flags: ['capacity-lost'] as const }] : []),
      ...(row.disclosures.some(({ to }) => to === 'assessor') ? [{ allocation: true as const, flags: ['assessor-unblinded'] as const }] : []),
      ...sessions.flatMap(({ session, flags }) => (flags.length > 0 ? [{ session, flags }] : [])),
      ...(care.support?.courses ?? []).flatMap((course) => { const flags = courseFlags(course); return flags.length > 0 ? [{ course: course.course, flags }] : []; }),
      ...(care.workbook?.sections ?? []).flatMap(({ section, otherVersion }) => (otherVersion ? [{ section, flags: ['other-version'] as const }] : [])),
    ];
    return { ...common, ...care, flags };
  }
}
