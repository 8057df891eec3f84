import { correct } from '@cairn/kernel/correct.js';
import type { Entry, EntryOf } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import { participantEvents } from '../participants/events.js';
import { supportEvents } from '../support/events.js';
import type { DataSigned, QueryRaised, Remark } from './events.js';
import { reviewOf, standingSignatures, type ReviewCommand } from './review.js';

const id = (n: number) => `9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a1${n}`;
const [a, b, c, gone] = [id(1), id(2), id(3), id(9)];
const standing = new Set([a, b, c]);
const later: Occurred = { at: '2026-01-06', precision: 'date', zone: 'Europe/London' };
const review = reviewOf(supportEvents);
const masked = reviewOf(participantEvents);

const asked = (also: Partial<QueryRaised> = {}): QueryRaised => ({ query: id(5), topic: 'data', to: 'data-manager', entries: [a], ...also });
const raise = (also: Partial<QueryRaised> = {}) => ({ type: 'RaiseQuery', facts: asked(also), standing }) as const;
const raised = (also: Partial<QueryRaised> = {}): Remark => ({ type: 'QueryRaised', data: asked(also) });
const answer = (text = 'The diary is right.') => ({ type: 'AnswerQuery', facts: { query: id(5), text } }) as const;
const answered: Remark = { type: 'QueryAnswered', data: answer().facts };
const close = (resolution: 'corrected' | 'confirmed' = 'corrected') => ({ type: 'CloseQuery', facts: { query: id(5), resolution } }) as const;
const closed = (resolution: 'corrected' | 'confirmed' = 'corrected'): Remark => ({ type: 'QueryClosed', data: close(resolution).facts });
const attest = (entry = a) => ({ type: 'AttestEntry', entry, standing }) as const;
const attested = (entry = a): Remark => ({ type: 'EntryAttested', data: { entry } });
const dismiss = (...entries: string[]) => ({ type: 'DismissDuplicate', entries, standing }) as const;
const dismissed = (...entries: string[]): Remark => ({ type: 'DuplicateDismissed', data: { entries } });
const deviate = (entry?: string) => ({ type: 'RecordDeviation', facts: { deviation: id(6), kind: 'procedure', ...(entry && { entry }) }, standing }) as const;
const deviated: Remark = { type: 'ProtocolDeviationRecorded', data: deviate(a).facts };
const signature = (also: Partial<DataSigned> = {}): DataSigned => ({ signature: id(7), meaning: 'approval', entries: [a, b], digest: '0'.repeat(64), name: 'Prof. David Osei', ...also });
const sign = (also: Partial<DataSigned> = {}, signer = 'w1') => ({ type: 'Sign', facts: signature(also), signer, standing }) as const;
const signed = (also: Partial<DataSigned> = {}): Remark => ({ type: 'DataSigned', data: signature(also) });
const dropped: Remark = { type: 'SignatureDropped', data: { signature: id(7), entry: a } };
const settle = (left: Iterable<string>, reassigned = false) => ({ type: 'SettleQueries', standing: new Set(left), reassigned }) as const;

describe('a remark', () => {
  it('is about entries that stand', () => {
    for (const command of [attest(gone), dismiss(a, gone), raise({ entries: [a, gone] }), deviate(gone), sign({ entries: [gone] })]) given(review).when(command).refuses('entry-unknown');
  });
  it('is recorded', () => {
    given(review).when(attest()).emits(attested());
    given(review).when(dismiss(b, a)).emits(dismissed(a, b));
    given(review).when(raise({ text: 'Forty?' })).emits(raised({ text: 'Forty?' }));
    given(review, raised()).when(answer()).emits(answered);
    given(review, raised()).when(close()).emits(closed());
    given(review, raised(), answered).when(close('confirmed')).emits(closed('confirmed'));
    given(review).when(deviate(a)).emits(deviated);
    given(review).when(sign()).emits(signed());
  });
  it('may be about the case, of which no entry stands', () => {
    given(review).when(raise({ entries: [] })).emits(raised({ entries: [] }));
    given(review).when(deviate()).emits({ type: 'ProtocolDeviationRecorded', data: deviate().facts });
  });
  const repeats: [string, ReviewCommand, Remark[]][] = [
    ['an attestation', attest(), [attested()]], ['a dismissal, in whatever order', dismiss(b, a), [dismissed(a, b)]], ['a query', raise(), [raised()]], ['a query answered and closed', raise(), [raised(), answered, closed()]],
    ['an answer', answer(), [raised(), answered]], ['an answer of a closed query', answer(), [raised(), answered, closed()]], ['a closure', close(), [raised(), closed()]], ['a deviation', deviate(a), [deviated]], ['a signature', sign(), [signed()]],
  ];
  it.each(repeats)('%s told again is nothing, on another day it is refused', (_, command, past) => {
    given(review, ...past).when(command).emitsNothing();
    given(review, ...past).when({ ...command, occurred: later }).refuses('already-recorded');
  });
  it('is known again even when its entry has been voided since', () => {
    given(review, raised()).when({ ...raise(), standing: new Set() }).emitsNothing();
    given(review, deviated).when({ ...deviate(a), standing: new Set() }).emitsNothing();
  });
  it('told differently under the same id is refused', () => {
    given(review, raised()).when(raise({ to: 'worker' })).refuses('already-recorded');
    given(review, raised(), answered).when(answer('No.')).refuses('already-recorded');
    given(review, raised(), closed()).when(close('confirmed')).refuses('already-recorded');
    given(review, deviated).when(deviate()).refuses('already-recorded');
    given(review, signed()).when(sign({ meaning: 'review' })).refuses('already-recorded');
  });
});

describe('a query', () => {
  it('is answered and closed once it was raised, and not answered once it is closed', () => {
    for (const command of [answer(), close()]) given(review).when(command).refuses('query-unknown');
    given(review, raised(), closed()).when(answer()).refuses('query-closed');
  });
  it('never tells the arm where masked roles see it', () => {
    for (const telling of [{ to: 'worker' }, { to: 'supervisor' }, { topic: 'reassignment' }, { topic: 'planning' }] as const) {
      given(masked).when(raise(telling)).refuses('query-tells-arm');
      given(review).when(raise(telling)).emits(raised(telling));
    }
    given(masked).when(raise()).emits(raised());
  });
  it('about a possible duplicate closes once fewer than two are left, or all that are left were found to differ', () => {
    const past = raised({ topic: 'possible-duplicate', entries: [a, b, c] });
    given(review, past).when(settle([a, b])).emitsNothing();
    given(review, past).when(settle([a])).emits(closed());
    given(review, past, dismissed(a, b)).when(settle([a, b, c])).emitsNothing();
    given(review, past, dismissed(a, b)).when(settle([a, b])).emits(closed('confirmed'));
    given(review, past, closed()).when(settle([])).emitsNothing();
  });
  it('about an attestation closes once all of its entries that are left are attested', () => {
    const past = raised({ topic: 'attestation', entries: [a, b] });
    given(review, past, attested()).when(settle([a, b])).emitsNothing();
    given(review, past, attested()).when(settle([a])).emits(closed('confirmed'));
    given(review, past, attested(), attested(b)).when(settle([a, b])).emits(closed('confirmed'));
    given(review, past).when(settle([])).emits(closed());
  });
  it('about a reassignment closes once another worker is assigned', () => {
    const past = raised({ topic: 'reassignment', entries: [] });
    given(review, past).when(settle([])).emitsNothing();
    given(review, past).when(settle([], true)).emits(closed());
  });
  it('of another kind waits for a person', () => {
    for (const topic of ['data', 'planning', 'consent', 'other'] as const) given(review, raised({ topic })).when(settle([], true)).emitsNothing();
  });
});

describe('a signature', () => {
  it('falls with any of its entries, once', () => {
    for (const entry of [a, b]) given(review, signed()).when({ type: 'DropSignatures', entry }).emits({ type: 'SignatureDropped', data: { signature: id(7), entry } });
    given(review, signed()).when({ type: 'DropSignatures', entry: c }).emitsNothing();
    given(review, signed(), dropped).when({ type: 'DropSignatures', entry: b }).emitsNothing();
  });
  it('that fell is given anew under another id only', () => {
    given(review, signed(), dropped).when(sign()).refuses('signature-dropped');
    given(review, signed(), dropped).when(sign({ signature: id(8) })).emits(signed({ signature: id(8) }));
  });
  it('is of the hand that gave it', () => given(review, signed()).when(sign({}, 'another')).refuses('already-recorded'));
  it('stands until it falls', () => {
    expect(standingSignatures(given(review, signed()).state, a)).toEqual([id(7)]);
    expect(standingSignatures(given(review, signed(), dropped).state, a)).toEqual([]);
  });
});

describe('what must hold', () => {
  const history = (...facts: Remark[]) => facts.map((fact, n) => entryOf(fact, n + 1) as Entry);
  const voided = (past: readonly Entry[], n: number) => correct({ type: 'VoidEntry', entry: past[n - 1]?.id ?? '', why: 'entered-in-error' }, review, past).map((fact) => entryOf(fact, past.length + 1) as Entry);

  it('keeps the query that its answer and its closure rest on', () => {
    for (const fact of [answered, closed()]) {
      const past = history(raised(), fact);
      expect(() => voided(past, 1)).toThrow('rests on this query. Void that first.');
      expect(voided([...past, ...voided(past, 2)], 1)).toHaveLength(1);
    }
  });
  it('opens a query again whose closure is voided', () => {
    const past = history(raised(), closed());
    given(review, ...([...past, ...voided(past, 2)] as EntryOf<Remark>[])).when(answer()).emits(answered);
  });
  it('lets nobody void a signature, or that it was dropped', () => {
    const past = history(signed(), dropped);
    for (const n of [1, 2]) expect(() => voided(past, n)).toThrow('Everything else of this case rests on this entry');
  });
  it('is broken by a fallen signature that was never given', () => expect(review.holds?.(given(review, dropped).state)?.code).toBe('entry-needed'));
});
