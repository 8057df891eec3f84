import { addDays } from '@cairn/kernel/occurred.js';
import type { Episode } from './acute-care/spells.js';
import type { CourseFlag, EpisodeFlag, Flagged, SectionFlag, Session, Summary, WorkbookFlag } from './case-views.js';
import { isBefore } from './entry-flags.js';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { ParticipantRow } from './participants/participants.read.js';
import type { Course, CourseRow } from './support/courses.read.js';
import { stopFlags, type Stops } from './stop-flags.js';
import { standing } from './support/events.js';
import type { Issue, WorkbookSectionState } from './workbook/workbooks.read.js';

/** What a person should look at in what tells nothing of the arm: the same for everybody who sees the participant. */
export function neutralFlags(participant: ParticipantRow, outcome: OutcomeRow | null): Flagged[] {
  const { capacity, capacityNow, consent, enrolledOn, firstConsent, diedOn, disclosures, screeningDoubts } = participant;
  const afterDeath = (dates: readonly (string | null)[]) => (dates.some((date) => date !== null && diedOn !== null && date >= diedOn) ? ['after-death' as const] : []);
  return [
    ...(capacity === false ? [{ consent: true as const, flags: ['without-capacity'] as const }] : []),
    ...(capacityNow?.has === false ? [{ consent: true as const, flags: ['capacity-lost'] as const }] : []),
    ...some({ consent: true as const, flags: afterDeath(Object.values(consent)) }),
    ...some({ enrolment: true as const, flags: [...(isBefore(enrolledOn, firstConsent?.on) ? ['before-consent' as const] : []), ...afterDeath([enrolledOn])] }),
    ...(disclosures.some(({ to }) => to === 'assessor') ? [{ allocation: true as const, flags: ['assessor-unblinded'] as const }] : []),
    ...(screeningDoubts.length > 0 ? [{ screening: true as const, flags: screeningDoubts }] : []),
    ...(outcome?.quarantined ?? []).map((entry) => ({ entry, flags: ['quarantined'] as const })),
    ...Object.entries(outcome?.facts.byEpisode ?? {}).flatMap(([episode, known]) => some({ episode, flags: episodeFlags(known, outcome?.facts.found[known.entry ?? '']) })),
    ...(outcome && contradicted(outcome) ? [{ outcome: true as const, flags: ['none-found-contradicted'] as const }] : []),
  ];
}

/**
 * What a person who may know the arm should look at besides: in the support and the workbook.
 * `reviewAfter`: sessions missed in a row after which the course is to be reviewed. Nobody is ever discharged by it.
 * `beside`: what else the flags follow from; `enrolledOn` is the day the first course began.
 */
export function revealingFlags(sessions: readonly Placed[], { support, workbook }: Pick<Summary, 'support' | 'workbook'>, beside: Beside = {}): Flagged[] {
  const { reviewAfter = Infinity, marks = {}, attempts = {}, enrolledOn = null } = beside;
  return [
    ...sessions.filter(({ flags }) => flags.length > 0).map(({ session, flags }) => ({ session, flags })),
    ...(support?.courses ?? []).flatMap((course) => some({ course: course.course, flags: [...courseFlags(course, missedOf(sessions, course) >= reviewAfter), ...orderFlags(marks[course.course] ?? [], course.begunOn ?? (course.course === 1 ? enrolledOn : null))] })),
    ...Object.entries(workbook?.issued ?? {}).flatMap(([version, issue]) => some({ workbook: version, flags: workbookFlags(issue, beside) })),
    ...(workbook?.sections ?? []).flatMap((known) => some({ section: known.section, flags: sectionFlags(known, beside) })),
    ...Object.entries(attempts).flatMap(([attempt, on]) => some({ attempt, flags: stopFlags([on], beside) })),
  ];
}

type Placed = Pick<Session, 'session' | 'outcome' | 'occurredOn' | 'course' | 'flags'>;

interface Beside extends Stops {
  readonly reviewAfter?: number | undefined;
  readonly marks?: CourseRow['marks'] | undefined;
  /** Local dates of the attempts to reach the participant. */
  readonly attempts?: CourseRow['attempts'] | undefined;
  readonly enrolledOn?: string | null;
}

function some<F extends { readonly flags: readonly unknown[] }>(flagged: F): F[] {
  return flagged.flags.length > 0 ? [flagged] : [];
}

function courseFlags({ log, attended, attendedByLog }: Course, toReview: boolean): CourseFlag[] {
  const logFlags: CourseFlag[] = log === 'not-returned' ? ['log-not-returned'] : log === 'reconciled' && attendedByLog !== attended ? ['log-differs'] : [];
  return [...logFlags, ...(toReview ? ['review-attendance' as const] : [])];
}

/** A reopening on a day when there was nothing to reopen, or an end before there was a course. */
function orderFlags(marks: CourseRow['marks'][number], begunOn: string | null): CourseFlag[] {
  const closed = (before: typeof marks) => standing(before, 'CoursePaused') ?? standing(before, 'CourseEnded');
  const flags: CourseFlag[] = [];
  if (marks.some(({ type }, index) => type === 'CourseReopened' && !closed(marks.slice(0, index)))) flags.push('reopened-while-running');
  if (begunOn !== null && marks.some(({ type, on }) => type === 'CourseEnded' && on !== null && on < begunOn)) flags.push('ended-before-begun');
  return flags;
}

/** Sessions of a running course missed in a row since the last one attended; what was cancelled counts for neither. */
function missedOf(sessions: readonly Placed[], { course, standing }: Course): number {
  if (standing !== 'running') return 0;
  const dated = sessions.filter((session) => session.course === course && session.occurredOn !== null).sort((a, b) => ((a.occurredOn ?? '') < (b.occurredOn ?? '') ? -1 : 1));
  return dated.slice(dated.findLastIndex(({ outcome }) => outcome === 'attended') + 1).filter(({ outcome }) => outcome === 'not-attended').length;
}

function workbookFlags({ filledCopyLost, returnedOn, on }: Issue, beside: Beside): WorkbookFlag[] {
  return [...(filledCopyLost ? ['filled-copy-lost' as const] : []), ...(returnedOn !== undefined ? ['delivery-returned' as const] : []), ...stopFlags([on], beside)];
}

function sectionFlags({ otherVersion, startedOn, completedOn }: WorkbookSectionState, beside: Beside): SectionFlag[] {
  const turned = startedOn && completedOn && startedOn > completedOn;
  return [...(otherVersion ? ['other-version' as const] : []), ...(turned ? ['started-after-completion' as const] : []), ...stopFlags([startedOn, completedOn], beside)];
}

/** A search told that there was nothing through a day by which a readmission is on record. */
function contradicted({ readmission, day, facts: { t0, searches }, quarantined }: OutcomeRow): boolean {
  if (readmission !== 'yes' || day === null || t0 === null) return false;
  return searches.some(({ noneFound, searchedTo, entry = '' }) => noneFound && searchedTo >= addDays(t0, day) && !quarantined.includes(entry));
}

/** Only where the dates leave no doubt: an imprecise start counts at the first day it may have been. */
function episodeFlags({ start, earliest, end, transfers = [] }: Episode, foundOn: string | undefined): EpisodeFlag[] {
  const first = earliest ?? start;
  const flags: EpisodeFlag[] = [];
  if (first !== null && foundOn !== undefined && foundOn < first) flags.push('found-before-admission');
  if (first !== null && transfers.some(({ on }) => on !== null && on < first)) flags.push('transfer-before-admission');
  if (end !== null && transfers.some(({ on }) => on !== null && on > end)) flags.push('transfer-after-discharge');
  return flags;
}
