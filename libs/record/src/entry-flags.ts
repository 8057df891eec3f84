import type { Contexts } from '@cairn/journal/read-models.js';
import { fold } from '@cairn/kernel/decider.js';
import { categoryOf, type Entry, type EntryOf } from '@cairn/kernel/envelope.js';
import { dateOf, firstDateOf } from '@cairn/kernel/occurred.js';
import { entryFlags, lateFlags } from './late.js';
import { participantEvents, type ParticipantEvent } from './participants/events.js';
import { participants } from './participants/participants.js';
import { stopFlags } from './stop-flags.js';
import type { SupportEvent } from './support/events.js';
import type { WorkbookEvent } from './workbook/events.js';

/** What reaches a participant, or is done with them. Calling it off, and what is kept about it, is what remains to be done. */
const contacts = new Set<string>([
  'SessionOffered', 'OfferAccepted', 'OfferDeclined', 'SessionRescheduled', 'SessionAttended', 'SessionNotAttended', 'CourseReoffered', 'ContactAttempted',
  'WorkbookIssued', 'WorkbookReissued', 'SectionStarted', 'SectionCompleted', 'InformationGiven',
] satisfies (SupportEvent | WorkbookEvent | ParticipantEvent)['type'][]);
/** What only the participant themself can say: possible after they asked not to be contacted, not after their death. */
const said = new Set<string>(['Screened', 'ConsentGiven', 'Reconsented', 'Enrolled', 'ContactPreferencesRecorded'] satisfies ParticipantEvent['type'][]);

/** Types of the entries that flags of other entries follow from. */
export const grounds: readonly string[] = ['Died', 'ConsentGiven', 'Reconsented', 'ConsentScopeWithdrawn', 'EntryAttested'];

/** What of an entry flags follow from, beside what follows from it alone. */
interface Judged extends Pick<Entry, 'id' | 'type' | 'erased'> {
  /** Its local date, where it is known. */
  readonly date?: string | undefined;
}

/**
 * What a person should look at in an entry, by the others of an effective history, of which the grounds are enough: of `own`, which follows
 * from the entry alone, what nobody has attested, and whether it is dated where it cannot be.
 */
export function flagsBy(history: readonly Entry[]): (entry: Judged, own: readonly string[]) => readonly string[] {
  const told = history.filter(({ stream }) => categoryOf(stream) === participantEvents.stream) as unknown as readonly EntryOf<ParticipantEvent>[];
  const { died, scopes, consents } = fold(participants, told);
  const { contact } = scopes;
  const stops = { diedOn: died && dateOf(died.occurred), contactWithdrawn: contact?.given === false ? contact.on : undefined };
  const firstConsent = consents.map(({ occurred }) => firstDateOf(occurred) ?? '').sort()[0];
  const attested = new Set(history.flatMap(({ type, data }) => (type === 'EntryAttested' ? [(data as { entry?: string }).entry] : [])));
  const stopped = (type: string, date: string | undefined) =>
    contacts.has(type) ? stopFlags([date], stops) : said.has(type) ? stopFlags([date], { diedOn: stops.diedOn }) : [];
  const anyStop = stops.diedOn !== undefined || stops.contactWithdrawn !== undefined;
  return (entry, own) => {
    if (entry.erased) return [];
    const late = attested.has(entry.id) ? own.filter((flag) => !contains(lateFlags, flag)) : own;
    if (!anyStop && entry.type !== 'Enrolled') return late;
    return [...late, ...stopped(entry.type, entry.date), ...(entry.type === 'Enrolled' && isBefore(entry.date, firstConsent) ? ['before-consent'] : [])];
  };
}

/** Where both are known. */
export function isBefore(date: string | null | undefined, other: string | null | undefined): boolean {
  return date != null && other != null && date < other;
}

/** What follows from each of these entries alone, by the programme version it names. */
export async function ownFlags(entries: readonly Entry[], contexts: Contexts): Promise<(entry: Entry) => readonly string[]> {
  await contexts.load(entries.flatMap(({ protocol }) => protocol ?? []));
  return (entry) => entryFlags(entry, contexts.lookup);
}

function contains(known: readonly string[], word: string): boolean {
  return known.includes(word);
}
