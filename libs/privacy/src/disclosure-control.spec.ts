import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { columns, release, WITHHELD, type Candidate, type Crowd, type Release, type ReleasedRow } from './disclosure-control.js';

const event = (person: number, also: Partial<Candidate> = {}): Candidate => ({ person: `p${person}`, times: 1, kind: 'session-attended', period: '2026-01-05/P28D', quarter: '2026-Q1', mode: 'in-person', outcome: 'on-time', section: '', ...also });
const people = (count: number, also: Partial<Candidate> = {}, from = 0) => Array.from({ length: count }, (_, n) => event(from + n, also));
/** Every row by itself. */
const expanded = ({ shown, rows: _, ...counts }: Release) => ({ rows: shown.flatMap(({ row, times }) => Array.from({ length: times }, () => row)), ...counts });
const released = (events: readonly Candidate[], k: number) => expanded(release(events, k));
const key = (row: ReleasedRow) => columns.map((column) => row[column]).join('|');

describe('the release', () => {
  it('shows a cell behind which k people stand, one row an event', () => expect(released([...people(10), event(1)], 10)).toMatchObject({ rows: { length: 11 }, generalised: 0, withheld: 0 }));
  it('counts people, not events', () => expect(released(Array.from({ length: 50 }, () => event(1)), 10)).toEqual({ rows: [], generalised: 0, withheld: WITHHELD }));
  it('shows the quarter where a period is too small', () => {
    const { rows, generalised } = released([...people(6), ...people(6, { period: '2026-02-02/P28D' }, 6)], 10);
    expect(new Set(rows.map(({ period }) => period))).toEqual(new Set(['2026-Q1']));
    expect(generalised).toBe(12);
  });
  it('withholds the mode where the quarter is too small as well', () => {
    const { rows } = released([...people(6), ...people(6, { mode: 'video' }, 6)], 10);
    expect(new Set(rows.map(({ mode }) => mode))).toEqual(new Set([WITHHELD]));
  });
  it('withholds a small cell together with a complementary one, so that the count of the withheld tells of nobody', () => {
    const { rows, withheld } = released([...people(12), ...people(11, { kind: 'section-completed' }), event(99, { kind: 'admission-found' })], 10);
    expect(rows.map(({ kind }) => kind)).toEqual(people(12).map(({ kind }) => kind));
    expect(withheld).toBe(12);
  });
});

const candidates = fc.array(
  fc.record({
    person: fc.integer({ min: 0, max: 25 }).map((n) => `p${n}`),
    times: fc.constant(1),
    kind: fc.constantFrom('session-offered', 'session-attended', 'section-completed'),
    period: fc.constantFrom('2026-01-05/P28D', '2026-02-02/P28D'),
    quarter: fc.constant('2026-Q1'),
    mode: fc.constantFrom('in-person', 'video'),
    outcome: fc.constantFrom('', 'late'),
    section: fc.constant(''),
  }),
  { maxLength: 200 },
);

describe('any release', () => {
  it('has at least k people behind every cell it shows and behind what it withholds', () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 2, max: 8 }), (events, k) => {
        const { rows, withheld } = released(events, k);
        for (const row of rows) {
          const behind = events.filter(({ kind, outcome, section, mode, period, quarter }) => kind === row.kind && outcome === row.outcome && section === row.section && (row.mode === WITHHELD || row.mode === mode) && (row.period === period || row.period === quarter));
          expect(new Set(behind.map(({ person }) => person)).size).toBeGreaterThanOrEqual(k);
        }
        if (withheld === WITHHELD) expect(rows).toEqual([]);
        else {
          expect(rows.length + withheld).toBe(events.length);
          if (withheld > 0) expect(withheld).toBeGreaterThanOrEqual(k);
        }
      }),
    );
  });
  it('is the same where many people stand behind a row and only their number is known, and where what one person did alike is counted', () => {
    fc.assert(
      fc.property(candidates, fc.integer({ min: 2, max: 8 }), (events, k) => {
        const cells = [...Map.groupBy(events, ({ kind, period, mode, outcome, section }) => key({ kind, period, mode, outcome, section })).values()];
        const crowds: Crowd[] = [];
        const few: Candidate[] = [];
        for (const members of cells) {
          const people = new Set(members.map(({ person }) => person)).size;
          const [{ kind, period, mode, outcome, section } = event(0)] = members;
          if (people >= k) crowds.push({ row: { kind, period, mode, outcome, section }, times: members.length, people });
          else for (const alike of Map.groupBy(members, ({ person }) => person).values()) few.push({ ...(alike[0] ?? event(0)), times: alike.length });
        }
        expect(expanded(release(few, k, crowds))).toEqual(released(events, k));
        expect(release(few, k, crowds).rows).toBe(released(events, k).rows.length);
      }),
    );
  });
  it('tells nothing of the order of recording', () => {
    fc.assert(
      fc.property(candidates, fc.infiniteStream(fc.nat()), (events, order) => {
        const shuffled = [...events].map((one) => [order.next().value ?? 0, one] as const).sort(([a], [b]) => a - b).map(([, one]) => one);
        expect(released(shuffled, 4)).toEqual(released(events, 4));
      }),
    );
  });
  it('tells nothing of who is who', () => {
    fc.assert(
      fc.property(candidates, (events) => {
        expect(released(events.map((one) => ({ ...one, person: `x${one.person}` })), 4)).toEqual(released(events, 4));
      }),
    );
  });
  it('changes by cells of k people, not by one person, when one person’s entry is corrected', () => {
    fc.assert(
      fc.property(candidates.filter(({ length }) => length > 0), (events) => {
        const [first, ...rest] = events;
        if (!first) return;
        const [twin = first, ...itsRest] = events.filter(({ person }) => person === first.person).map((one) => ({ ...one, person: 'twin' }));
        const corrected = (one: Candidate): Candidate => ({ ...one, mode: one.mode === 'video' ? 'in-person' : 'video' });
        const before = released([...events, twin, ...itsRest], 4);
        const after = released([corrected(first), ...rest, twin, ...itsRest], 4);
        for (const { rows } of [before, after]) for (const count of Object.values(Object.groupBy(rows, key))) expect(count?.length).toBeGreaterThanOrEqual(4);
        // Had somebody else been corrected instead of whom the same is recorded, the log would be the same.
        expect(released([...events, corrected(twin), ...itsRest], 4)).toEqual(after);
      }),
    );
  });
});
