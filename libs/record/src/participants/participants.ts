import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { participantEvents, type ConsentGiven, type ConsentScope, type Enrolled, type Excluded, type ParticipantEvent, type ParticipantRegistered, type Screened } from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type ParticipantCommand = Told &
  (
    | { readonly type: 'RegisterParticipant'; readonly programme: string; readonly site: string; readonly studyNumber: string }
    | { readonly type: 'Screen'; readonly facts: Screened }
    | { readonly type: 'Exclude'; readonly facts: Excluded }
    | { readonly type: 'GiveConsent'; readonly facts: ConsentGiven }
    | { readonly type: 'WithdrawConsent'; readonly scope: ConsentScope; readonly effective?: string | undefined }
    | { readonly type: 'Enrol'; readonly protocolVersion: string }
  );

export interface ParticipantState {
  readonly registered?: ParticipantRegistered;
  readonly screened?: Known<Screened>;
  readonly excluded?: Known<Excluded>;
  readonly consent?: Known<ConsentGiven>;
  /** What may be done now. */
  readonly scopes: readonly ConsentScope[];
  readonly enrolled?: Known<Enrolled>;
}

export const participants: Decider<ParticipantState, ParticipantCommand, ParticipantEvent> = {
  events: participantEvents,
  initial: { scopes: [] },

  decide(command, state) {
    if (command.type === 'RegisterParticipant') return register(command, state);
    if (!state.registered) throw new Refused('participant-unknown', 'No such participant.');
    const { occurred } = command;
    switch (command.type) {
      case 'Screen':
        return once('The screening', state.screened, occurred, { type: 'Screened', data: command.facts });
      case 'Exclude':
        if (state.enrolled) throw new Refused('participant-enrolled', 'This participant is enrolled. Exclusion is for those who never were.');
        return once('The exclusion', state.excluded, occurred, { type: 'Excluded', data: command.facts });
      case 'GiveConsent': {
        const standing = state.consent && command.facts.scopes.every((scope) => state.scopes.includes(scope));
        if (standing && state.consent && restates(state.consent, command.facts, occurred)) return [];
        return [{ type: 'ConsentGiven', data: command.facts }];
      }
      case 'WithdrawConsent': {
        const { scope, effective } = command;
        return state.scopes.includes(scope) ? [{ type: 'ConsentScopeWithdrawn', data: { scope, ...(effective !== undefined && { effective }) } }] : [];
      }
      case 'Enrol':
        return enrol(command, state);
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'ParticipantRegistered':
        return { ...state, registered: entry.data };
      case 'Screened':
        return { ...state, screened: { data: entry.data, occurred } };
      case 'Excluded':
        return { ...state, excluded: { data: entry.data, occurred } };
      case 'ConsentGiven':
        return { ...state, consent: { data: entry.data, occurred }, scopes: [...new Set([...state.scopes, ...entry.data.scopes])] };
      case 'ConsentScopeWithdrawn':
        return { ...state, scopes: state.scopes.filter((scope) => scope !== entry.data.scope) };
      case 'Enrolled':
        return { ...state, enrolled: { data: entry.data, occurred } };
    }
  },

  holds({ registered, enrolled, excluded, consent, screened }) {
    if (!registered && (enrolled ?? excluded ?? consent ?? screened)) return new Refused('entry-needed', 'Everything else recorded of this participant rests on the registration.');
    if (enrolled && excluded) return new Refused('participant-enrolled', 'This participant is enrolled; nobody is both enrolled and excluded.');
    if (enrolled && !consent) return new Refused('entry-needed', 'The enrolment rests on this consent. Void the enrolment first.');
    return undefined;
  },
};

/** Stage in the flow of participants (CONSORT), from what is decided in this stream alone, so that it tells nothing of the arm. */
export function stageOf({ registered, screened, excluded, consent, enrolled }: ParticipantState): 'registered' | 'screened' | 'excluded' | 'consented' | 'enrolled' | undefined {
  if (enrolled) return 'enrolled';
  if (excluded) return 'excluded';
  if (consent) return 'consented';
  if (screened) return 'screened';
  return registered ? 'registered' : undefined;
}

function register({ programme, site, studyNumber }: ParticipantCommand & { type: 'RegisterParticipant' }, { registered }: ParticipantState): ParticipantEvent[] {
  if (!registered) return [{ type: 'ParticipantRegistered', data: { programme, site, studyNumber } }];
  if (registered.programme !== programme || registered.site !== site) throw alreadyRecorded('A participant with this id');
  return [];
}

function enrol({ protocolVersion, occurred }: ParticipantCommand & { type: 'Enrol' }, state: ParticipantState): ParticipantEvent[] {
  const { enrolled, excluded, scopes } = state;
  if (enrolled) {
    if (occurred && !restates(enrolled, enrolled.data, occurred)) throw alreadyRecorded('The enrolment');
    return [];
  }
  if (excluded) throw new Refused('participant-excluded', 'This participant was excluded. If that was an error, void the exclusion first.');
  if (scopes.length === 0) throw new Refused('consent-missing', 'No consent stands for this participant. Record the consent first.');
  return [{ type: 'Enrolled', data: { protocolVersion } }];
}

function once(what: string, known: Known | undefined, occurred: Occurred | undefined, event: ParticipantEvent): ParticipantEvent[] {
  if (!known) return [event];
  if (!restates(known, event.data, occurred)) throw alreadyRecorded(what);
  return [];
}
