import { describe, expect, it } from '@jest/globals';
import { entryOf } from '@cairn/kernel/testing.js';
import { flagsOf, type FlagContext, type SessionCourse } from './flags.js';
import { sessionRows, type SessionRow } from './sessions.read.js';

const held: SessionRow = {
  participant: 'p', session: 's1', position: 1, ordinal: 1, offered: true, offeredWhen: null, offeredOn: null, plannedStart: null, response: null, outcome: 'attended', code: '5', entry: null, occurred: null,
  occurredOn: '2026-02-03', minutes: 60, mode: 'in-person', worker: 'w1', late: false, lateUnexplained: false,
};
const session = (id: string, also: Partial<SessionRow> = {}): SessionRow => ({ ...held, session: id, ...also });
const first: SessionCourse = { course: 1, spanEnd: '2026-05-12', endedOn: null, pauses: [] };
const inCourse = (also: Partial<SessionCourse>, ...sessions: string[]) => (id: string) => (sessions.includes(id) ? { ...first, ...also } : undefined);
const rules: FlagContext = { plannedSessions: 10, courseOf: () => undefined, contactWithdrawn: undefined };
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
    expect(flags([session('a', { occurredOn: '2026-05-12' }), session('b', { occurredOn: '2026-05-13' })], { courseOf: inCourse({}, 'a', 'b') })).toEqual({ b: ['outside-span'] });
  });
  it('is not the first attendance of another course, however many the one before had', () => {
    const ten = Array.from({ length: 10 }, (_, n) => session(`s${n}`, { occurredOn: `2026-02-${String(n + 1).padStart(2, '0')}` }));
    expect(flags([...ten, session('a', { occurredOn: '2026-09-01' })], { courseOf: inCourse({ course: 2, spanEnd: '2026-12-01' }, 'a') })).toEqual({});
  });
  it('is a visit after the end of its course, the day of it not', () => {
    const courseOf = inCourse({ endedOn: '2026-03-31' }, 'a', 'b');
    expect(flags([session('a', { occurredOn: '2026-03-31' }), session('b', { occurredOn: '2026-04-01' })], { courseOf })).toEqual({ b: ['after-end'] });
  });
  it('is a session offered after the end of its course, whatever became of it', () => {
    const rows = [session('a', { outcome: 'open', occurredOn: null, offeredOn: '2026-04-01' }), session('b', { outcome: 'open', occurredOn: null, offeredOn: '2026-03-31' }), session('c', { outcome: 'cancelled', offeredOn: '2026-04-01' })];
    expect(flags(rows, { courseOf: inCourse({ endedOn: '2026-03-31' }, 'a', 'b', 'c') })).toEqual({ a: ['after-end'], c: ['after-end'] });
  });
  it('is a visit within a pause, its first and its last day not', () => {
    const courseOf = inCourse({ pauses: [{ from: '2026-02-10', to: '2026-02-20' }, { from: '2026-04-01', to: null }, { from: null, to: null }] }, 'a', 'b', 'c', 'd');
    const held = [session('a', { occurredOn: '2026-02-10' }), session('b', { occurredOn: '2026-02-11' }), session('c', { occurredOn: '2026-02-20' }), session('d', { occurredOn: '2026-04-02' })];
    expect(flags(held, { courseOf })).toEqual({ b: ['while-paused'], d: ['while-paused'] });
  });
  it('is a visit from the day on from which contact was withdrawn', () => {
    expect(flags([session('a', { occurredOn: '2026-02-02' }), session('b', { occurredOn: '2026-02-03' })], { contactWithdrawn: '2026-02-03' })).toEqual({ b: ['after-withdrawal'] });
  });
  it('is a session offered, held, missed or still planned from that day on', () => {
    const open = (plannedOn: string) => ({ outcome: 'open' as const, occurredOn: null, plannedStart: `${plannedOn}T10:00:00+00:00` });
    const rows = [
      session('a', { ...open('2026-02-04'), offeredOn: '2026-02-01' }), session('b', { ...open('2026-02-04'), offeredOn: '2026-02-01', outcome: 'cancelled' }),
      session('c', { ...open('2026-02-20'), offeredOn: '2026-02-03', outcome: 'cancelled' }), session('d', { outcome: 'not-attended' }),
    ];
    expect(flags(rows, { contactWithdrawn: '2026-02-03' })).toEqual({ a: ['after-withdrawal'], c: ['after-withdrawal'], d: ['after-withdrawal'] });
    expect(flags(rows, { diedOn: '2026-02-03' })).toEqual({ a: ['after-death'], c: ['after-death'], d: ['after-death'] });
  });
  it('is an attendance before its offer, where the dates leave no doubt', () => {
    const offered = (at: string) => entryOf({ type: 'SessionOffered', data: { session: 's', ordinal: 1, plannedStart: `${at}T10:00`, mode: 'video', method: 'post' } }, 1, { occurred: { at, precision: at.length > 7 ? 'date' : 'month', zone: 'Europe/London' } });
    const rows = ['2026-02-04', '2026-02-03', '2026-02'].map((at, n) => session(`s${n}`, { worker: `w${n}`, offeredOn: sessionRows.fold(undefined, [offered(at)], () => undefined).offeredOn }));
    expect(flags(rows)).toEqual({ s0: ['before-offer'] });
  });
  it('is a late entry, and one without a reason all the more', () => {
    expect(flags([session('a', { late: true }), session('b', { late: true, lateUnexplained: true, occurredOn: '2026-02-10' })])).toEqual({ a: ['late-entry'], b: ['late-entry-without-reason'] });
  });
  it('is two sessions of one worker on one day under different ids: both stay, both are flagged', () => {
    expect(flags([session('a'), session('b'), session('c', { worker: 'w2' })])).toEqual({ a: ['possible-duplicate'], b: ['possible-duplicate'] });
  });
  it('is no duplicate once a person has said so, of those two and of no third', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => session(id, { entry: `entry-of-${id}` })) as [SessionRow, SessionRow, SessionRow];
    const dismissed = [['entry-of-a', 'entry-of-b']];
    expect(flags([a, b], { dismissed })).toEqual({});
    expect(flags([a, b, c], { dismissed })).toEqual({ a: ['possible-duplicate'], b: ['possible-duplicate'], c: ['possible-duplicate'] });
    expect(flags([a, b, c], { dismissed: [...dismissed, ['entry-of-a', 'entry-of-b', 'entry-of-c']] })).toEqual({});
  });
  it('is no late entry once somebody stands for it', () => expect(flags([session('a', { late: true, entry: 'e' }), session('b', { late: true, entry: 'f', worker: 'w2' })], { attested: ['e'] })).toEqual({ b: ['late-entry'] }));
  it('never calls undated sessions duplicates of each other', () => expect(flags([session('a', { occurredOn: null }), session('b', { occurredOn: null })])).toEqual({}));
  it('is a session held, missed or still planned on the day of death or after it; calling it off is right', () => {
    const [before, on] = ['2026-02-02', '2026-02-03'];
    const open = (plannedOn: string, also: Partial<SessionRow> = {}) => ({ outcome: 'open' as const, occurredOn: null, plannedStart: `${plannedOn}T10:00:00+00:00`, ...also });
    const rows = [
      session('a', { occurredOn: before }), session('b', { occurredOn: on }), session('c', { occurredOn: on, outcome: 'not-attended' }), session('d', { occurredOn: on, outcome: 'cancelled' }),
      session('e', open(before)), session('f', open(on)), session('g', open(on, { response: 'declined' })),
    ];
    expect(flags(rows, { diedOn: on })).toEqual({ b: ['after-death'], c: ['after-death'], f: ['after-death'] });
    expect(flags(rows)).toEqual({});
  });
});
