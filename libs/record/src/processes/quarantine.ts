import { isCorrection } from '@cairn/kernel/corrections.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { categoryOf, subjectOf } from '@cairn/kernel/envelope.js';
import { acuteCare } from '../acute-care/acute-care.js';
import { acuteEvents, type AcuteEvent } from '../acute-care/events.js';
import { accessSaid, foundOn, quarantined, type AccessSaid } from '../acute-care/record-access.js';
import { participantEvents } from '../participants/events.js';
import { reviewOf } from '../review/review.js';
import { act, view, type CaseProcess } from './case-process.js';

type Said = readonly AccessSaid[];
const more = (said: Said, next: AccessSaid | undefined): Said => (next ? [...said, next] : said);

const access = view<Said, typeof participantEvents>(participantEvents, [], {
  ConsentGiven: (said, entry) => more(said, accessSaid(entry)),
  Reconsented: (said, entry) => more(said, accessSaid(entry)),
  ConsentScopeWithdrawn: (said, entry) => more(said, accessSaid(entry)),
});

/** Entry to the local date on which a search found it. */
const findings: Decider<Readonly<Record<string, string>>, never, AcuteEvent> = {
  events: acuteEvents,
  initial: {},
  decide: () => [],
  evolve(found, entry) {
    const on = foundOn(entry);
    return on === undefined ? found : { ...found, [entry.id]: on };
  },
};

const consenting = ['ConsentGiven', 'Reconsented', 'ConsentScopeWithdrawn', 'ParticipantsMerged', 'ParticipantsUnmerged'];

/**
 * What a search of records found without the consent it takes is a deviation, recorded beside it. That it is kept from use, and for how long, follows from
 * the consents themselves, in the outcome and in its flags alike: nothing needs to be released. It leans on nothing that tells the arm.
 */
export const quarantine: CaseProcess = {
  name: 'quarantine',
  places({ stream, type }) {
    const kind = categoryOf(stream);
    const concerned = kind === 'acute' ? isCorrection(type) || Object.hasOwn(acuteEvents.definitions, type) : kind === 'participant' && (isCorrection(type) || consenting.includes(type));
    return concerned ? [{ participant: subjectOf(stream), on: [acuteCare], person: true }] : [];
  },
  decide(look) {
    const review = reviewOf(acuteEvents);
    const { deviations } = look.state(review);
    const known = new Set(Object.values(deviations).flatMap(({ data }) => (data.kind === 'without-consent' ? (data.entry ?? []) : [])));
    const anew = quarantined(look.state(findings), look.person(access).flat()).filter((entry) => !known.has(entry));
    const standing = anew.length > 0 ? look.standing(acuteCare) : new Set<string>();
    const text = 'Records were searched while access to them was not consented to. What was found is kept, and not used.';
    return anew.map((entry) => act(review, { type: 'RecordDeviation', facts: { deviation: look.idOf('finding', entry), kind: 'without-consent', entry, text }, standing }));
  },
};
