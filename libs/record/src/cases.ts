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
import { ReviewedRow } from './review/reviewed.read.js';
import { attendanceCodes } from './support/codes.js';
import { CourseRow } from './support/courses.read.js';
import { flagsOf, type SessionCourse } from './support/flags.js';
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

  outcome(participant: string): Promise<OutcomeRow | null> {
    return this.database.manager.findOneBy(OutcomeRow, { participant });
  }

  async care(row: ParticipantRow, { roles }: Asking): Promise<Pick<Summary, 'support' | 'workbook'>> {
    const { participant } = row;
    const course = await this.database.manager.findOneBy(CourseRow, { participant });
    const workbook = await this.database.manager.findOneBy(WorkbookRow, { participant });
    const planned = (await this.protocolOf(row))?.plannedSessions ?? null;
    return {
      ...(course && { support: { ...supportOf(course, planned, seesClass(roles, 'worker')), ...(row.stage === 'died' && { nextPlannedStart: null }) } }),
      ...(workbook && { workbook: { issued: workbook.issued, completed: workbook.completed, erased: workbook.erased, sections: Object.values(workbook.sections) } }),
    };
  }

  /** In the order in which they are planned or took place. */
  async sessions(row: ParticipantRow): Promise<Session[]> {
    const rows = await this.database.manager.findBy(SessionRow, { participant: row.participant });
    const course = await this.database.manager.findOneBy(CourseRow, { participant: row.participant });
    const protocol = await this.protocolOf(row);
    const courses = coursesOf(course, row.enrolledOn, protocol?.spanMonths);
    const { attested = [], dismissed = [] } = (await this.database.manager.findOneBy(ReviewedRow, { participant: row.participant })) ?? {};
    const flags = flagsOf(rows, { attested, dismissed, plannedSessions: protocol?.plannedSessions, courses, contactWithdrawn: row.withdrawn.contact ?? undefined, diedOn: row.diedOn ?? undefined });
    return rows
      .map(({ participant: _, position: __, late: ___, lateUnexplained: ____, ...session }) => ({ ...session, course: courses.get(session.session)?.course ?? 1, flags: flags.get(session.session) ?? [] }))
      .sort((a, b) => a.course - b.course || (a.ordinal ?? 999) - (b.ordinal ?? 999) || ((a.occurredOn ?? '') < (b.occurredOn ?? '') ? -1 : 1));
  }

  private async protocolOf({ programme, site, protocolVersion }: ParticipantRow) {
    if (programme === null || site === null || protocolVersion === null) return undefined;
    const ref = { programme, site, version: protocolVersion };
    await this.contexts.load([ref]);
    return this.contexts.lookup(ref).protocol;
  }
}

/** Which course each session belongs to. Its span counts from the day the course began: the first with the enrolment. */
function coursesOf(row: CourseRow | null, enrolledOn: string | null, spanMonths: number | undefined): Map<string, SessionCourse> {
  const courses = new Map(
    (row?.courses ?? []).map(({ course, begunOn, endedOn, pauses }) => {
      const from = course === 1 ? enrolledOn : begunOn;
      return [course, { course, endedOn, pauses, spanEnd: from !== null && spanMonths !== undefined ? monthsAfter(from, spanMonths) : undefined }];
    }),
  );
  return new Map(Object.entries(row?.sessions ?? {}).flatMap(([session, { course = 1 }]) => (courses.has(course) ? [[session, courses.get(course) as SessionCourse] as const] : [])));
}

function supportOf({ participant: _, position: __, sessions: ___, marks: ____, byCode, worker, courses, ...row }: CourseRow, planned: number | null, seesWorker: boolean): NonNullable<Summary['support']> {
  const counted = Object.entries(attendanceCodes).map(([code, meaning]) => ({ code, meaning, sessions: byCode[code as keyof typeof byCode] ?? 0 }));
  const judged = courses.map((course) => ({ ...course, allPlanned: course.log === 'reconciled' && planned !== null ? course.attended >= planned : null }));
  return { ...row, planned, byCode: counted, courses: judged, ...(seesWorker && { worker }) };
}
