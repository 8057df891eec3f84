import type { Entry } from '@cairn/kernel/envelope.js';
import { duplicates } from './duplicates.js';
import { following, idFor, recorded } from './testing.js';

const session = (n: number) => `3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a${10 + n}`;
const attended = (n: number, at = '2026-02-03T10:00:00+00:00', worker = 'w1') =>
  recorded(n, 'support', 'SessionAttended', { session: session(n), minutes: 60, mode: 'in-person', worker, punctuality: 'on-time' }, { at });
const voided = (n: number, { id }: Entry) => recorded(n, 'support', 'EntryVoided', { entry: id, why: 'duplicate' });
const ids = (...entries: Entry[]) => entries.map(({ id }) => id);
const queryOf = ({ id }: Entry) => idFor('duplicates', 'visit', id);
const asked = (...entries: Entry[]) => ({ type: 'QueryRaised', data: { query: queryOf(entries.at(-1) as Entry), topic: 'possible-duplicate', to: 'supervisor', entries: ids(...entries), text: expect.any(String) as string } });
const raised = (n: number, ...entries: Entry[]) => recorded(n, 'support', 'QueryRaised', { query: queryOf(entries.at(-1) as Entry), topic: 'possible-duplicate', to: 'supervisor', entries: ids(...entries) }, { actor: { id: 'process:duplicates', role: 'process' }, source: 'process' });
const dismissed = (n: number, ...entries: Entry[]) => recorded(n, 'support', 'DuplicateDismissed', { entries: ids(...entries) });
const overtaken = (entry: Entry) => ({ type: 'QueryClosed', data: { query: queryOf(entry), resolution: 'overtaken' } });

const [one, two, three] = [attended(1), attended(2, '2026-02-03T15:30:00+00:00'), attended(3)];
const after = (...history: Entry[]) => following(duplicates).given(...history).when();

describe('a second attendance of one worker on one day', () => {
  it('under another session id is asked about, naming both', async () => expect(await after(one, two)).toEqual([asked(one, two)]));
  it('and a third is asked about, naming all', async () => expect(await after(one, two, raised(4, one, two), { ...three, position: 5 })).toEqual([asked(one, two, three)]));
  it('is none with another worker, on another day, or on a day nobody knows', async () => {
    expect(await after(one, attended(2, '2026-02-03', 'w2'))).toEqual([]);
    expect(await after(one, attended(2, '2026-02-04'))).toEqual([]);
    const undated = { precision: 'unknown', zone: 'Europe/London' } as const;
    expect(await after({ ...one, occurred: undated }, { ...two, occurred: undated })).toEqual([]);
  });
  it('is counted by the local date: an hour before midnight in London is the next day in UTC', async () => {
    expect(await after(attended(1, '2026-07-03T23:30:00+01:00'), attended(2, '2026-07-04T00:30:00+01:00'))).toEqual([]);
    expect(await after(attended(1, '2026-07-04T00:10:00+01:00'), attended(2, '2026-07-04T09:30:00+01:00'))).toHaveLength(1);
  });
  it('is asked about once, whatever became of the question', async () => {
    expect(await after(one, two, raised(3, one, two), attended(5, '2026-03-01'))).toEqual([]);
    const closed = recorded(4, 'support', 'QueryClosed', { query: queryOf(two), resolution: 'withdrawn' });
    expect(await after(one, two, raised(3, one, two), closed, attended(5, '2026-03-01'))).toEqual([]);
  });
  it('is not asked about when somebody told them apart before', async () => expect(await after(one, two, dismissed(3, one, two), attended(5, '2026-03-01'))).toEqual([]));
});

describe('a question is taken back', () => {
  it('when a correction leaves nothing to ask', async () => expect(await after(one, two, raised(3, one, two), voided(4, one))).toEqual([overtaken(two)]));
  it('not while another like it stands', async () => expect(await after(one, two, three, raised(4, one, two), raised(5, one, two, three), voided(6, two))).toEqual([overtaken(two)]));
});

it('concerns support alone', () => expect(duplicates.places(recorded(1, 'workbook', 'EntryVoided', {}))).toEqual([]));
