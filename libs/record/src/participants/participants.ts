import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import { dateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import {
  laterStanding, participantEvents, type ConsentGiven, type ConsentScope, type ConsentScopeWithdrawn, type Enrolled, type Excluded, type ParticipantEvent, type ParticipantRegistered, type ScopeStanding, type Screened,
} from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type ParticipantCommand = Told &
  (
    | { readonly type: 'RegisterParticipant'; readonly programme: string; readonly site: string; readonly studyNumber: string }
    | { readonly type: 'Screen'; readonly facts: Screened }
    | { readonly type: 'Exclude'; readonly facts: Excluded }
    | { readonly type: 'GiveConsent'; readonly facts: ConsentGiven; readonly when: Occurred }
    | { readonly type: 'WithdrawConsent'; readonly scope: ConsentScope; readonly effective?: string | undefined; readonly when: Occurred }
    | { readonly type: 'Enrol'; readonly protocolVersion: string }
  );

export interface ParticipantState {
  readonly registered?: ParticipantRegistered;
  readonly registeredWhen?: Occurred;
  readonly screened?: Known<Screened>;
  readonly excluded?: Known<Excluded>;
  readonly consents: readonly Known<ConsentGiven>[];
  readonly withdrawals: readonly Known<ConsentScopeWithdrawn>[];
  /** What may be done, each scope by what was said of it last. */
  readonly scopes: Readonly<Partial<Record<ConsentScope, ScopeStanding>>>;
  readonly enrolled?: Known<Enrolled>;
}

export const participants: Decider<ParticipantState, ParticipantCommand, ParticipantEvent> = {
  events: participantEvents,
  initial: { consents: [], withdrawals: [], scopes: {} },

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
        const given = { given: true, on: dateOf(command.when) };
        const known = state.consents.some((consent) => restates(consent, command.facts, occurred));
        // The same form again is nothing, unless something was withdrawn since that it gives anew.
        const anew = command.facts.scopes.some((scope) => !state.scopes[scope]?.given && laterStanding(state.scopes[scope], given).given);
        return known && (!anew || occurred) ? [] : [{ type: 'ConsentGiven', data: command.facts }];
      }
      case 'WithdrawConsent': {
        const { scope, effective } = command;
        const standing = state.scopes[scope];
        const data = { scope, ...(effective !== undefined && { effective }) };
        const known = state.withdrawals.some((withdrawal) => restates(withdrawal, data, occurred));
        const anew = standing?.given && !laterStanding(standing, { given: false, on: effective ?? dateOf(command.when) }).given;
        return standing && !(known && (!anew || occurred)) ? [{ type: 'ConsentScopeWithdrawn', data }] : [];
      }
      case 'Enrol':
        return enrol(command, state);
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'ParticipantRegistered':
        return { ...state, registered: entry.data, registeredWhen: occurred };
      case 'Screened':
        return { ...state, screened: { data: entry.data, occurred } };
      case 'Excluded':
        return { ...state, excluded: { data: entry.data, occurred } };
      case 'ConsentGiven':
        return {
          ...state,
          consents: [...state.consents, { data: entry.data, occurred }],
          scopes: entry.data.scopes.reduce((scopes, scope) => said(scopes, scope, { given: true, on: dateOf(occurred) }), state.scopes),
        };
      case 'ConsentScopeWithdrawn':
        return { ...state, withdrawals: [...state.withdrawals, { data: entry.data, occurred }], scopes: said(state.scopes, entry.data.scope, { given: false, on: entry.data.effective ?? dateOf(occurred) }) };
      case 'Enrolled':
        return { ...state, enrolled: { data: entry.data, occurred } };
    }
  },

  holds({ registered, enrolled, excluded, consents, screened }) {
    const [consent] = consents;
    if (!registered && (enrolled ?? excluded ?? consent ?? screened)) return new Refused('entry-needed', 'Everything else recorded of this participant rests on the registration.');
    if (enrolled && excluded) return new Refused('participant-enrolled', 'This participant is enrolled; nobody is both enrolled and excluded.');
    if (enrolled && !consent) return new Refused('entry-needed', 'The enrolment rests on this consent. Void the enrolment first.');
    return undefined;
  },
};

function said(scopes: ParticipantState['scopes'], scope: ConsentScope, standing: ScopeStanding): ParticipantState['scopes'] {
  return { ...scopes, [scope]: laterStanding(scopes[scope], standing) };
}

function register({ programme, site, studyNumber, occurred }: ParticipantCommand & { type: 'RegisterParticipant' }, { registered, registeredWhen }: ParticipantState): ParticipantEvent[] {
  if (!registered) return [{ type: 'ParticipantRegistered', data: { programme, site, studyNumber } }];
  if (registered.programme !== programme || registered.site !== site || (occurred && registeredWhen && !same(occurred, registeredWhen))) throw alreadyRecorded('A participant with this id');
  return [];
}

function enrol({ protocolVersion, occurred }: ParticipantCommand & { type: 'Enrol' }, state: ParticipantState): ParticipantEvent[] {
  const { enrolled, excluded, scopes } = state;
  const consented = Object.values(scopes).some(({ given }) => given);
  if (enrolled) {
    if (occurred && !restates(enrolled, enrolled.data, occurred)) throw alreadyRecorded('The enrolment');
    return [];
  }
  if (excluded) throw new Refused('participant-excluded', 'This participant was excluded. If that was an error, void the exclusion first.');
  if (!consented) throw new Refused('consent-missing', 'No consent stands for this participant. Record the consent first.');
  return [{ type: 'Enrolled', data: { protocolVersion } }];
}

function once(what: string, known: Known | undefined, occurred: Occurred | undefined, event: ParticipantEvent): ParticipantEvent[] {
  if (!known) return [event];
  if (!restates(known, event.data, occurred)) throw alreadyRecorded(what);
  return [];
}
