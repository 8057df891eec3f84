import { correct } from '@cairn/kernel/correct.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import { acuteCare, type AcuteCommand } from './acute-care.js';
import type { AcuteEvent, AdmissionFound, OutcomeWindowAscertained } from './events.js';

const zone = 'Europe/London';
const on = (at: string): Occurred => ({ at, precision: 'date', zone });
const during = (at: string): Occurred => ({ at, precision: 'month', zone });
const unknown: Occurred = { precision: 'unknown', zone };
/** When `given` says that everything happened. */
const then = on('2026-01-05');
const later = on('2026-01-06');
const [one, two] = ['9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', '9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a12'] as const;

const admission = (episode: string = one, also: Partial<AdmissionFound> = {}): AdmissionFound => ({ episode, setting: 'ward', source: 'site-records', foundOn: '2026-09-01', ...also });
const search: OutcomeWindowAscertained = { sources: ['site-records'], searchedTo: '2027-01-05', noneFound: true };

const index = (episode: string = one): AcuteEvent => ({ type: 'IndexDischargeRecorded', data: { episode, setting: 'crisis-team' } });
const admitted = (episode?: string): AcuteEvent => ({ type: 'AdmissionFound', data: admission(episode) });
const transferred = (to: 'ward' | 'crisis-house' = 'crisis-house'): AcuteEvent => ({ type: 'TransferFound', data: { episode: one, to } });
const discharged: AcuteEvent = { type: 'DischargeFound', data: { episode: one } };
const searched: AcuteEvent = { type: 'OutcomeWindowAscertained', data: search };

const turnedAway = (episode: string = one): AcuteEvent => ({ type: 'AssessedNotAccepted', data: { episode, setting: 'crisis-team', source: 'site-records', foundOn: '2026-09-01' } });
const adjudicated = (decision: 'readmission' | 'index-care' = 'index-care'): AcuteEvent => ({ type: 'OutcomeAdjudicated', data: { episode: one, decision } });

const turnAway = (episode: string = one) => ({ type: 'RecordNonAcceptance', facts: { episode, setting: 'crisis-team', source: 'site-records', foundOn: '2026-09-01' } }) as const;
const adjudicate = (decision: 'readmission' | 'index-care' = 'index-care') => ({ type: 'AdjudicateOutcome', facts: { episode: one, decision } }) as const;
const recordIndex = (episode: string = one) => ({ type: 'RecordIndexDischarge', facts: { episode, setting: 'crisis-team' } }) as const;
const admit = (episode?: string, also?: Partial<AdmissionFound>) => ({ type: 'RecordAdmission', facts: admission(episode, also) }) as const;
const transfer = (to: 'ward' | 'crisis-house' = 'crisis-house') => ({ type: 'RecordTransfer', facts: { episode: one, to } }) as const;
const discharge = (when: Occurred = then) => ({ type: 'RecordDischarge', facts: { episode: one }, when }) as const;
const ascertain = { type: 'AscertainOutcomeWindow', facts: search } as const;

describe('the index discharge', () => {
  it('is recorded', () => given(acuteCare).when(recordIndex()).emits(index()));
  it('is one, of one episode and setting', () => {
    given(acuteCare, index()).when(recordIndex(two)).refuses('already-recorded');
    given(acuteCare, index()).when({ type: 'RecordIndexDischarge', facts: { episode: one, setting: 'ward' } }).refuses('already-recorded');
  });
  it('is of no episode that is an admission', () => given(acuteCare, admitted()).when(recordIndex()).refuses('already-recorded'));
});

describe('an admission', () => {
  it('is recorded, before the index discharge too', () => {
    given(acuteCare).when(admit()).emits(admitted());
    given(acuteCare, index(two)).when(admit()).emits(admitted());
  });
  it('is one of many', () => given(acuteCare, admitted(one)).when(admit(two)).emits(admitted(two)));
  it('of another setting or source under the same id is refused', () => {
    given(acuteCare, admitted()).when(admit(one, { setting: 'crisis-house' })).refuses('already-recorded');
    given(acuteCare, admitted()).when(admit(one, { source: 'carer' })).refuses('already-recorded');
  });
  it('is of no episode that is the index care', () => given(acuteCare, index()).when(admit()).refuses('already-recorded'));
});

describe('an assessment without acceptance', () => {
  it('is recorded beside admissions', () => given(acuteCare, admitted(two), index()).when(turnAway('9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a13')).emits(turnedAway('9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a13')));
  it('is no episode that was accepted, and none that was accepted is one', () => {
    for (const past of [index(), admitted()]) given(acuteCare, past).when(turnAway()).refuses('already-recorded');
    for (const command of [recordIndex(), admit()]) given(acuteCare, turnedAway()).when(command).refuses('already-recorded');
    for (const command of [transfer(), discharge(), adjudicate()]) given(acuteCare, turnedAway()).when(command).refuses('episode-unknown');
  });
});

describe('an adjudication', () => {
  it('is of an admission that is recorded', () => {
    given(acuteCare, admitted()).when(adjudicate()).emits(adjudicated());
    given(acuteCare, admitted(two)).when(adjudicate()).refuses('episode-unknown');
  });
  it('to the contrary is refused', () => given(acuteCare, admitted(), adjudicated()).when(adjudicate('readmission')).refuses('already-recorded'));
});

describe('what follows an admission', () => {
  it('is a transfer, or several, back to a former setting too', () => {
    given(acuteCare, admitted()).when(transfer()).emits(transferred());
    given(acuteCare, admitted(), transferred('crisis-house')).when(transfer('ward')).emits(transferred('ward'));
    given(acuteCare, admitted(), transferred('crisis-house'), transferred('ward')).when({ ...transfer('crisis-house'), occurred: later }).emits(transferred('crisis-house'));
  });
  it('is a discharge', () => given(acuteCare, admitted()).when(discharge()).emits(discharged));
  it('needs it', () => {
    for (const command of [transfer(), discharge()]) {
      given(acuteCare).when(command).refuses('episode-unknown');
      given(acuteCare, admitted(two)).when(command).refuses('episode-unknown');
      given(acuteCare, index(one)).when(command).refuses('episode-unknown');
    }
  });
});

describe('a discharge', () => {
  const admittedOn = (occurred: Occurred) => given(acuteCare, entryOf<AcuteEvent>(admitted(), 1, { occurred }));

  it('does not lie before the admission', () => admittedOn(on('2026-09-01')).when(discharge(on('2026-08-31'))).refuses('ends-before-start'));
  it('may be on the day of the admission, or when that day is not known', () => {
    admittedOn(on('2026-09-01')).when(discharge(on('2026-09-01'))).emits(discharged);
    admittedOn(unknown).when(discharge(on('2020-01-01'))).emits(discharged);
    admittedOn(on('2026-09-01')).when(discharge(unknown)).emits(discharged);
  });
  it('of which only the month is known lies before the admission only when all of it does', () => {
    admittedOn(on('2026-09-29')).when(discharge(during('2026-09'))).emits(discharged);
    admittedOn(on('2026-09-29')).when(discharge(during('2026-08'))).refuses('ends-before-start');
    admittedOn(during('2026-09')).when(discharge(on('2026-09-01'))).emits(discharged);
    admittedOn(during('2026-09')).when(discharge(on('2026-08-31'))).refuses('ends-before-start');
  });
  it('tells the hour that happens twice in October apart by its offset', () => {
    const minute = (offset: string): Occurred => ({ at: `2026-10-25T01:30:00${offset}`, precision: 'minute', zone });
    admittedOn(minute('+00:00')).when(discharge(minute('+01:00'))).refuses('ends-before-start');
    admittedOn(minute('+01:00')).when(discharge(minute('+00:00'))).emits(discharged);
  });
});

describe('a search of the outcome window', () => {
  it('is recorded, of whatever was found', () => {
    given(acuteCare).when(ascertain).emits(searched);
    given(acuteCare, admitted()).when(ascertain).emits(searched);
  });
  it('may be made again, further or on another day', () => {
    const further = { ...search, searchedTo: '2027-02-01' };
    given(acuteCare, searched).when({ type: 'AscertainOutcomeWindow', facts: further }).emits({ type: 'OutcomeWindowAscertained', data: further });
    given(acuteCare, searched).when({ ...ascertain, occurred: later }).emits(searched);
  });
});

describe('the same again', () => {
  const said: [string, AcuteCommand, AcuteEvent[]][] = [
    ['an index discharge', recordIndex(), [index()]], ['an admission', admit(), [admitted()]], ['a transfer', transfer(), [admitted(), transferred(), transferred('ward')]],
    ['a discharge', discharge(on('2026-02-01')), [admitted(), discharged]], ['a search', ascertain, [searched]],
    ['an assessment', turnAway(), [turnedAway()]], ['an adjudication', adjudicate(), [admitted(), adjudicated()]],
  ];
  it.each(said)('of %s is nothing, on the same day or without a word of when', (_, command, past) => {
    given(acuteCare, ...past).when(command).emitsNothing();
    given(acuteCare, ...past).when({ ...command, occurred: then }).emitsNothing();
  });
  it.each(said.filter(([what]) => !/transfer|search/.test(what)))('of %s on another day is refused', (_, command, past) => {
    given(acuteCare, ...past).when({ ...command, occurred: later }).refuses('already-recorded');
  });
});

describe('what must hold', () => {
  const stay = (start: Occurred, end: Occurred): Entry[] => [entryOf(admitted(), 1, { occurred: start }), entryOf(discharged, 2, { occurred: end })];

  it('keeps the admission that a transfer or discharge rests on', () => {
    for (const [what, fact] of [['transfer', transferred()], ['discharge', discharged], ['adjudication', adjudicated()]] as const) {
      expect(acuteCare.holds?.(given(acuteCare, fact).state)?.code).toBe('entry-needed');
      const past = [admitted(), fact].map((each, at) => entryOf(each, at + 1));
      expect(() => voided(past, 1)).toThrow(`The ${what} of this episode rests on its admission`);
      expect(voided([...past, ...voided(past, 2)], 1)).toHaveLength(1);
    }
  });
  it('refuses an amendment that would end an episode before it starts', () => {
    const past = stay(on('2026-09-01'), on('2026-09-10'));
    expect(() => amended(past, 1, on('2026-09-11'))).toThrow('would lie before the admission');
    expect(() => amended(past, 2, on('2026-08-31'))).toThrow('would lie before the admission');
    expect(amended(past, 1, on('2026-09-10'))).toHaveLength(1);
    expect(amended(past, 2, unknown)).toHaveLength(1);
  });
});

function voided(history: readonly Entry[], n: number): Entry[] {
  const facts = correct({ type: 'VoidEntry', entry: history[n - 1]?.id ?? '', why: 'entered-in-error' }, acuteCare, history);
  return facts.map((fact, at) => entryOf(fact, history.length + at + 1));
}

function amended(history: readonly Entry[], n: number, occurred: Occurred) {
  const { id = '', data = {} } = history[n - 1] ?? {};
  return correct({ type: 'AmendEntry', entry: id, data: data as object, occurred }, acuteCare, history);
}
