import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { laterStanding, participantEvents, type ConsentGiven, type ScopeStanding } from '../participants/events.js';
import { remarksOn, type remarks } from '../review/events.js';
import { reviewOf } from '../review/review.js';
import { supportEvents } from '../support/events.js';
import { support } from '../support/support.js';
import { act, view, type Act, type CaseProcess, type Look } from './case-process.js';

type StopReason = 'died' | 'consent-withdrawn' | 'discontinued';

/**
 * After a death, after contact is no longer consented to, and after the intervention was discontinued nobody is visited: what is
 * planned from that day on is called off, whenever either was recorded. It never ends a course: nobody is discharged automatically.
 * Where the ground falls away again (the entry was voided, consent was given anew) what was called off is not revived; the supervisor is asked to plan anew.
 */
export const stops: CaseProcess = {
  name: 'stops',
  places: (entry) => (concerned(entry) ? [{ participant: subjectOf(entry.stream), on: [support], person: true }] : []),
  decide(look) {
    const halts = look.person(halting).reduce(together);
    const calledOff = Object.entries(look.state(plans)).flatMap(([session, { planned, open }]): Act[] => {
      const reason = open && planned !== undefined ? reasonFor(halts, planned) : undefined;
      return reason === undefined ? [] : [act(support, { type: 'CancelSession', facts: { session, by: calledOffBy(reason, halts) } }, { code: reason })];
    });
    return [...calledOff, ...planAnew(look, halts)];
  },
};

const grounds = ['Died', 'ConsentScopeWithdrawn', 'ConsentGiven', 'Reconsented', 'InterventionDiscontinued', 'ParticipantsMerged', 'ParticipantsUnmerged'];

function concerned({ stream, type }: Entry): boolean {
  switch (categoryOf(stream)) {
    case 'participant':
      return grounds.includes(type) || isCorrection(type);
    case 'support':
      return type === 'SessionOffered' || type === 'SessionRescheduled' || isCorrection(type);
    default:
      return false;
  }
}

/** Local dates from which nobody is to be visited. A day nobody knows is the one on which the record learned of it. */
interface Halts {
  readonly died?: string;
  readonly discontinued?: string;
  readonly ownDecision?: boolean;
  readonly contact?: ScopeStanding;
}

const halting = view<Halts, typeof participantEvents>(participantEvents, {}, {
  Died: (halts, entry) => ({ ...halts, died: earlier(halts.died, dayOf(entry)) }),
  InterventionDiscontinued: (halts, entry) => ({ ...halts, discontinued: earlier(halts.discontinued, dayOf(entry)), ownDecision: entry.data.reason === 'own-decision' }),
  ConsentGiven: consented,
  Reconsented: consented,
  ConsentScopeWithdrawn: (halts, entry) => (entry.data.scope === 'contact' ? { ...halts, contact: laterStanding(halts.contact, { given: false, on: entry.data.effective ?? dayOf(entry) }) } : halts),
});

function consented(halts: Halts, entry: Entry & { readonly data: ConsentGiven }): Halts {
  return entry.data.scopes.includes('contact') ? { ...halts, contact: laterStanding(halts.contact, { given: true, on: dayOf(entry) }) } : halts;
}

function dayOf({ occurred, recordedAt }: Pick<Entry, 'occurred' | 'recordedAt'>): string {
  return dateOf(occurred) ?? recordedAt.slice(0, 10);
}

/** What holds for one person, whichever registration it was recorded on. */
function together(one: Halts, other: Halts): Halts {
  const { died, discontinued, contact } = other;
  return {
    ...one,
    ...(died !== undefined && { died: earlier(one.died, died) }),
    ...(discontinued !== undefined && { discontinued: earlier(one.discontinued, discontinued), ownDecision: one.ownDecision ?? other.ownDecision ?? false }),
    ...(contact && { contact: laterStanding(one.contact, contact) }),
  };
}

function earlier(known: string | undefined, date: string): string {
  return known !== undefined && known < date ? known : date;
}

function reasonFor({ died, discontinued, contact }: Halts, planned: string): StopReason | undefined {
  if (died !== undefined && planned >= died) return 'died';
  if (contact && !contact.given && planned >= (contact.on ?? '')) return 'consent-withdrawn';
  return discontinued !== undefined && planned >= discontinued ? 'discontinued' : undefined;
}

function calledOffBy(reason: StopReason, { ownDecision = false }: Halts): 'participant' | 'provider' {
  return reason === 'consent-withdrawn' || (reason === 'discontinued' && ownDecision) ? 'participant' : 'provider';
}

interface Plan {
  /** Local date; undefined for what nobody offered. */
  readonly planned?: string;
  readonly open: boolean;
  /** The entry by which this rule called it off. */
  readonly calledOff?: string;
}

type Plans = Readonly<Record<string, Plan>>;

const plans = view<Plans, typeof supportEvents>(supportEvents, {}, {
  SessionOffered: (known, { data: { session, plannedStart } }) => put(known, session, { planned: plannedStart.slice(0, 10), open: true, ...known[session] }),
  SessionRescheduled: (known, { data: { session, plannedStart } }) => put(known, session, { open: true, ...known[session], planned: plannedStart.slice(0, 10) }),
  OfferDeclined: closed,
  SessionAttended: closed,
  SessionNotAttended: closed,
  SessionCancelled: (known, entry) => closed(known, entry, entry.actor.id === 'process:stops' ? entry.id : undefined),
});

function closed(known: Plans, { data: { session } }: { readonly data: { readonly session: string } }, calledOff?: string): Plans {
  const { planned } = known[session] ?? {};
  return put(known, session, { ...(planned !== undefined && { planned }), open: false, ...(calledOff !== undefined && { calledOff }) });
}

/** Entries that a query about planning was ever raised about: once is enough. */
const askedAbout = view<readonly string[], Catalogue<typeof remarks>>(remarksOn(supportEvents), [], {
  QueryRaised: (entries, { data }) => (data.topic === 'planning' ? [...entries, ...data.entries] : entries),
});

const MOST_ENTRIES = 50;

function planAnew(look: Look, halts: Halts): Act[] {
  const known = new Set(look.state(askedAbout));
  const groundless = Object.values(look.state(plans)).flatMap(({ planned = '', calledOff }) => (calledOff !== undefined && !known.has(calledOff) && reasonFor(halts, planned) === undefined ? [calledOff] : []));
  if (groundless.length === 0) return [];
  const entries = groundless.slice(0, MOST_ENTRIES).sort();
  const text = 'These sessions were called off for a reason that no longer stands. Plan anew with the participant.';
  return [act(reviewOf(supportEvents), { type: 'RaiseQuery', facts: { query: look.idOf('planning', ...entries), topic: 'planning', to: 'supervisor', entries, text }, standing: look.standing(support) })];
}
