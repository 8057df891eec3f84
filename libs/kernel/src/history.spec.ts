import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import type { CorrectionFact } from './corrections.js';
import type { Entry, Fact } from './envelope.js';
import { asOf, chronological, effective, knownAt } from './history.js';
import type { Occurred, Precision } from './occurred.js';
import { entryOf } from './testing.js';

const zone = 'Europe/London';
const anna = '6f1c8a4e-0000-4000-8000-000000000001';
const ben = '6f1c8a4e-0000-4000-8000-000000000002';

const day = (at: string, precision: Precision = 'date'): Occurred => ({ at, precision, zone });
const offered = (n: number, also: Partial<Entry> = {}): Entry => entryOf({ type: 'SessionOffered', data: { session: `s${n}` } }, n, also);
const id = (n: number) => offered(n).id;
const fact = (n: number, fact: Fact, also: Partial<Entry> = {}): Entry => entryOf(fact, n, also);
const amended = (n: number, entry: string, session: string, occurred = day('2026-01-05')): Entry =>
  fact(n, { type: 'EntryAmended', data: { entry, type: 'SessionOffered', version: 1, data: { session }, occurred } } satisfies CorrectionFact);
const voided = (n: number, entry: string, also: Partial<Entry> = {}): Entry => fact(n, { type: 'EntryVoided', data: { entry, why: 'entered-in-error' } } satisfies CorrectionFact, also);
const reattributed = (n: number, entry: string, of: string, carried?: object): Entry =>
  fact(n, { type: 'EntryReattributed', data: { entry, from: anna, to: ben, ...(carried && { carried }) } }, { stream: `support-${of}` });
const carried = { type: 'SessionOffered', version: 1, data: { session: 'moved' }, occurred: day('2026-01-03'), actor: { id: 'w9', role: 'worker' } };
const sessions = (entries: readonly Entry[]) => entries.map(({ data }) => (data as { session?: string }).session);

describe('knownAt', () => {
  const entries = [0, 1, 2].map((micros) => offered(micros + 1, { recordedAt: `2026-03-05T12:00:00.00000${micros}Z` }));
  const known = (instant: string) => knownAt(entries, instant).length;

  it('is inclusive, to the microsecond', () => {
    expect(known('2026-03-05T12:00:00.000001Z')).toBe(2);
    expect(known('2026-03-05T12:00:00Z')).toBe(1);
    expect(known('2026-03-05T11:59:59.999999Z')).toBe(0);
    expect(known('2026-03-05T12:00:00.000001999Z')).toBe(2);
  });

  it('reads offsets', () => {
    expect(known('2026-03-05T17:45:00.000001+05:45')).toBe(2);
    expect(known('2026-03-05T12:00:00.000002+01:00')).toBe(0);
    expect(known('2026-03-05T11:00:00.000002-01:00')).toBe(3);
  });

  it('reaches to the ends of the years of four digits', () => {
    expect(known('9999-12-31T23:59:59-11:00')).toBe(3);
    expect(known('0000-01-01T00:00:00+11:00')).toBe(0);
  });

  it('known at an instant is a prefix, and only grows', () => {
    const gaps = fc.array(fc.nat(3), { maxLength: 12 });
    const micros = (n: number) => `2026-01-05T12:00:00.${String(n).padStart(6, '0')}Z`;
    fc.assert(
      fc.property(gaps, fc.nat(40), fc.nat(40), (gaps, a, b) => {
        let clock = 0;
        const raw = gaps.map((gap, index) => offered(index + 1, { recordedAt: micros((clock += gap)) }));
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((at) => knownAt(raw, micros(at))) as [Entry[], Entry[]];
        expect(more.slice(0, less.length)).toEqual(less);
        expect(raw.slice(0, more.length)).toEqual(more);
        expect(raw.slice(more.length).every(({ recordedAt }) => recordedAt > micros(Math.max(a, b)))).toBe(true);
      }),
    );
  });

  it('accepts a history of nothing', () => {
    expect(knownAt([], '2026-03-05T12:00:00Z')).toEqual([]);
  });
});

describe('effective', () => {
  it('leaves a history without corrections as it is', () => {
    const entries = [offered(1), offered(2)];
    expect(effective(entries)).toEqual(entries.map((entry) => ({ ...entry, corrections: [] })));
    expect(effective(entries.toReversed())).toEqual(effective(entries));
  });

  it('puts the latest amendment in place, and names all of them, oldest first', () => {
    const [standing, other] = effective([offered(1), offered(2), amended(3, id(1), 'first'), amended(4, id(1), 'second', day('2026-01-02'))]);
    expect(standing).toEqual({ ...offered(1), data: { session: 'second' }, occurred: day('2026-01-02'), corrections: [id(3), id(4)] });
    expect(other?.corrections).toEqual([]);
  });

  it('ignores an amendment of another type than what stands', () => {
    const other = fact(2, { type: 'EntryAmended', data: { entry: id(1), type: 'CourseEnded', version: 1, data: {}, occurred: day('2026-01-05') } });
    expect(effective([offered(1), other])).toEqual([{ ...offered(1), corrections: [] }]);
  });

  it('makes a void final: what is amended after it stays away', () => {
    expect(effective([offered(1), voided(2, id(1)), amended(3, id(1), 'again')])).toEqual([]);
    expect(effective([offered(1), amended(2, id(1), 'changed'), voided(3, id(1)), voided(4, id(1))])).toEqual([]);
  });

  it('ignores corrections of what it cannot see, of corrections, and of what comes later', () => {
    const entries = [voided(1, id(3)), amended(2, id(9), 'ghost'), offered(3), voided(4, id(2)), amended(5, id(4), 'ghost')];
    expect(effective(entries)).toEqual([{ ...offered(3), corrections: [] }]);
  });

  it('ignores an erased correction, and keeps an erased entry', () => {
    const gone = { erased: true, data: {}, occurred: { precision: 'unknown', zone: 'UTC' } } as const;
    expect(effective([offered(1), voided(2, id(1), gone)])).toHaveLength(1);
    expect(effective([offered(1, gone)])).toEqual([{ ...offered(1, gone), corrections: [] }]);
  });

  it('gives an entry away', () => {
    expect(effective([offered(1), offered(2), reattributed(3, id(1), anna)]).map((entry) => entry.id)).toEqual([id(2)]);
    expect(effective([offered(1), reattributed(2, id(1), anna, carried)])).toEqual([]);
  });

  it('takes an entry in with what it carried, in the place where it came to be known, as the entry it was', () => {
    const own = { stream: `support-${ben}` };
    const taken = reattributed(3, id(1), ben, carried);
    const standing = effective([offered(2, own), taken, offered(4, own)]);
    expect(standing.map((entry) => entry.id)).toEqual([id(2), id(1), id(4)]);
    expect(standing[1]).toMatchObject({ ...carried, position: 3, stream: `support-${ben}`, recordedAt: taken.recordedAt, corrections: [id(3)] });
    expect(effective([reattributed(3, id(1), ben)])).toEqual([]);
  });

  it('corrects what was taken in like any other', () => {
    const taken = reattributed(3, id(1), ben, carried);
    expect(sessions(effective([taken, amended(4, id(1), 'amended')]))).toEqual(['amended']);
    expect(effective([taken, voided(4, id(1))])).toEqual([]);
  });

  it('does not bring back by a reattribution what was voided', () => {
    expect(effective([offered(1), voided(2, id(1)), reattributed(3, id(1), ben, carried)])).toEqual([]);
  });

  it('keeps an entry once when both participants are read together, whichever stream was written first', () => {
    const given = (n: number) => reattributed(n, id(1), anna);
    const taken = (n: number) => reattributed(n, id(1), ben, carried);
    for (const entries of [[offered(1), offered(2), given(3), taken(4)], [offered(1), offered(2), taken(3), given(4)]]) expect(sessions(effective(entries))).toEqual(['s2', 'moved']);
  });

  it('keeps the order of what has no place of its own yet', () => {
    for (const position of [Infinity, Number.MAX_SAFE_INTEGER]) {
      const waiting = [offered(2, { position }), offered(3, { position }), offered(4, { position })];
      expect(effective([offered(1), ...waiting]).map((entry) => entry.id)).toEqual([1, 2, 3, 4].map(id));
    }
  });

  it('changes nothing it is given', () => {
    const entries = Object.freeze([offered(1), amended(2, id(1), 'changed')].map((entry) => Object.freeze(entry)));
    const before = JSON.stringify(entries);
    effective(entries);
    expect(JSON.stringify(entries)).toBe(before);
  });
});

describe('asOf', () => {
  const instant = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
  const kept = (occurred: Occurred, until: string) => asOf([offered(1, { occurred })], instant(until)).length === 1;

  it('is inclusive', () => {
    const occurred = day('2026-03-05T14:30:00+00:00', 'minute');
    expect(kept(occurred, '2026-03-05T14:30:00Z')).toBe(true);
    expect(kept(occurred, '2026-03-05T14:29:59.999Z')).toBe(false);
  });

  it('counts what is imprecise at the end of its interval, in its own zone', () => {
    expect(kept(day('2026-07-05'), '2026-07-05T22:59:59.999Z')).toBe(true);
    expect(kept(day('2026-07-05'), '2026-07-05T22:59:59.998Z')).toBe(false);
    expect(kept(day('2026-03', 'month'), '2026-03-31T22:59:59.999Z')).toBe(true);
    expect(kept(day('2026-03', 'month'), '2026-03-31T22:59:59.998Z')).toBe(false);
  });

  it('always includes what is unknown', () => {
    expect(kept({ precision: 'unknown', zone }, '1900-01-01T00:00:00Z')).toBe(true);
  });

  it('may keep an attendance whose offer it drops', () => {
    const attended = fact(2, { type: 'SessionAttended', data: { session: 's1' } }, { occurred: day('2026-01-02') });
    const history = asOf(effective([offered(1, { occurred: day('2026-01', 'month') }), attended]), instant('2026-01-15T00:00:00Z'));
    expect(history.map(({ type }) => type)).toEqual(['SessionAttended']);
  });

  it('goes by the amended time', () => {
    const entries = [offered(1, { occurred: day('2026-01-05') }), amended(2, id(1), 's1', day('2026-01-20'))];
    expect(asOf(effective(entries), instant('2026-01-10T00:00:00Z'))).toEqual([]);
    expect(asOf(effective(knownAt(entries, '2026-01-01T12:00:00Z')), instant('2026-01-10T00:00:00Z'))).toHaveLength(1);
  });
});

describe('chronological', () => {
  it('goes by when things happened, then by the record; what is undated comes last', () => {
    const unknown: Occurred = { precision: 'unknown', zone };
    const when = [unknown, day('2026-01', 'month'), day('2026-01-05'), day('2026-01-05T10:00:00+00:00', 'minute'), day('2026-01-05'), unknown];
    const entries = when.map((occurred, index) => offered(index + 1, { occurred }));
    expect(chronological(entries).map(({ position }) => position)).toEqual([4, 3, 5, 2, 1, 6]);
    expect(chronological(entries.toReversed()).map(({ position }) => position)).toEqual([4, 3, 5, 2, 1, 6]);
    expect(entries[0]?.position).toBe(1);
  });
});

it('reads 5,000 entries, half of them corrections, in no time a reader would notice', () => {
  const entries = Array.from({ length: 5000 }, (_, index) => (index % 2 ? amended(index + 1, id(index % 4 === 1 ? 1 : index), 'x') : offered(index + 1)));
  const start = process.cpuUsage();
  const standing = effective(knownAt(entries, '2100-01-01T00:00:00Z'));
  const read = process.cpuUsage(start).user / 1000;
  expect(chronological(asOf(standing, Date.UTC(2100, 0)))).toHaveLength(2500);
  expect(standing[0]?.corrections).toHaveLength(1250);
  expect(read).toBeLessThan(500);
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000);
});
