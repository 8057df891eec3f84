import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Asking } from '@cairn/access/routes.js';
import { isWithin } from './due.js';
import { OpenSessions, type Charge, type OpenSession } from './open-sessions.js';
import { Queries, type ListedQuery } from './queries.js';

/** What a peer support worker starts the day with. */
export interface Day {
  readonly date: string;
  /** Planned today, in the order of their start. */
  readonly due: readonly OpenSession[];
  /** Past, and nothing is recorded; those past the protocol's working days for an entry are overdue. */
  readonly unrecorded: readonly OpenSession[];
  readonly overdue: readonly OpenSession[];
  /** Planned within the next seven days. */
  readonly ahead: readonly OpenSession[];
  /** Running courses in which nothing is planned. */
  readonly toPlan: readonly Charge[];
  /** Those whom nobody contacts any more. */
  readonly stopped: readonly Charge[];
  /** Questions that wait for the worker. */
  readonly queries: readonly ListedQuery[];
  readonly caseload: number;
}

export class MyDay extends Query<Day> {
  constructor(readonly asking: Asking) {
    super();
  }
}

const DAYS_AHEAD = 7;
const MOST_QUERIES = 200;

@QueryHandler(MyDay)
export class MyDayHandler implements IQueryHandler<MyDay> {
  constructor(
    private readonly openSessions: OpenSessions,
    private readonly queries: Queries,
  ) {}

  async execute({ asking }: MyDay): Promise<Day> {
    const { charges, sessions } = await this.openSessions.of({ worker: asking.caller.staff ?? '' });
    const { items: queries } = await this.queries.open(asking, { to: 'worker', limit: MOST_QUERIES });
    const today = charges[0]?.today ?? this.openSessions.today();
    const inOrder = sessions.toSorted((a, b) => Date.parse(a.plannedStart) - Date.parse(b.plannedStart));
    const which = (due: OpenSession['due']) => inOrder.filter((session) => session.due === due);
    const waiting = new Set(sessions.filter(({ due }) => due === 'planned' || due === 'due').map(({ participant }) => participant));
    return {
      date: today,
      due: which('due'),
      unrecorded: which('unrecorded'),
      overdue: which('overdue'),
      ahead: which('planned').filter(({ plannedStart }) => isWithin(plannedStart.slice(0, 10), today, DAYS_AHEAD)),
      toPlan: charges.filter(({ participant, standing, stopped }) => standing === 'running' && !stopped && !waiting.has(participant)),
      stopped: charges.filter(({ stopped }) => stopped),
      queries,
      caseload: charges.length,
    };
  }
}
