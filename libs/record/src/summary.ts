import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { isMasked } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import { Cases } from './cases.js';
import type { ParticipantRow } from './participants/participants.read.js';
import type { CourseRow } from './support/courses.read.js';
import type { SessionFlag } from './support/flags.js';
import type { SessionRow } from './support/sessions.read.js';
import type { WorkbookRow } from './workbook/workbooks.read.js';

/** One participant at a glance. What reveals the arm is not there at all for those who are masked. */
export interface Summary extends Omit<ParticipantRow, 'position'> {
  readonly outcome: Pick<OutcomeRow, 'readmission' | 'day' | 'reason' | 'timeDays' | 'spells'>;
  readonly support?: Omit<CourseRow, 'position' | 'participant' | 'sessions' | 'byCode' | 'worker'> & { readonly worker?: string | null; readonly planned: number | null; readonly byCode: readonly CodeCount[] };
  readonly workbook?: Pick<WorkbookRow, 'issued' | 'completed' | 'erased'> & { readonly sections: readonly object[] };
  readonly flags?: readonly { readonly session: string; readonly flags: readonly SessionFlag[] }[];
}

interface CodeCount {
  readonly code: string;
  readonly meaning: string;
  readonly sessions: number;
}

export type Session = Omit<SessionRow, 'participant' | 'position' | 'late' | 'lateUnexplained'> & { readonly flags: readonly SessionFlag[] };

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
    const flags = sessions.filter((session) => session.flags.length > 0).map((session) => ({ session: session.session, flags: session.flags }));
    return { ...common, ...(await this.cases.care(row, asking)), flags };
  }
}
