import { describe, expect, it } from '@jest/globals';
import { flagsOf, type FlagContext } from './flags.js';
import type { SessionRow } from './sessions.read.js';

const held: SessionRow = {
  participant: 'p', session: 's1', position: 1, ordinal: 1, offered: true, offeredWhen: null, plannedStart: null, response: null, outcome: 'attended', code: '5', occurred: null,
  occurredOn: '2026-02-03', minutes: 60, mode: 'in-person', worker: 'w1', late: false, lateUnexplained: false,
};
const session = (id: string, also: Partial<SessionRow> = {}): SessionRow => ({ ...held, session: id, ...also });
const rules: FlagContext = { plannedSessions: 10, spanEnd: '2026-05-12', contactWithdrawn: undefined };
const flags = (rows: SessionRow[], context: Partial<FlagContext> = {}) => Object.fromEntries(flagsOf(rows, { ...rules, ...context }));

describe('what a person should look at', () => {
  it('is nothing in an offered session held in time', () => expect(flags([session('a')])).toEqual({}));
  it('is an outcome nobody offered', () => expect(flags([session('a', { offered: false })])).toEqual({ a: ['not-offered'] }));
  it('is not an offer that waits for its outcome', () => expect(flags([session('a', { offered: false, outcome: 'open' })])).toEqual({}));
  it('is the eleventh attendance, by date and not by order of recording', () => {
    const eleven = Array.from({ length: 11 }, (_, n) => session(`s${n}`, { occurredOn: `2026-02-${String(20 - n).padStart(2, '0')}` }));
    expect(flags(eleven)).toEqual({ s0: ['beyond-planned'] });
  });
  it('is a visit after the span, the last day of it not', () => {
    expect(flags([session('a', { occurredOn: '2026-05-12' }), session('b', { occurredOn: '2026-05-13' })])).toEqual({ b: ['outside-span'] });
  });
  it('is a visit from the day on from which contact was withdrawn', () => {
    expect(flags([session('a', { occurredOn: '2026-02-02' }), session('b', { occurredOn: '2026-02-03' })], { contactWithdrawn: '2026-02-03' })).toEqual({ b: ['after-withdrawal'] });
  });
  it('is a late entry, and one without a reason all the more', () => {
    expect(flags([session('a', { late: true }), session('b', { late: true, lateUnexplained: true, occurredOn: '2026-02-10' })])).toEqual({ a: ['late-entry'], b: ['late-entry-without-reason'] });
  });
  it('is two sessions of one worker on one day under different ids: both stay, both are flagged', () => {
    expect(flags([session('a'), session('b'), session('c', { worker: 'w2' })])).toEqual({ a: ['possible-duplicate'], b: ['possible-duplicate'] });
  });
  it('never calls undated sessions duplicates of each other', () => expect(flags([session('a', { occurredOn: null }), session('b', { occurredOn: null })])).toEqual({}));
});
