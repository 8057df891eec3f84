import { alreadyRecorded, restates, type Decider, type Known } from '@cairn/kernel/decider.js';
import { endOf, startOf, type Occurred } from '@cairn/kernel/occurred.js';
import { put } from '@cairn/kernel/owned.js';
import { Refused } from '@cairn/kernel/refused.js';
import {
  acuteEvents, type AcuteEvent, type AdmissionFound, type AssessedNotAccepted, type DischargeFound, type IndexDischargeRecorded, type OutcomeAdjudicated, type OutcomeWindowAscertained, type TransferFound,
} from './events.js';

type Told = { readonly occurred?: Occurred | undefined };

export type AcuteCommand = Told &
  (
    | { readonly type: 'RecordIndexDischarge'; readonly facts: IndexDischargeRecorded }
    | { readonly type: 'RecordAdmission'; readonly facts: AdmissionFound }
    | { readonly type: 'RecordNonAcceptance'; readonly facts: AssessedNotAccepted }
    | { readonly type: 'RecordTransfer'; readonly facts: TransferFound }
    | { readonly type: 'RecordDischarge'; readonly facts: DischargeFound; readonly when: Occurred }
    | { readonly type: 'AscertainOutcomeWindow'; readonly facts: OutcomeWindowAscertained }
    | { readonly type: 'AdjudicateOutcome'; readonly facts: OutcomeAdjudicated }
  );

export interface EpisodeState {
  readonly admission?: Known<AdmissionFound>;
  readonly transfers: readonly Known<TransferFound>[];
  readonly discharge?: Known<DischargeFound>;
  readonly adjudication?: Known<OutcomeAdjudicated>;
}

export interface AcuteState {
  readonly indexDischarge?: Known<IndexDischargeRecorded>;
  readonly episodes: Readonly<Record<string, EpisodeState>>;
  readonly assessments: Readonly<Record<string, Known<AssessedNotAccepted>>>;
  readonly searches: readonly Known<OutcomeWindowAscertained>[];
}

export const acuteCare: Decider<AcuteState, AcuteCommand, AcuteEvent> = {
  events: acuteEvents,
  initial: { episodes: {}, assessments: {}, searches: [] },

  decide(command, state) {
    const { occurred } = command;
    switch (command.type) {
      case 'RecordIndexDischarge':
        if (state.episodes[command.facts.episode]) throw alreadyRecorded('This episode, as an admission,');
        if (state.assessments[command.facts.episode]) throw alreadyRecorded('This episode, as an assessment,');
        return once('The index discharge', state.indexDischarge, occurred, { type: 'IndexDischargeRecorded', data: command.facts });
      case 'RecordAdmission': {
        const { episode } = command.facts;
        if (state.indexDischarge?.data.episode === episode) throw alreadyRecorded('This episode, as the index care,');
        if (state.assessments[episode]) throw alreadyRecorded('This episode, as an assessment without acceptance,');
        return once('The admission of this episode', state.episodes[episode]?.admission, occurred, { type: 'AdmissionFound', data: command.facts });
      }
      case 'RecordNonAcceptance': {
        const { episode } = command.facts;
        if (state.indexDischarge?.data.episode === episode || state.episodes[episode]) throw alreadyRecorded('This episode, as one that was accepted,');
        return once('This assessment', state.assessments[episode], occurred, { type: 'AssessedNotAccepted', data: command.facts });
      }
      case 'RecordTransfer': {
        const { transfers } = admitted(command.facts.episode, state);
        return transfers.some((known) => restates(known, command.facts, occurred)) ? [] : [{ type: 'TransferFound', data: command.facts }];
      }
      case 'RecordDischarge': {
        const { admission, discharge } = admitted(command.facts.episode, state);
        if (!discharge && endsBeforeStart(admission, command.when)) throw endsFirst();
        return once('The discharge from this episode', discharge, occurred, { type: 'DischargeFound', data: command.facts });
      }
      case 'AdjudicateOutcome':
        return once('The adjudication of this episode', admitted(command.facts.episode, state).adjudication, occurred, { type: 'OutcomeAdjudicated', data: command.facts });
      case 'AscertainOutcomeWindow':
        return state.searches.some((known) => restates(known, command.facts, occurred)) ? [] : [{ type: 'OutcomeWindowAscertained', data: command.facts }];
    }
  },

  evolve(state, entry) {
    const { occurred } = entry;
    switch (entry.type) {
      case 'IndexDischargeRecorded':
        return { ...state, indexDischarge: { data: entry.data, occurred } };
      case 'AdmissionFound':
        return episode(state, entry.data.episode, { admission: { data: entry.data, occurred } });
      case 'AssessedNotAccepted':
        return { ...state, assessments: { ...state.assessments, [entry.data.episode]: { data: entry.data, occurred } } };
      case 'OutcomeAdjudicated':
        return episode(state, entry.data.episode, { adjudication: { data: entry.data, occurred } });
      case 'TransferFound': {
        const transfers = state.episodes[entry.data.episode]?.transfers ?? [];
        return episode(state, entry.data.episode, { transfers: [...transfers, { data: entry.data, occurred }] });
      }
      case 'DischargeFound':
        return episode(state, entry.data.episode, { discharge: { data: entry.data, occurred } });
      case 'OutcomeWindowAscertained':
        return { ...state, searches: [...state.searches, { data: entry.data, occurred }] };
    }
  },

  holds({ episodes }) {
    for (const { admission, transfers, discharge, adjudication } of Object.values(episodes)) {
      if (!admission && (discharge ?? transfers[0] ?? adjudication)) return new Refused('entry-needed', `The ${discharge ? 'discharge' : transfers[0] ? 'transfer' : 'adjudication'} of this episode rests on its admission. Void that first.`);
      if (discharge && endsBeforeStart(admission, discharge.occurred)) return endsFirst();
    }
    return undefined;
  },
};

function once(what: string, known: Known | undefined, occurred: Occurred | undefined, event: AcuteEvent): AcuteEvent[] {
  if (known && !restates(known, event.data, occurred)) throw alreadyRecorded(what);
  return known ? [] : [event];
}

function admitted(id: string, { episodes }: AcuteState): EpisodeState {
  const found = episodes[id];
  if (!found?.admission) throw new Refused('episode-unknown', 'No admission is recorded for this episode. Record the admission first, or check the episode id.');
  return found;
}

function endsBeforeStart(admission: Known | undefined, end: Occurred): boolean {
  return (endOf(end) ?? Infinity) < ((admission && startOf(admission.occurred)) ?? -Infinity);
}

function endsFirst(): Refused {
  return new Refused('ends-before-start', 'The discharge would lie before the admission of the same episode. Check both dates.');
}

function episode(state: AcuteState, id: string, change: Partial<EpisodeState>): AcuteState {
  const known = state.episodes[id] ?? { transfers: [] };
  return { ...state, episodes: put(state.episodes, id, { ...known, ...change }) };
}
