import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { isMasked } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Followers } from '@cairn/journal/followers.js';
import { Journal } from '@cairn/journal/journal.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { OutcomeRow } from './acute-care/outcomes.read.js';
import type { CaseRows } from './case-summary.js';
import { ProgrammeContexts } from './contexts.js';
import { ParticipantRow } from './participants/participants.read.js';
import { ReviewedRow } from './review/reviewed.read.js';
import { CourseRow } from './support/courses.read.js';
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
    private readonly followers: Followers,
  ) {}

  /**
   * Of the models that those who ask may be answered from.
   *
   * @throws NotCaughtUp when the participant is recorded, and not in the read models within two seconds
   */
  async rows({ caller }: Asking, participant: string): Promise<CaseRows> {
    const found = await this.held(participant, isMasked(caller));
    if (found) return found;
    await this.followers.waitFor(await this.journal.head(), CATCH_UP_MS);
    const rows = await this.held(participant, isMasked(caller));
    if (!rows) throw new NotCaughtUp();
    return rows;
  }

  /** The protocol version a participant was enrolled under. */
  async protocolOf({ programme, site, protocolVersion }: ParticipantRow) {
    if (programme === null || site === null || protocolVersion === null) return undefined;
    const ref = { programme, site, version: protocolVersion };
    await this.contexts.load([ref]);
    return this.contexts.lookup(ref).protocol;
  }

  /** Asked for all at once; undefined where the models do not hold the participant yet. */
  private async held(participant: string, masked: boolean): Promise<CaseRows | undefined> {
    const { manager } = this.database;
    const whose = { participant };
    const all = [manager.findOneBy(ParticipantRow, whose), manager.findOneBy(OutcomeRow, whose)] as const;
    const revealing = masked ? [null, [], null, null] as const : [manager.findOneBy(CourseRow, whose), manager.findBy(SessionRow, whose), manager.findOneBy(WorkbookRow, whose), manager.findOneBy(ReviewedRow, whose)] as const;
    const [row, outcome, course, sessions, workbook, reviewed] = await Promise.all([...all, ...revealing]);
    return row ? { participant: row, outcome, course, sessions, workbook, reviewed } : undefined;
  }
}
