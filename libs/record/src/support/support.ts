import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import { supportEvents, type CourseEnded, type SessionAttended, type SessionCancelled, type SessionNotAttended, type SessionOffered, type SessionRescheduled, type SupportEvent } from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type SupportCommand = Told &
  (
    | { readonly type: 'AssignWorker'; readonly worker: string }
    | { readonly type: 'UnassignWorker' }
    | { readonly type: 'OfferSession'; readonly facts: Omit<SessionOffered, 'ordinal'> & { ordinal?: number } }
    | { readonly type: 'RespondToOffer'; readonly session: string; readonly response: 'accepted' | 'declined' }
    | { readonly type: 'RescheduleSession'; readonly facts: SessionRescheduled }
    | { readonly type: 'CancelSession'; readonly facts: SessionCancelled }
    | { readonly type: 'RecordAttendance'; readonly facts: SessionAttended }
    | { readonly type: 'RecordNonAttendance'; readonly facts: SessionNotAttended }
    | { readonly type: 'EndSupport'; readonly facts: CourseEnded }
  );

type OutcomeEvent = Extract<SupportEvent, { type: 'SessionAttended' | 'SessionNotAttended' | 'SessionCancelled' }>;
type Outcome = Known & { readonly type: OutcomeEvent['type'] };

export interface SessionState {
  readonly offer?: Known<SessionOffered>;
  readonly response?: Known & { readonly type: 'OfferAccepted' | 'OfferDeclined' };
  readonly plan?: Known<SessionRescheduled>;
  readonly outcome?: Outcome;
  /** A second outcome, which only a correction could bring about. */
  readonly clash?: Outcome['type'];
}

export interface SupportState {
  readonly worker?: string;
  readonly assigned?: Occurred;
  readonly sessions: Readonly<Record<string, SessionState>>;
  readonly ended?: Known<CourseEnded>;
}

const outcomes: Record<Outcome['type'], string> = { SessionAttended: 'attended', SessionNotAttended: 'not attended', SessionCancelled: 'cancelled' };

export const support: Decider<SupportState, SupportCommand, SupportEvent> = {
  events: supportEvents,
  initial: { sessions: {} },

  decide(command, state) {
    const { occurred } = command;
    switch (command.type) {
      case 'AssignWorker':
        return assign(command.worker, occurred, state);
      case 'UnassignWorker':
        return state.worker === undefined ? [] : [{ type: 'WorkerUnassigned', data: { worker: state.worker } }];
      case 'OfferSession':
        return offer(command.facts, occurred, state);
      case 'RespondToOffer': {
        const { session, response } = command;
        const type = response === 'accepted' ? 'OfferAccepted' : 'OfferDeclined';
        const known = offered(session, state).response;
        if (known && (known.type !== type || !restates(known, { session }, occurred))) throw alreadyRecorded('The response to this offer');
        return known ? [] : [{ type, data: { session } }];
      }
      case 'RescheduleSession': {
        const { outcome, plan } = offered(command.facts.session, state);
        if (plan && restates(plan, command.facts, occurred)) return [];
        if (outcome) throw hasOutcome(outcome.type);
        return [{ type: 'SessionRescheduled', data: command.facts }];
      }
      case 'CancelSession':
        offered(command.facts.session, state);
        return close({ type: 'SessionCancelled', data: command.facts }, occurred, state);
      // What happened is accepted even if nobody offered it; it is flagged, never refused.
      case 'RecordAttendance':
        return close({ type: 'SessionAttended', data: command.facts }, occurred, state);
      case 'RecordNonAttendance':
        return close({ type: 'SessionNotAttended', data: command.facts }, occurred, state);
      case 'EndSupport':
        if (state.ended && !restates(state.ended, command.facts, occurred)) throw alreadyRecorded('The end of this course');
        return state.ended ? [] : [{ type: 'CourseEnded', data: command.facts }];
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'WorkerAssigned':
        return { ...state, worker: entry.data.worker, assigned: occurred };
      case 'WorkerUnassigned': {
        const { worker, assigned: _, ...rest } = state;
        return worker === entry.data.worker ? rest : state;
      }
      case 'SessionOffered':
        return session(state, entry, () => ({ offer: { data: entry.data, occurred } }));
      case 'OfferAccepted':
      case 'OfferDeclined':
        return session(state, entry, () => ({ response: { type: entry.type, data: entry.data, occurred } }));
      case 'SessionRescheduled':
        return session(state, entry, () => ({ plan: { data: entry.data, occurred } }));
      case 'SessionCancelled':
      case 'SessionAttended':
      case 'SessionNotAttended':
        return session(state, entry, ({ outcome }) => (outcome ? { clash: entry.type } : { outcome: { type: entry.type, data: entry.data, occurred } }));
      case 'CourseEnded':
        return { ...state, ended: { data: entry.data, occurred } };
    }
  },

  holds({ sessions }) {
    for (const [id, { offer, response, plan, outcome, clash }] of Object.entries(sessions)) {
      if (clash) return new Refused('session-has-outcome', `Session ${id} would have two outcomes: ${outcome ? outcomes[outcome.type] : ''} and ${outcomes[clash]}.`);
      const rests = response ? 'response' : plan ? 'rescheduling' : outcome?.type === 'SessionCancelled' ? 'cancellation' : undefined;
      if (!offer && rests) return new Refused('entry-needed', `The ${rests} of session ${id} rests on this offer. Void the ${rests} first.`);
    }
    return undefined;
  },
};

function assign(worker: string, occurred: Occurred | undefined, state: SupportState): SupportEvent[] {
  if (state.worker === worker && occurred && !same(occurred, state.assigned)) throw alreadyRecorded('The assignment of this worker');
  if (state.worker === worker) return [];
  const before: SupportEvent[] = state.worker === undefined ? [] : [{ type: 'WorkerUnassigned', data: { worker: state.worker } }];
  return [...before, { type: 'WorkerAssigned', data: { worker } }];
}

function offer(facts: Omit<SessionOffered, 'ordinal'> & { ordinal?: number }, occurred: Occurred | undefined, { sessions }: SupportState): SupportEvent[] {
  const known = sessions[facts.session]?.offer;
  const latest = Math.max(0, ...Object.values(sessions).map((other) => other.offer?.data.ordinal ?? 0));
  const data = { ...facts, ordinal: facts.ordinal ?? known?.data.ordinal ?? latest + 1 };
  if (known && !restates(known, data, occurred)) throw alreadyRecorded('The offer of this session');
  return known ? [] : [{ type: 'SessionOffered', data }];
}

/** One outcome for one session id; the same again is nothing. */
function close(event: OutcomeEvent, occurred: Occurred | undefined, { sessions }: SupportState): SupportEvent[] {
  const known = sessions[event.data.session]?.outcome;
  if (!known) return [event];
  if (known.type !== event.type) throw hasOutcome(known.type);
  if (!restates(known, event.data, occurred)) throw alreadyRecorded('The outcome of this session');
  return [];
}

function offered(id: string, { sessions }: SupportState): SessionState {
  const found = sessions[id];
  if (!found?.offer) throw new Refused('session-unknown', 'No such session was offered to this participant. Record the offer first, or check the session id.');
  return found;
}

function hasOutcome(type: Outcome['type']): Refused {
  return new Refused('session-has-outcome', `This session is already recorded as ${outcomes[type]}. If that is wrong, void that entry; if this is another session, give it another id.`);
}

function session(state: SupportState, { data }: EntryOf<Extract<SupportEvent, { data: { session: string } }>>, change: (known: SessionState) => SessionState): SupportState {
  const known = state.sessions[data.session] ?? {};
  return { ...state, sessions: { ...state.sessions, [data.session]: { ...known, ...change(known) } } };
}
