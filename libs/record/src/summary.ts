import { Injectable } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { isMasked, seesClass } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { OutcomeRow } from './acute-care/outcomes.read.js';
import { ProgrammeContexts } from './contexts.js';
import { ParticipantRow } from './participants/participants.read.js';
import { attendanceCodes } from './support/codes.js';
import { CourseRow } from './support/courses.read.js';
import { flagsOf, type SessionFlag } from './support/flags.js';
import { SessionRow } from './support/sessions.read.js';
import { monthsAfter } from '@cairn/kernel/occurred.js';
import { WorkbookRow } from './workbook/workbooks.read.js';

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

/** The read models of one participant, as summaries and session lists need them. */
@Injectable()
export class Cases {
  constructor(
    private readonly database: DataSource,
    private readonly contexts: ProgrammeContexts,
  ) {}

  async participant(participant: string): Promise<ParticipantRow> {
    const row = await this.database.manager.findOneBy(ParticipantRow, { participant });
    if (!row) throw new NotCaughtUp();
    return row;
  }

  async outcome(participant: string): Promise<Summary['outcome']> {
    const row = await this.database.manager.findOneBy(OutcomeRow, { participant });
    const { readmission = 'unknown', day = null, reason = 'not-enrolled', timeDays = null, spells = [] } = row ?? {};
    return { readmission, day, reason, timeDays, spells };
  }

  async care(row: ParticipantRow, { roles }: Asking): Promise<Pick<Summary, 'support' | 'workbook'>> {
    const { participant } = row;
    const course = await this.database.manager.findOneBy(CourseRow, { participant });
    const workbook = await this.database.manager.findOneBy(WorkbookRow, { participant });
    const planned = (await this.protocolOf(row))?.plannedSessions ?? null;
    return {
      ...(course && { support: supportOf(course, planned, seesClass(roles, 'worker')) }),
      ...(workbook && { workbook: { issued: workbook.issued, completed: workbook.completed, erased: workbook.erased, sections: Object.values(workbook.sections) } }),
    };
  }

  /** In the order in which they are planned or took place. */
  async sessions(row: ParticipantRow): Promise<Session[]> {
    const rows = await this.database.manager.findBy(SessionRow, { participant: row.participant });
    const protocol = await this.protocolOf(row);
    const spanEnd = row.enrolledOn && protocol ? monthsAfter(row.enrolledOn, protocol.spanMonths) : undefined;
    const flags = flagsOf(rows, { plannedSessions: protocol?.plannedSessions, spanEnd, contactWithdrawn: row.withdrawn.contact ?? undefined });
    return rows
      .map(({ participant: _, position: __, late: ___, lateUnexplained: ____, ...session }) => ({ ...session, flags: flags.get(session.session) ?? [] }))
      .sort((a, b) => (a.ordinal ?? 999) - (b.ordinal ?? 999) || ((a.occurredOn ?? '') < (b.occurredOn ?? '') ? -1 : 1));
  }

  private async protocolOf({ programme, site, protocolVersion }: ParticipantRow) {
    if (programme === null || site === null || protocolVersion === null) return undefined;
    const ref = { programme, site, version: protocolVersion };
    await this.contexts.load([ref]);
    return this.contexts.lookup(ref).protocol;
  }
}

function supportOf({ participant: _, position: __, sessions: ___, byCode, worker, ...course }: CourseRow, planned: number | null, seesWorker: boolean): NonNullable<Summary['support']> {
  const counted = Object.entries(attendanceCodes).map(([code, meaning]) => ({ code, meaning, sessions: byCode[code as keyof typeof byCode] ?? 0 }));
  return { ...course, planned, byCode: counted, ...(seesWorker && { worker }) };
}
