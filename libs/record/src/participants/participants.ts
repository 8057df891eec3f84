import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import { subjectOf } from '@cairn/kernel/envelope.js';
import { dateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { same } from '@cairn/kernel/same.js';
import {
  firstStanding, laterStanding, participantEvents, type AllocationDisclosed, type Completed, type ConsentGiven, type ConsentScope, type ConsentScopeWithdrawn, type ContactPreferencesRecorded, type Died,
  type Enrolled, type Excluded, type InformationGiven, type InterventionDiscontinued, type LostToFollowUp, type ParticipantEvent, type ParticipantRegistered, type ScopeStanding, type Screened,
} from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type ParticipantCommand = Told &
  (
    | { readonly type: 'RegisterParticipant'; readonly programme: string; readonly site: string; readonly studyNumber: string }
    | { readonly type: 'Screen'; readonly facts: Screened }
    | { readonly type: 'Exclude'; readonly facts: Excluded }
    | { readonly type: 'GiveInformation'; readonly facts: InformationGiven }
    | { readonly type: 'GiveConsent' | 'Reconsent'; readonly facts: ConsentGiven; readonly when: Occurred }
    | { readonly type: 'WithdrawConsent'; readonly scope: ConsentScope; readonly effective?: string | undefined; readonly when: Occurred }
    | { readonly type: 'Enrol'; readonly protocolVersion: string }
    | { readonly type: 'RecordCapacity'; readonly has: boolean; readonly assessed?: boolean | undefined; readonly when: Occurred }
    | { readonly type: 'RecordContactPreferences'; readonly facts: ContactPreferencesRecorded; readonly when: Occurred }
    | { readonly type: 'DiscontinueIntervention'; readonly facts: InterventionDiscontinued }
    | { readonly type: 'RecordLossToFollowUp'; readonly facts: LostToFollowUp }
    | { readonly type: 'RecordDeath'; readonly facts: Died }
    | { readonly type: 'Complete' }
    | { readonly type: 'DiscloseAllocation'; readonly facts: AllocationDisclosed }
    | { readonly type: 'MergeParticipants' | 'UnmergeParticipants'; readonly kept: string; readonly merged: string; readonly as: 'kept' | 'merged' }
  );

type Consent = Known<ConsentGiven> & { readonly anew: boolean };

export interface ParticipantState {
  readonly registered?: ParticipantRegistered;
  readonly registeredWhen?: Occurred;
  readonly screened?: Known<Screened>;
  readonly excluded?: Known<Excluded>;
  readonly informed: readonly Known<InformationGiven>[];
  readonly consents: readonly Consent[];
  readonly withdrawals: readonly Known<ConsentScopeWithdrawn>[];
  /** What may be done, each scope by what was said of it last. */
  readonly scopes: Readonly<Partial<Record<ConsentScope, ScopeStanding>>>;
  readonly enrolled?: Known<Enrolled>;
  readonly capacityChanges: readonly { readonly has: boolean; readonly occurred: Occurred }[];
  /** By what was found last; presumed while nothing was. */
  readonly capacity?: ScopeStanding;
  readonly contact: readonly Known<ContactPreferencesRecorded>[];
  readonly discontinued?: Known<InterventionDiscontinued>;
  readonly lost?: Known<LostToFollowUp>;
  readonly died?: Known<Died>;
  readonly completed?: Known<Completed>;
  readonly disclosures: readonly Known<AllocationDisclosed>[];
  /** The registration under which this one lives on. */
  readonly mergedInto?: string;
  /** Those merged into this one itself; what was merged into them, they say. */
  readonly merged: readonly string[];
}

export const participants: Decider<ParticipantState, ParticipantCommand, ParticipantEvent> = {
  events: participantEvents,
  initial: { informed: [], consents: [], withdrawals: [], scopes: {}, capacityChanges: [], contact: [], disclosures: [], merged: [] },

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
      case 'GiveInformation':
        return each(state.informed, occurred, { type: 'InformationGiven', data: command.facts });
      case 'GiveConsent':
      case 'Reconsent':
        return consent(command, state);
      case 'WithdrawConsent':
        return withdraw(command, state);
      case 'Enrol':
        return enrol(command, state);
      case 'RecordCapacity':
        return changeCapacity(command, state);
      case 'RecordContactPreferences':
        return prefer(command, state);
      case 'DiscontinueIntervention':
        return once('The discontinuation', known(state.discontinued), occurred, { type: 'InterventionDiscontinued', data: command.facts });
      case 'RecordLossToFollowUp':
        return once('The loss to follow-up', state.lost, occurred, { type: 'LostToFollowUp', data: command.facts });
      case 'RecordDeath':
        return once('The death', known(state.died), occurred, { type: 'Died', data: command.facts });
      case 'Complete':
        return once('The completion', state.completed, occurred, { type: 'Completed', data: {} });
      case 'DiscloseAllocation':
        return disclose(command, state);
      case 'MergeParticipants':
        return merge(command, state);
      case 'UnmergeParticipants': {
        const { kept, merged, as } = command;
        return (as === 'kept' ? state.merged.includes(merged) : state.mergedInto === kept) ? [{ type: 'ParticipantsUnmerged', data: { kept, merged } }] : [];
      }
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
      case 'InformationGiven':
        return { ...state, informed: [...state.informed, { data: entry.data, occurred }] };
      case 'ConsentGiven':
      case 'Reconsented':
        return {
          ...state,
          consents: [...state.consents, { data: entry.data, occurred, anew: entry.type === 'Reconsented' }],
          scopes: (entry.data.scopes).reduce((scopes, scope) => said(scopes, scope, { given: true, on: dateOf(occurred) }), state.scopes),
        };
      case 'ConsentScopeWithdrawn':
        return { ...state, withdrawals: [...state.withdrawals, { data: entry.data, occurred }], scopes: said(state.scopes, entry.data.scope, { given: false, on: entry.data.effective ?? dateOf(occurred) }) };
      case 'Enrolled':
        return { ...state, enrolled: firstStanding(state.enrolled, { data: entry.data, occurred }) };
      case 'CapacityLost':
      case 'CapacityRegained': {
        const has = entry.type === 'CapacityRegained';
        return { ...state, capacityChanges: [...state.capacityChanges, { has, occurred }], capacity: laterStanding(state.capacity, { given: has, on: dateOf(occurred) }) };
      }
      case 'ContactPreferencesRecorded':
        return { ...state, contact: [...state.contact, { data: entry.data, occurred }] };
      case 'InterventionDiscontinued':
        return { ...state, discontinued: { data: entry.data, occurred } };
      case 'LostToFollowUp':
        return { ...state, lost: { data: entry.data, occurred } };
      case 'Died':
        return { ...state, died: firstStanding(state.died, { data: entry.data, occurred }) };
      case 'Completed':
        return { ...state, completed: { data: entry.data, occurred } };
      case 'AllocationDisclosed':
        return { ...state, disclosures: [...state.disclosures, { data: entry.data, occurred }] };
      case 'ParticipantsMerged':
        return entry.data.kept === subjectOf(entry.stream) ? { ...state, merged: [...state.merged, entry.data.merged] } : { ...state, mergedInto: entry.data.kept };
      case 'ParticipantsUnmerged': {
        const { mergedInto, ...rest } = state;
        return entry.data.kept === subjectOf(entry.stream) ? { ...state, merged: state.merged.filter((merged) => merged !== entry.data.merged) } : rest;
      }
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

function consent({ type, facts, occurred, when }: ParticipantCommand & { type: 'GiveConsent' | 'Reconsent' }, { consents, scopes }: ParticipantState): ParticipantEvent[] {
  const given = { given: true, on: dateOf(when) };
  const known = consents.some((consent) => consent.anew === (type === 'Reconsent') && restates(consent, facts, occurred));
  // The same form again is nothing, unless something was withdrawn since that it gives anew.
  const anew = facts.scopes.some((scope) => !scopes[scope]?.given && laterStanding(scopes[scope], given).given);
  if (known && (!anew || occurred)) return [];
  return [{ type: type === 'Reconsent' ? 'Reconsented' : 'ConsentGiven', data: facts }];
}

function withdraw({ scope, effective, occurred, when }: ParticipantCommand & { type: 'WithdrawConsent' }, { scopes, withdrawals }: ParticipantState): ParticipantEvent[] {
  const standing = scopes[scope];
  const data = { scope, ...(effective !== undefined && { effective }) };
  const known = withdrawals.some((withdrawal) => restates(withdrawal, data, occurred));
  const anew = standing?.given && !laterStanding(standing, { given: false, on: effective ?? dateOf(when) }).given;
  return standing && !(known && (!anew || occurred)) ? [{ type: 'ConsentScopeWithdrawn', data }] : [];
}

function changeCapacity({ has, assessed, occurred, when }: ParticipantCommand & { type: 'RecordCapacity' }, { capacity, capacityChanges }: ParticipantState): ParticipantEvent[] {
  const known = capacityChanges.some((change) => change.has === has && (occurred === undefined || same(change.occurred, occurred)));
  const anew = capacity && capacity.given !== has && laterStanding(capacity, { given: has, on: dateOf(when) }).given === has;
  if (known && (!anew || occurred)) return [];
  return [{ type: has ? 'CapacityRegained' : 'CapacityLost', data: { ...(assessed !== undefined && { assessed }) } }];
}

/** Only registrations that stand for themselves are merged, so that no circle can close. */
function merge({ kept, merged, as }: ParticipantCommand & { type: 'MergeParticipants' | 'UnmergeParticipants' }, { mergedInto, merged: others }: ParticipantState): ParticipantEvent[] {
  if (as === 'kept' ? others.includes(merged) : mergedInto === kept) return [];
  if (mergedInto !== undefined && as === 'kept') throw new Refused('kept-is-merged', `The registration to keep is itself merged into ${mergedInto}. Merge into that one, or undo its merge first.`);
  if (mergedInto !== undefined) throw new Refused('already-merged', `This registration is merged already, into ${mergedInto}. Undo that merge first.`);
  return [{ type: 'ParticipantsMerged', data: { kept, merged } }];
}

/** What was wanted before may be wanted again: only what stands already is nothing new. */
function prefer({ facts, occurred }: ParticipantCommand & { type: 'RecordContactPreferences' }, { contact }: ParticipantState): ParticipantEvent[] {
  const told = occurred ? contact : contact.slice(-1);
  return each(told, occurred, { type: 'ContactPreferencesRecorded', data: facts });
}

/** Who of the staff learned it is hidden from some of those who may tell it, and so is whether anybody said so: told without, it is the same either way. */
function disclose({ facts, occurred }: ParticipantCommand & { type: 'DiscloseAllocation' }, { disclosures }: ParticipantState): ParticipantEvent[] {
  const { staff } = facts;
  const alike = staff === undefined ? disclosures.map(({ data: { to, kind }, occurred: on }) => ({ data: { to, kind }, occurred: on })) : disclosures;
  return each(alike, occurred, { type: 'AllocationDisclosed', data: facts });
}

/** A fact known by when it happened alone: what else it says is hidden from some of those who may tell it, and so is whether it differs. */
function known(fact: Known | undefined): { readonly occurred: Occurred } | undefined {
  return fact && { occurred: fact.occurred };
}

function each(facts: readonly Known[], occurred: Occurred | undefined, event: ParticipantEvent): ParticipantEvent[] {
  return facts.some((fact) => restates(fact, event.data, occurred)) ? [] : [event];
}

function once(what: string, fact: { readonly data?: unknown; readonly occurred: Occurred } | undefined, occurred: Occurred | undefined, event: ParticipantEvent): ParticipantEvent[] {
  if (!fact) return [event];
  if (!restates({ data: event.data, ...fact }, event.data, occurred)) throw alreadyRecorded(what);
  return [];
}
