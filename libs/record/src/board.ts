import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import type { Asking } from '@cairn/access/routes.js';
import { addDays } from '@cairn/kernel/occurred.js';
import { Engagements, type Missing } from './engagements.js';
import { OpenSessions, type Charge, type OpenSession } from './open-sessions.js';
import { Queries, type ListedQuery } from './queries.js';
import { StaffViews } from './staff-views.js';
import type { StaffMember } from './staff/staff.read.js';

/** How one worker stands: what they have, what waits for them, and how soon they write things down. */
export interface WorkerOnBoard extends Partial<Pick<StaffMember, 'left' | 'trainings' | 'tasks' | 'lastSupervision' | 'flags'>> {
  readonly worker: string;
  /** False where nobody recorded that they are engaged here. */
  readonly engaged: boolean;
  readonly caseload: number;
  readonly running: number;
  readonly due: number;
  readonly unrecorded: number;
  readonly overdue: number;
  /** Of the sessions they held in the last four weeks: all, and those entered late. */
  readonly held: number;
  readonly late: number;
}

/** A running course that needs a worker, and why: it has none, they have left, or nobody is engaged here under that staff id. */
export type ToAssign = Charge & { readonly why: 'nobody' | Missing };

/** What a supervisor starts the day with. */
export interface Board {
  readonly workers: readonly WorkerOnBoard[];
  /** Without an outcome for more than the protocol's working days, the longest first. */
  readonly overdue: readonly OpenSession[];
  /** Running courses without a worker who is here. */
  readonly toAssign: readonly ToAssign[];
  /** Entries that wait for a supervisor to stand for them. */
  readonly attestations: readonly ListedQuery[];
  /** Other questions to the supervisor. */
  readonly queries: readonly ListedQuery[];
  /** There where more of either wait than are shown here: `GET /v1/queries?to=supervisor` has all. */
  readonly moreQueries?: true;
}

export class BoardOf extends Query<Board> {
  constructor(
    readonly asking: Asking,
    readonly site: string | undefined,
  ) {
    super();
  }
}

const WEEKS_DAYS = 28;
const MOST_QUERIES = 200;

const HELD = `
  select s.worker, count(*)::int as held, count(*) filter (where s.late)::int as late
  from read.sessions s join read.participants p using (participant)
  where s.outcome <> 'open' and s.worker is not null and p.site = any($1) and s.occurred_on > $2
  group by s.worker`;

@QueryHandler(BoardOf)
export class BoardOfHandler implements IQueryHandler<BoardOf> {
  constructor(
    private readonly database: DataSource,
    private readonly openSessions: OpenSessions,
    private readonly queries: Queries,
    private readonly staff: StaffViews,
    private readonly engagements: Engagements,
  ) {}

  async execute({ asking, site }: BoardOf): Promise<Board> {
    const sites = asking.caller.sites.filter((mine) => site === undefined || mine === site);
    const { charges, sessions } = await this.openSessions.of({ sites });
    const [staff, missing] = await Promise.all([this.staff.everyone(asking, site), this.engagements.of(charges)]);
    const { items: asked, next } = await this.queries.open(asking, { to: 'supervisor', site, limit: MOST_QUERIES });
    const since = addDays(charges[0]?.today ?? this.openSessions.today(), -WEEKS_DAYS);
    const held: { worker: string; held: number; late: number }[] = await this.database.query(HELD, [sites, since]);
    const members = new Map(staff.map((member) => [member.staff, member]));
    const names = new Set([...members.keys(), ...charges.flatMap(({ worker }) => worker ?? [])]);
    const why = (charge: Charge): ToAssign['why'] | undefined => (charge.worker === null ? 'nobody' : missing(charge));
    return {
      workers: [...names].sort().map((worker) => {
        const { left = null, trainings = [], tasks = [], lastSupervision = null, flags = [] } = members.get(worker) ?? {};
        const theirs = charges.filter((charge) => charge.worker === worker);
        const waiting = (due: OpenSession['due']) => sessions.filter((session) => session.worker === worker && session.due === due).length;
        return {
          worker, engaged: members.has(worker) && left === null, caseload: theirs.length, running: theirs.filter(({ standing }) => standing === 'running').length,
          due: waiting('due'), unrecorded: waiting('unrecorded'), overdue: waiting('overdue'),
          held: 0, late: 0, ...held.find((each) => each.worker === worker),
          ...(members.has(worker) && { left, trainings, tasks, lastSupervision, flags }),
        };
      }),
      overdue: sessions.filter(({ due }) => due === 'overdue').sort((a, b) => b.workingDaysSince - a.workingDaysSince),
      toAssign: charges.flatMap((charge) => {
        const reason = charge.standing === 'running' && !charge.stopped ? why(charge) : undefined;
        return reason ? [{ ...charge, why: reason }] : [];
      }),
      attestations: asked.filter(({ topic }) => topic === 'attestation'),
      queries: asked.filter(({ topic }) => topic !== 'attestation'),
      ...(next !== undefined && { moreQueries: true as const }),
    };
  }
}
