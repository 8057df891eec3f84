import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { seesClass } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { Runner } from '@cairn/journal/runner.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { monthsAfter } from '@cairn/kernel/occurred.js';
import type { Session, Summary } from './case-views.js';
import { OutcomeRow } from './acute-care/outcomes.read.js';
import { ProgrammeContexts } from './contexts.js';
import { ParticipantRow } from './participants/participants.read.js';
import { attendanceCodes } from './support/codes.js';
import { CourseRow } from './support/courses.read.js';
import { flagsOf } from './support/flags.js';
import { SessionRow } from './support/sessions.read.js';
import { WorkbookRow } from './workbook/workbooks.read.js';

const CATCH_UP_MS = 2_000;

/** The read models of one participant, as summaries and session lists need them. */
@Injectable()
export class Cases {
  constructor(
    private readonly database: DataSource,
    private readonly contexts: ProgrammeContexts,
    private readonly journal: Journal,
    private readonly runner: Runner,
  ) {}

  /** @throws NotCaughtUp when the participant is recorded, and not in the read models within two seconds */
  async participant(participant: string): Promise<ParticipantRow> {
    const found = await this.database.manager.findOneBy(ParticipantRow, { participant });
    if (found) return found;
    await this.runner.waitFor(await this.journal.head(), CATCH_UP_MS);
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
