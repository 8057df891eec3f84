import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { ParticipantRow, ScreeningDoubt } from './participants/participants.read.js';
import type { Course, CourseRow } from './support/courses.read.js';
import type { StopFlag } from './stop-flags.js';
import type { SessionFlag } from './support/flags.js';
import type { SessionRow } from './support/sessions.read.js';
import type { WorkbookRow, WorkbookSectionState } from './workbook/workbooks.read.js';

/** One participant at a glance. What reveals the arm is not there at all for those who are masked. */
export interface Summary extends Omit<ParticipantRow, 'position' | 'screeningDoubts' | 'firstConsent'> {
  readonly outcome: Pick<OutcomeRow, 'readmission' | 'day' | 'reason' | 'timeDays' | 'diedDay' | 'spells'>;
  readonly support?: Omit<CourseRow, 'position' | 'participant' | 'sessions' | 'marks' | 'attempts' | 'byCode' | 'worker' | 'courses'> & {
    readonly worker?: string | null;
    readonly planned: number | null;
    readonly byCode: readonly CodeCount[];
    /** All planned sessions attended: null where the course's log is not reconciled or entries were erased, for then nobody knows. */
    readonly courses: readonly (Course & { readonly allPlanned: boolean | null })[];
  };
  readonly workbook?: Pick<WorkbookRow, 'issued' | 'completed' | 'erased'> & { readonly sections: readonly WorkbookSectionState[] };
  /** What a person should look at: in a session, a course, a workbook or its section, an attempt to reach them, an episode, the outcome, the screening, the consent or the enrolment. For masked roles only the last five. */
  readonly flags: readonly Flagged[];
}

export type Flagged =
  | { readonly session: string; readonly flags: readonly SessionFlag[] }
  | { readonly course: number; readonly flags: readonly CourseFlag[] }
  | { readonly workbook: string; readonly flags: readonly WorkbookFlag[] }
  | { readonly section: string; readonly flags: readonly SectionFlag[] }
  | { readonly attempt: string; readonly flags: readonly StopFlag[] }
  | { readonly consent: true; readonly flags: readonly ('without-capacity' | 'capacity-lost' | 'after-death')[] }
  | { readonly enrolment: true; readonly flags: readonly ('before-consent' | 'after-death')[] }
  | { readonly allocation: true; readonly flags: readonly ['assessor-unblinded'] }
  | { readonly episode: string; readonly flags: readonly EpisodeFlag[] }
  | { readonly entry: string; readonly flags: readonly ['quarantined'] }
  | { readonly outcome: true; readonly flags: readonly ['none-found-contradicted'] }
  | { readonly screening: true; readonly flags: readonly ScreeningDoubt[] };

/** A paper log that did not come back, or that counts other than the record; so many sessions missed in a row that the course is to be reviewed; dates that cannot all be right. */
export type CourseFlag = 'log-not-returned' | 'log-differs' | 'review-attendance' | 'reopened-while-running' | 'ended-before-begun';

/** A copy that had been written in is lost: an information incident. Or none has arrived yet. */
export type WorkbookFlag = StopFlag | 'filled-copy-lost' | 'delivery-returned';

export type SectionFlag = StopFlag | 'other-version' | 'started-after-completion';

/** A move that would lie outside its episode, or an admission found before it was one. */
export type EpisodeFlag = 'found-before-admission' | 'transfer-before-admission' | 'transfer-after-discharge';

interface CodeCount {
  readonly code: string;
  readonly meaning: string;
  readonly sessions: number;
}

export type Session = Omit<SessionRow, 'participant' | 'position' | 'offeredOn' | 'late' | 'lateUnexplained'> & { readonly course: number; readonly flags: readonly SessionFlag[] };
