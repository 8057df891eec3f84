import type { Episode } from './acute-care/spells.js';
import type { CourseFlag, EpisodeFlag, Flagged, Session, Summary, WorkbookFlag } from './case-views.js';
import type { OutcomeRow } from './acute-care/outcomes.read.js';
import type { ParticipantRow } from './participants/participants.read.js';
import type { Course } from './support/courses.read.js';
import type { Issue } from './workbook/workbooks.read.js';

/** What a person should look at in what tells nothing of the arm: the same for everybody who sees the participant. */
export function neutralFlags({ capacity, capacityNow, screeningDoubts }: ParticipantRow, outcome: OutcomeRow | null): Flagged[] {
  return [
    ...(capacity === false ? [{ consent: true as const, flags: ['without-capacity'] as const }] : []),
    ...(capacityNow?.has === false ? [{ consent: true as const, flags: ['capacity-lost'] as const }] : []),
    ...(screeningDoubts.length > 0 ? [{ screening: true as const, flags: screeningDoubts }] : []),
    ...Object.entries(outcome?.facts.byEpisode ?? {}).flatMap(([episode, known]) => some({ episode, flags: episodeFlags(known) })),
  ];
}

/** What a person who may know the arm should look at besides: in the support and the workbook, and in who came to know. */
export function revealingFlags({ disclosures }: ParticipantRow, sessions: readonly Session[], { support, workbook }: Pick<Summary, 'support' | 'workbook'>): Flagged[] {
  return [
    ...(disclosures.some(({ to }) => to === 'assessor') ? [{ allocation: true as const, flags: ['assessor-unblinded'] as const }] : []),
    ...sessions.flatMap(({ session, flags }) => some({ session, flags })),
    ...(support?.courses ?? []).flatMap((course) => some({ course: course.course, flags: courseFlags(course) })),
    ...Object.entries(workbook?.issued ?? {}).flatMap(([version, issue]) => some({ workbook: version, flags: workbookFlags(issue) })),
    ...(workbook?.sections ?? []).flatMap(({ section, otherVersion }) => (otherVersion ? [{ section, flags: ['other-version'] as const }] : [])),
  ];
}

function some<F extends { readonly flags: readonly unknown[] }>(flagged: F): F[] {
  return flagged.flags.length > 0 ? [flagged] : [];
}

function courseFlags({ log, attended, attendedByLog }: Course): CourseFlag[] {
  if (log === 'not-returned') return ['log-not-returned'];
  return log === 'reconciled' && attendedByLog !== attended ? ['log-differs'] : [];
}

function workbookFlags({ filledCopyLost, returnedOn }: Issue): WorkbookFlag[] {
  return [...(filledCopyLost ? ['filled-copy-lost' as const] : []), ...(returnedOn !== undefined ? ['delivery-returned' as const] : [])];
}

/** Only where the dates leave no doubt: an imprecise start counts at the first day it may have been. */
function episodeFlags({ start, earliest, end, transfers = [] }: Episode): EpisodeFlag[] {
  const first = earliest ?? start;
  const flags: EpisodeFlag[] = [];
  if (first !== null && transfers.some(({ on }) => on !== null && on < first)) flags.push('transfer-before-admission');
  if (end !== null && transfers.some(({ on }) => on !== null && on > end)) flags.push('transfer-after-discharge');
  return flags;
}
