import type { Journal } from '@cairn/journal/journal.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { reassignment } from './reassignment.js';
import { following, idFor, participant, recorded } from './testing.js';

const assigned = (n: number, worker = 'w1') => recorded(n, 'support', 'WorkerAssigned', { worker });
const engaged = (n: number, from = '2025-01-01', worker = 'w1') => recorded(n, `staff-${worker}`, 'Engaged', { programme: 'core', site: 's1', role: 'worker', from });
const left = (n: number, worker = 'w1') => recorded(n, `staff-${worker}`, 'Left', {}, { at: '2026-03-06T17:00:00+00:00' });
const ended = (n: number) => recorded(n, 'support', 'CourseEnded', { course: 1, reason: 'completed' });
const query = ({ id }: Entry) => idFor('reassignment', 'assignment', id);
const asked = (entry: Entry) => ({ type: 'QueryRaised', data: { query: query(entry), topic: 'reassignment', to: 'supervisor', entries: [entry.id], text: expect.any(String) as string } });
const raised = (n: number, entry: Entry) => recorded(n, 'support', 'QueryRaised', { query: query(entry), topic: 'reassignment', to: 'supervisor', entries: [entry.id] }, { actor: { id: 'process:reassignment', role: 'process' }, source: 'process' });
const overtaken = (entry: Entry) => ({ type: 'QueryClosed', data: { query: query(entry), resolution: 'overtaken' } });

/** The journal and the read models as this history leaves them: assigned to the worker named. */
const after = (worker: string | undefined, ...history: Entry[]) => {
  const journal = { state: async () => ({ worker }) } as unknown as Journal;
  return following(reassignment(journal, async () => [participant])).given(...history).when();
};

describe('whoever is assigned to somebody who has left', () => {
  const first = assigned(2);
  it('needs another worker: the supervisor is asked', async () => expect(await after('w1', engaged(1), first, left(3))).toEqual([asked(first)]));
  it('also when the assignment came after the leaving', async () => expect(await after('w1', engaged(1), left(2), assigned(3))).toEqual([asked(assigned(3))]));
  it('is asked about once', async () => expect(await after('w1', engaged(1), first, left(3), raised(4, first), left(5))).toEqual([]));
  it('is asked about anew when assigned to the next who has left', async () => {
    const next = assigned(6, 'w2');
    const closed = recorded(7, 'support', 'QueryClosed', { query: query(first), resolution: 'corrected' });
    expect(await after('w2', engaged(1), first, left(3), raised(4, first), left(5, 'w2'), next, closed, recorded(8, 'support', 'CourseReopened', { course: 1 }))).toEqual([asked(next)]);
  });
  it('is not asked about while nobody left, once the course is over, or after a death', async () => {
    expect(await after('w1', engaged(1), first)).toEqual([]);
    expect(await after('w1', engaged(1), first, ended(3), left(4))).toEqual([]);
    expect(await after('w1', engaged(1), first, recorded(3, 'participant', 'Died', { source: 'family' }), left(4))).toEqual([]);
  });
  it('is asked about when the course is opened again', async () => expect(await after('w1', engaged(1), first, ended(3), left(4), recorded(5, 'support', 'CourseReopened', { course: 1 }))).toEqual([asked(first)]));
});

describe('the question is taken back', () => {
  const first = assigned(2);
  it('when they are engaged again', async () => expect(await after('w1', engaged(1), first, left(3), raised(4, first), engaged(5, '2026-04-01'))).toEqual([overtaken(first)]));
  it('when the course ends, or the participant dies', async () => {
    expect(await after('w1', engaged(1), first, left(3), raised(4, first), ended(5))).toEqual([overtaken(first)]);
    expect(await after('w1', engaged(1), first, left(3), raised(4, first), recorded(5, 'participant', 'Died', { source: 'family' }))).toEqual([overtaken(first)]);
  });
});

it('decides nothing about a worker who is no longer the one assigned', async () => expect(await after('w1', engaged(1), assigned(2), left(3), assigned(4, 'w2'))).toEqual([]));
