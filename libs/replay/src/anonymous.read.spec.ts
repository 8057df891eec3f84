import { IsIn, IsInt, IsOptional, IsString } from 'class-validator';
import { catalogue } from '@cairn/kernel/catalogue.js';
import { Blinded, Linked, Open, Personal, Worker } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { refold } from '@cairn/kernel/read-model.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { columns, release } from '@cairn/privacy/disclosure-control.js';
import { anonymousRows, type AnonymousRow } from './anonymous.read.js';

class Visited {
  @Open('mode') @IsIn(['home', 'service']) where: string;
  @Open('outcome') @IsIn(['on-time', 'late']) punctuality: string;
  /** Open, but nobody gave it a column. */
  @Open() @IsIn(['note-a', 'note-b']) note: string;
  @Open('section') @IsInt() chapter: number;
  @Linked() @IsString() session: string;
  @Blinded() @IsString() arm: string;
  @Worker() @IsString() worker: string;
  @Personal() @IsString() said: string;
  @Linked() @IsOptional() @IsString() mode?: string;
}
class SectionDone {
  @Open('section') @IsString() section: string;
}
const group = catalogue({ stream: 'support', about: 'participant' }, { VisitedAtHome: { version: 1, data: Visited }, SectionDone: { version: 1, data: SectionDone } });
const model = anonymousRows([group]);
const protocol = { programme: 'core', site: 'hexley', version: '7.7' };

const data: Visited = { where: 'home', punctuality: 'late', note: 'note-a', chapter: 3, session: 'session-secret', arm: 'arm-secret', worker: 'worker-secret', said: 'said-secret', mode: 'mode-secret' };
const visited = (n: number, also: Partial<Entry> = {}) => entryOf({ type: 'VisitedAtHome', data }, n, { protocol, reason: { code: 'reason-secret', text: 'text-secret' }, ...also });
const rowOf = (entry: Entry) => [...refold<AnonymousRow>(model, [entry], () => undefined).values()][0];

describe('what gets into a row', () => {
  it('is the fields opened for a column, and nothing else', () => {
    expect(rowOf(visited(1))).toMatchObject({ kind: 'visited-at-home', mode: 'home', outcome: 'late', section: '', programme: 'core' });
  });
  it('never a field of another class, an open one without a column, a number, a reason, an actor or a place', () => {
    const { participant: _, entry: __, programme: ___, position: ____, ...columnsOfRow } = rowOf(visited(1)) ?? {};
    expect(Object.keys(columnsOfRow).sort()).toEqual([...columns, 'quarter'].sort());
    expect(JSON.stringify(columnsOfRow)).not.toMatch(/secret|note-a|w1|hexley|7\.7|3/);
  });
  it('not by the column’s own name either: a linked field called mode stays out', () => {
    const { where: _, ...rest } = data;
    expect(rowOf(visited(1, { data: rest }))?.mode).toBe('');
  });
  it('of an erased entry is its kind alone', () => {
    expect(rowOf(visited(1, { data: {}, erased: true, occurred: { precision: 'unknown', zone: 'UTC' } }))).toMatchObject({ kind: 'visited-at-home', period: 'unknown', quarter: 'unknown', mode: '', outcome: '', section: '' });
  });
});

describe('when', () => {
  const period = (at: string | undefined, precision: Entry['occurred']['precision']) => {
    const { period, quarter } = rowOf(visited(1, { occurred: { ...(at !== undefined && { at }), precision, zone: 'Europe/London' } })) ?? {};
    return [period, quarter];
  };
  const monday = (shown: string | undefined) => shown?.slice(0, 10);

  it('is a period of 28 days, the same grid for everyone', () => {
    const [shown, quarter] = period('2026-03-05', 'date');
    expect(shown).toMatch(/^\d{4}-\d\d-\d\d\/P28D$/);
    expect(quarter).toBe('2026-Q1');
    expect((Date.parse(monday(shown) ?? '') - Date.parse('1970-01-05')) / 86_400_000 % 28).toBe(0);
    expect(Date.parse('2026-03-05') - Date.parse(monday(shown) ?? '')).toBeLessThan(28 * 86_400_000);
  });
  it('all days and minutes of a period look the same, and the next day is the next period', () => {
    const first = monday(period('2026-03-05', 'date')[0]) ?? '';
    const day = (n: number) => new Date(Date.parse(first) + n * 86_400_000).toISOString().slice(0, 10);
    const shown = Array.from({ length: 28 }, (_, n) => period(day(n), 'date')[0]);
    expect(new Set(shown).size).toBe(1);
    expect(period(`${day(0)}T00:00:00+00:00`, 'minute')[0]).toBe(shown[0]);
    expect(period(day(28), 'date')[0]).toBe(`${day(28)}/P28D`);
    expect(period(day(-1), 'date')[0]).toBe(`${day(-28)}/P28D`);
  });
  it('is by the local date of the programme’s zone', () => {
    // Half past midnight in London, still the day before in UTC.
    expect(period('2026-07-01T00:30:00+01:00', 'minute')[1]).toBe('2026-Q3');
  });
  it('of a month is its quarter, of an unknown date is unknown', () => {
    expect(period('2026-05', 'month')).toEqual(['2026-Q2', '2026-Q2']);
    expect(period(undefined, 'unknown')).toEqual(['unknown', 'unknown']);
  });
  it('before 1970 goes on backwards', () => expect(period('1970-01-04', 'date')[0]).toBe('1969-12-08/P28D'));
});

describe('the order of recording', () => {
  const person = (n: number) => `support-00000000-0000-4000-9000-${String(n).padStart(12, '0')}`;
  const sectionDone = (n: number, section: string) => entryOf({ type: 'SectionDone', data: { section } }, n, { protocol, stream: person(n % 12) });
  const entries = Array.from({ length: 48 }, (_, n) => (n % 2 === 0 ? visited(n, { stream: person(n % 24) }) : sectionDone(n, n % 4 === 1 ? 'moving-on' : 'keeping-well')));
  const released = (recorded: readonly Entry[]) => {
    const rows = recorded.flatMap((entry) => rowOf(entry) ?? []);
    return release(rows.map(({ participant, ...row }) => ({ person: participant, times: 1, ...row })), 5);
  };

  it('is not in what is released: any order of entries gives the same rows', () => {
    const shuffled = [...entries.filter((_, n) => n % 3 === 2), ...entries.filter((_, n) => n % 3 === 0).reverse(), ...entries.filter((_, n) => n % 3 === 1)];
    expect(released(shuffled)).toEqual(released(entries));
    expect(released(entries).rows).toBeGreaterThan(20);
  });
  it('nor is whose entry or which entry it was', () => {
    const text = JSON.stringify(released(entries));
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(text).not.toMatch(/secret|position|participant|person|entry/);
  });
});
