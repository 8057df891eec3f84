import { correct } from '@cairn/kernel/correct.js';
import type { Entry, EntryOf } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { ConsentGiven, ConsentScope, ContactPreferencesRecorded, Died, ParticipantEvent, Screened } from './events.js';
import { participants, type ParticipantState } from './participants.js';

const on = (at: string): Occurred => ({ at, precision: 'date', zone: 'Europe/London' });
/** When `given` says that everything happened. */
const then = on('2026-01-05');
const later = on('2026-01-06');

const home = { programme: 'core', site: 'hexley', studyNumber: 'HX-0001-S' };
const screening: Screened = { criteria: [{ code: 'crisis-care', met: true }], result: 'eligible' };
const consent = (...scopes: ConsentScope[]): ConsentGiven => ({ scopes, formVersion: '2', capacity: true });

const registered: ParticipantEvent = { type: 'ParticipantRegistered', data: home };
const screened: ParticipantEvent = { type: 'Screened', data: screening };
const excluded: ParticipantEvent = { type: 'Excluded', data: { reason: 'declined' } };
const consented = (...scopes: ConsentScope[]): ParticipantEvent => ({ type: 'ConsentGiven', data: consent(...scopes) });
const withdrawn = (scope: ConsentScope, effective?: string): ParticipantEvent => ({ type: 'ConsentScopeWithdrawn', data: { scope, ...(effective !== undefined && { effective }) } });
const enrolled: ParticipantEvent = { type: 'Enrolled', data: { protocolVersion: '1' } };

const register = { type: 'RegisterParticipant', ...home } as const;
const screen = { type: 'Screen', facts: screening } as const;
const exclude = { type: 'Exclude', facts: { reason: 'declined' } } as const;
const give = (...scopes: ConsentScope[]) => ({ type: 'GiveConsent', facts: consent(...scopes), when: later }) as const;
const standing = ({ scopes }: ParticipantState) => Object.entries(scopes).flatMap(([scope, { given }]) => (given ? [scope] : []));
const withdraw = (scope: ConsentScope, effective?: string) => ({ type: 'WithdrawConsent', scope, effective, when: later }) as const;
const enrol = { type: 'Enrol', protocolVersion: '1' } as const;

describe('registration', () => {
  it('gives a participant a study number', () => given(participants).when(register).emits(registered));
  it('the same again is nothing, and keeps the number', () => given(participants, registered).when({ ...register, studyNumber: 'HX-0002-P' }).emitsNothing());
  it('at another site or in another programme is another participant', () => {
    given(participants, registered).when({ ...register, site: 'overton' }).refuses('already-recorded');
    given(participants, registered).when({ ...register, programme: 'other' }).refuses('already-recorded');
  });
  it('comes before everything else', () => {
    for (const command of [screen, exclude, give('contact'), withdraw('contact'), enrol]) given(participants).when(command).refuses('participant-unknown');
  });
});

describe('screening', () => {
  it('is recorded', () => given(participants, registered).when(screen).emits(screened));
  it('the same again is nothing', () => given(participants, registered, screened).when(screen).emitsNothing());
  it('the same again on the same day is nothing', () => given(participants, registered, screened).when({ ...screen, occurred: then }).emitsNothing());
  it('the same on another day is refused', () => given(participants, registered, screened).when({ ...screen, occurred: later }).refuses('already-recorded'));
  it('with another result is refused', () => given(participants, registered, screened).when({ ...screen, facts: { ...screen.facts, result: 'not-eligible' } }).refuses('already-recorded'));
});

describe('exclusion', () => {
  it('is recorded, screened or not', () => {
    given(participants, registered).when(exclude).emits(excluded);
    given(participants, registered, screened).when(exclude).emits(excluded);
  });
  it('the same again is nothing', () => given(participants, registered, excluded).when(exclude).emitsNothing());
  it('the same again on the same day is nothing', () => given(participants, registered, excluded).when({ ...exclude, occurred: then }).emitsNothing());
  it('for another reason, or on another day, is refused', () => {
    given(participants, registered, excluded).when({ ...exclude, facts: { reason: 'unsafe' } }).refuses('already-recorded');
    given(participants, registered, excluded).when({ ...exclude, occurred: later }).refuses('already-recorded');
  });
  it('is for those who never were enrolled', () => given(participants, registered, consented('contact'), enrolled).when(exclude).refuses('participant-enrolled'));
});

describe('consent', () => {
  it('is given by scope', () => given(participants, registered).when(give('contact', 'interviews')).emits(consented('contact', 'interviews')));
  it('the same again is nothing', () => given(participants, registered, consented('contact')).when(give('contact')).emitsNothing());
  it('the same again on the same day is nothing', () => given(participants, registered, consented('contact')).when({ ...give('contact'), occurred: then }).emitsNothing());
  it('on another day is given anew', () => given(participants, registered, consented('contact')).when({ ...give('contact'), occurred: later }).emits(consented('contact')));
  it('to more, or on another form, is a fact of its own', () => {
    given(participants, registered, consented('contact')).when(give('results')).emits(consented('results'));
    const facts = { ...consent('contact'), formVersion: '3' };
    given(participants, registered, consented('contact')).when({ type: 'GiveConsent', facts, when: later }).emits({ type: 'ConsentGiven', data: facts });
  });
  it('adds to the scopes that stand', () => expect(standing(given(participants, registered, consented('contact'), consented('results')).state)).toEqual(['contact', 'results']));
  it('is withdrawn one scope at a time', () => {
    given(participants, registered, consented('contact', 'results')).when(withdraw('contact')).emits(withdrawn('contact'));
    expect(standing(given(participants, registered, consented('contact', 'results'), withdrawn('contact')).state)).toEqual(['results']);
  });
  it('may be withdrawn from another day on', () => given(participants, registered, consented('contact')).when(withdraw('contact', '2026-02-01')).emits(withdrawn('contact', '2026-02-01')));
  it('of an older form entered late does not undo a later withdrawal', () => {
    const old = entryOf(consented('contact'), 9, { occurred: { ...then, at: '2026-01-02' } });
    expect(standing(given(participants, registered, consented('contact'), withdrawn('contact', '2026-05-04'), old as never).state)).toEqual([]);
  });
  it('withdrawn the same again is nothing', () => given(participants, registered, consented('contact'), withdrawn('contact')).when(withdraw('contact')).emitsNothing());
  it('that was never given cannot be withdrawn, which is nothing', () => given(participants, registered, consented('contact')).when(withdraw('results')).emitsNothing());
  it('withdrawn can be given again, in part withdrawn too', () => {
    given(participants, registered, consented('contact'), withdrawn('contact')).when(give('contact')).emits(consented('contact'));
    given(participants, registered, consented('contact', 'results'), withdrawn('contact')).when(give('contact', 'results')).emits(consented('contact', 'results'));
  });
});

describe('enrolment', () => {
  const past = [registered, consented('contact')];

  it('follows consent', () => given(participants, ...past).when(enrol).emits(enrolled));
  it('the same again is nothing, whatever version is in force by then', () => {
    given(participants, ...past, enrolled).when(enrol).emitsNothing();
    given(participants, ...past, enrolled).when({ ...enrol, protocolVersion: '2' }).emitsNothing();
  });
  it('the same again on the same day is nothing', () => given(participants, ...past, enrolled).when({ ...enrol, occurred: then }).emitsNothing());
  it('on another day is refused', () => given(participants, ...past, enrolled).when({ ...enrol, occurred: later }).refuses('already-recorded'));
  it('needs consent that stands', () => {
    given(participants, registered).when(enrol).refuses('consent-missing');
    given(participants, ...past, withdrawn('contact')).when(enrol).refuses('consent-missing');
  });
  it('stands when consent is withdrawn after it', () => given(participants, ...past, enrolled, withdrawn('contact')).when(enrol).emitsNothing());
  it('is not for the excluded', () => given(participants, ...past, excluded).when(enrol).refuses('participant-excluded'));
});

describe('what must hold', () => {
  const holds = (...past: ParticipantEvent[]) => participants.holds?.(given(participants, ...past).state)?.code;

  it('is broken by anything without a registration', () => {
    for (const fact of [screened, excluded, consented('contact'), enrolled]) expect(holds(fact)).toBe('entry-needed');
  });
  it('is broken by an enrolment without any consent, or beside an exclusion', () => {
    expect(holds(registered, enrolled)).toBe('entry-needed');
    expect(holds(registered, consented('contact'), enrolled, excluded)).toBe('participant-enrolled');
  });
  it('keeps the consent an enrolment rests on, and gives it up after the enrolment', () => {
    const history = entries(registered, consented('contact'), enrolled);
    expect(() => voided(history, 2)).toThrow('Void the enrolment first');
    expect(voided([...history, ...voided(history, 3)], 2)).toHaveLength(1);
  });
  it('keeps one consent of two', () => {
    const history = entries(registered, consented('contact'), consented('results'), enrolled);
    const once = voided(history, 2);
    expect(once).toHaveLength(1);
    expect(() => voided([...history, ...once], 3)).toThrow('Void the enrolment first');
  });
});


function entries(...facts: ParticipantEvent[]): EntryOf<ParticipantEvent>[] {
  return facts.map((fact, index) => entryOf(fact, index + 1));
}

function voided(history: readonly Entry[], n: number): Entry[] {
  const facts = correct({ type: 'VoidEntry', entry: history[n - 1]?.id ?? '', why: 'entered-in-error' }, participants, history);
  return facts.map((fact, index) => entryOf(fact, history.length + index + 1));
}

describe('consent anew', () => {
  const again = (...scopes: ConsentScope[]) => ({ type: 'Reconsent', facts: { ...consent(...scopes), formVersion: '3' }, when: later }) as const;
  const anew = (...scopes: ConsentScope[]): ParticipantEvent => ({ type: 'Reconsented', data: { ...consent(...scopes), formVersion: '3' } });

  it('gives what was withdrawn before it, and leaves what it does not name', () => {
    const past = [registered, consented('contact', 'interviews'), withdrawn('interviews')];
    given(participants, ...past).when(again('interviews')).emits(anew('interviews'));
    expect(standing(given(participants, ...past, anew('interviews')).state)).toEqual(['contact', 'interviews']);
  });
  it('does not undo a withdrawal that holds from a later day', () => expect(standing(given(participants, registered, consented('contact'), withdrawn('contact', '2026-03-01'), anew('contact')).state)).toEqual([]));
  it('the same again is nothing; the first form is another fact', () => {
    given(participants, registered, anew('contact')).when(again('contact')).emitsNothing();
    given(participants, registered, anew('contact')).when({ ...again('contact'), type: 'GiveConsent' }).emits({ type: 'ConsentGiven', data: { ...consent('contact'), formVersion: '3' } });
  });
  it('is enough to be enrolled on', () => given(participants, registered, anew('contact')).when(enrol).emits(enrolled));
});

describe('what is learned later', () => {
  const death = (source: Died['source']) => ({ type: 'RecordDeath', facts: { source } }) as const;
  const died: ParticipantEvent = { type: 'Died', data: { source: 'peer-support' } };

  it('a death is recorded once, whoever tells it again: how it became known is no other fact, and is not told by a refusal', () => {
    given(participants, registered).when(death('family')).emits({ type: 'Died', data: { source: 'family' } });
    given(participants, registered, died).when(death('family')).emitsNothing();
    given(participants, registered, died).when({ ...death('family'), occurred: then }).emitsNothing();
  });
  it('another date of death is refused: amend it', () => given(participants, registered, died).when({ ...death('family'), occurred: later }).refuses('already-recorded'));
  it('nor does a refusal tell the reason of a discontinuation', () => {
    const discontinued: ParticipantEvent = { type: 'InterventionDiscontinued', data: { reason: 'own-decision' } };
    given(participants, registered).when({ type: 'DiscontinueIntervention', facts: {} }).emits({ type: 'InterventionDiscontinued', data: {} });
    given(participants, registered, discontinued).when({ type: 'DiscontinueIntervention', facts: { reason: 'other' } }).emitsNothing();
  });
  it('facts of after a death, a loss or a completion are taken all the same', () => {
    given(participants, registered, died).when({ type: 'Complete' }).emits({ type: 'Completed', data: {} });
    given(participants, registered, died).when({ type: 'RecordLossToFollowUp', facts: {} }).emits({ type: 'LostToFollowUp', data: {} });
    given(participants, registered, { type: 'Completed', data: {} }).when(death('coroner')).emits({ type: 'Died', data: { source: 'coroner' } });
  });
  it('capacity is lost and regained as often as it is, each found once', () => {
    const capacity = (has: boolean, when: Occurred) => ({ type: 'RecordCapacity', has, assessed: true, when }) as const;
    const lost: ParticipantEvent = { type: 'CapacityLost', data: {} };
    const regained: ParticipantEvent = { type: 'CapacityRegained', data: { assessed: true } };
    given(participants, registered).when(capacity(false, then)).emits({ type: 'CapacityLost', data: { assessed: true } });
    given(participants, registered, lost).when(capacity(false, later)).emitsNothing();
    given(participants, registered, lost).when(capacity(true, later)).emits(regained);
    given(participants, registered, lost, regained).when(capacity(false, later)).emits({ type: 'CapacityLost', data: { assessed: true } });
  });
  it('preferences are recorded whole; going back to earlier ones is a new wish', () => {
    const prefer = (...methods: ContactPreferencesRecorded['methods']) => ({ type: 'RecordContactPreferences', facts: { methods }, when: later }) as const;
    const preferred = (...methods: ContactPreferencesRecorded['methods']): ParticipantEvent => ({ type: 'ContactPreferencesRecorded', data: { methods } });
    given(participants, registered, preferred('post')).when(prefer('post')).emitsNothing();
    given(participants, registered, preferred('post'), preferred('text')).when(prefer('post')).emits(preferred('post'));
  });
  it('a disclosure of the allocation is recorded for each who learned it', () => {
    const disclosed: ParticipantEvent = { type: 'AllocationDisclosed', data: { to: 'assessor', kind: 'accidental', staff: 'r1' } };
    given(participants, registered, disclosed).when({ type: 'DiscloseAllocation', facts: { to: 'assessor', kind: 'accidental', staff: 'r1' } }).emitsNothing();
    given(participants, registered, disclosed).when({ type: 'DiscloseAllocation', facts: { to: 'assessor', kind: 'accidental', staff: 'r2' } }).emits({ type: 'AllocationDisclosed', data: { to: 'assessor', kind: 'accidental', staff: 'r2' } });
  });
  it('told by somebody who may not see who learned it, it is the same whether or not that was said', () => {
    const without = { type: 'DiscloseAllocation', occurred: then, facts: { to: 'assessor', kind: 'accidental' } } as const;
    for (const staff of [{}, { staff: 'r1' }]) given(participants, registered, { type: 'AllocationDisclosed', data: { to: 'assessor', kind: 'accidental', ...staff } }).when(without).emitsNothing();
  });
  it('the information sheet is given in each of its versions', () => {
    const informed: ParticipantEvent = { type: 'InformationGiven', data: { version: '1' } };
    given(participants, registered, informed).when({ type: 'GiveInformation', facts: { version: '1' } }).emitsNothing();
    given(participants, registered, informed).when({ type: 'GiveInformation', facts: { version: '2' } }).emits({ type: 'InformationGiven', data: { version: '2' } });
  });
  it('is of somebody registered', () => given(participants).when(death('family')).refuses('participant-unknown'));
});

describe('a merge', () => {
  // `entryOf` makes entries of this participant.
  const self = '6f1c8a4e-0000-4000-8000-000000000001';
  const other = '6f1c8a4e-0000-4000-8000-000000000002';
  const third = '6f1c8a4e-0000-4000-8000-000000000003';
  const merge = (kept: string, merged: string) => ({ type: 'MergeParticipants', kept, merged, as: kept === self ? 'kept' : 'merged' }) as const;
  const unmerge = (kept: string, merged: string) => ({ ...merge(kept, merged), type: 'UnmergeParticipants' }) as const;
  const merged = (kept: string, merged: string): ParticipantEvent => ({ type: 'ParticipantsMerged', data: { kept, merged } });
  const unmerged = (kept: string, merged: string): ParticipantEvent => ({ type: 'ParticipantsUnmerged', data: { kept, merged } });

  it('is recorded by both, once', () => {
    given(participants, registered).when(merge(self, other)).emits(merged(self, other));
    given(participants, registered).when(merge(other, self)).emits(merged(other, self));
    given(participants, registered, merged(self, other)).when(merge(self, other)).emitsNothing();
    given(participants, registered, merged(other, self)).when(merge(other, self)).emitsNothing();
  });
  it('takes any number in, and those who took others in', () => {
    given(participants, registered, merged(self, other)).when(merge(self, third)).emits(merged(self, third));
    given(participants, registered, merged(self, other)).when(merge(third, self)).emits(merged(third, self));
  });
  it('is of registrations that stand for themselves', () => {
    given(participants, registered, merged(other, self)).when(merge(third, self)).refuses('already-merged');
    given(participants, registered, merged(other, self)).when(merge(self, third)).refuses('kept-is-merged');
  });
  it('is undone, and done again', () => {
    given(participants, registered, merged(other, self)).when(unmerge(other, self)).emits(unmerged(other, self));
    given(participants, registered, merged(other, self), unmerged(other, self)).when(unmerge(other, self)).emitsNothing();
    given(participants, registered, merged(other, self), unmerged(other, self)).when(merge(self, other)).emits(merged(self, other));
    given(participants, registered, merged(self, other), unmerged(self, other)).when(merge(self, other)).emits(merged(self, other));
  });
  it('that is another is not undone', () => given(participants, registered, merged(other, self)).when(unmerge(third, self)).emitsNothing());
  it('leaves the enrolment that happened first', () => {
    const enrolment = (n: number, at: string, version: string) => entryOf<ParticipantEvent>({ type: 'Enrolled', data: { protocolVersion: version } }, n, { occurred: on(at) });
    expect(given(participants, registered, enrolment(2, '2026-02-01', '2'), enrolment(3, '2026-01-12', '1')).state.enrolled?.data.protocolVersion).toBe('1');
  });
});
