import { Injectable } from '@nestjs/common';
import { isMasked } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Followers } from '@cairn/journal/followers.js';
import { Journal } from '@cairn/journal/journal.js';
import { allBut, part, RowReader, type RowQuestion } from '@cairn/journal/row-reader.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { OutcomeRow } from './acute-care/outcomes.read.js';
import type { CaseRows } from './case-summary.js';
import { ProgrammeContexts } from './contexts.js';
import { ParticipantRow } from './participants/participants.read.js';
import { ReviewedRow } from './review/reviewed.read.js';
import { CourseRow } from './support/courses.read.js';
import { judged, type JudgedSession } from './support/flags.js';
import { SessionRow } from './support/sessions.read.js';
import { WorkbookRow } from './workbook/workbooks.read.js';

const CATCH_UP_MS = 2_000;

/** The read models of one participant, as summaries and session lists need them. */
@Injectable()
export class Cases {
  private readonly whole;
  private readonly masked;
  private readonly placed;
  private readonly judged;
  private readonly sessions;

  constructor(
    private readonly reader: RowReader,
    private readonly contexts: ProgrammeContexts,
    private readonly journal: Journal,
    private readonly followers: Followers,
  ) {
    const joined = (...names: readonly string[]) => `from ${names.map((name, nth) => `${name} t${nth}${nth > 0 ? ' using (participant)' : ''}`).join(' left join ')} where t0.participant = $1`;
    this.whole = reader.prepare('case', [ParticipantRow, OutcomeRow, allBut(CourseRow, 'sessions'), WorkbookRow, ReviewedRow], joined);
    this.masked = reader.prepare('case-masked', [ParticipantRow, OutcomeRow], joined);
    this.placed = reader.prepare('case-placed', [part(CourseRow, 'participant', 'sessions')], joined);
    this.judged = reader.prepare('case-judged', [part(SessionRow, ...judged)], joined);
    this.sessions = reader.prepare('case-sessions', [SessionRow], joined);
  }

  /**
   * Of the models that those who ask may be answered from.
   *
   * @throws NotCaughtUp when the participant is recorded, and not in the read models within two seconds
   */
  rows(asking: Asking, participant: string): Promise<CaseRows> {
    return this.known(asking, participant, this.judged);
  }

  /** With everything that is known of the sessions. @throws NotCaughtUp */
  withSessions(asking: Asking, participant: string): Promise<CaseRows<SessionRow>> {
    return this.known(asking, participant, this.sessions);
  }

  /** The protocol version a participant was enrolled under. */
  async protocolOf({ programme, site, protocolVersion }: ParticipantRow) {
    if (programme === null || site === null || protocolVersion === null) return undefined;
    const ref = { programme, site, version: protocolVersion };
    await this.contexts.load([ref]);
    return this.contexts.lookup(ref).protocol;
  }

  private async known<Session extends JudgedSession>({ caller }: Asking, participant: string, sessions: RowQuestion<[Session]>): Promise<CaseRows<Session>> {
    const held = () => (isMasked(caller) ? this.heldMasked(participant) : this.held(participant, sessions));
    const found = await held();
    if (found) return found;
    await this.followers.waitFor(await this.journal.head(), CATCH_UP_MS);
    const rows = await held();
    if (!rows) throw new NotCaughtUp();
    return rows;
  }

  /** Undefined where the models do not hold the participant yet. */
  private async held<Session extends JudgedSession>(participant: string, asked: RowQuestion<[Session]>): Promise<CaseRows<Session> | undefined> {
    const [[found], sessions] = await this.reader.together((client) => [this.whole.ask(client, [participant]), asked.ask(client, [participant])]);
    const [row, outcome = null, course = null, workbook = null, reviewed = null] = found ?? [];
    const placed = course && course.courses.length > 1 ? await this.placedOf(participant) : undefined;
    return row ? { participant: row, outcome, course, sessions: sessions.flatMap(([session]) => session ?? []), workbook, reviewed, ...(placed && { placed }) } : undefined;
  }

  private async placedOf(participant: string): Promise<CaseRows['placed']> {
    const [[found]] = await this.reader.together((client) => [this.placed.ask(client, [participant])]);
    return found?.[0]?.sessions;
  }

  private async heldMasked(participant: string): Promise<CaseRows<never> | undefined> {
    const [[found]] = await this.reader.together((client) => [this.masked.ask(client, [participant])]);
    const [row, outcome = null] = found ?? [];
    return row ? { participant: row, outcome, course: null, sessions: [], workbook: null, reviewed: null } : undefined;
  }
}
