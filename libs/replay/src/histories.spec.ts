import { randomUUID } from 'node:crypto';
import { fieldGrants } from '@cairn/access/policy.js';
import { maskedRoles, roles, type Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { amendEntry, praise, tell, toyHouse, write } from '@cairn/journal/testing.js';
import { diary, mood } from '@cairn/journal/toy-record.js';
import { Histories } from './histories.js';
import type { Aspect, Replayed } from './replayed.js';

/* On the journal's toy record: a diary has a personal field, a mood reveals the arm. */
let house: Awaited<ReturnType<typeof toyHouse>>;
let histories: Histories;
const person = randomUUID();
const present = { asOf: undefined, knownAt: undefined };

beforeAll(async () => {
  house = await toyHouse();
  const { journal } = await house.process();
  const aspects = [diary, mood] as unknown as readonly Aspect[];
  const replayed: Replayed = { aspects, types: new Set(), reach: async (asking) => ({ zone: 'UTC', asking }), whereabouts: async () => undefined, stillMay: async () => undefined, placeIn: () => undefined, outcomeOf: async () => ({}), consentOf: () => ({}), grounds: [], flagsBy: () => (_, own) => own, ownFlags: async () => () => [], studyNumbers: async () => new Map(), anonymityThreshold: async () => 10 };
  histories = new Histories(journal, replayed);
  const { events } = await write(journal, person, 'monday', 'rain all day');
  await praise(journal, person, 'monday');
  await tell(journal, person, 3);
  await amendEntry(journal, person, events[0] ?? '', { day: 'monday', text: 'sunshine after all', words: 3 });
});
afterAll(() => house.close());

const asking = (role: Role): Asking => ({ caller: { id: 'someone', roles: [role], sites: ['s1'] }, roles: [role], method: 'GET', path: '', route: '', body: null, requestId: 'r1' });
const sees = (role: Role, disclosure: 'personal' | 'linked' | 'open') => fieldGrants[role].includes(disclosure);

describe.each(roles)('%s', (role) => {
  it('is replayed a state that holds nothing their role does not open', async () => {
    const { state } = await histories.replay(asking(role), person, present);
    const { days = {}, praised } = state['diary'] as { days?: Record<string, { data: object }>; praised: unknown[] };
    const shown = { ...(sees(role, 'linked') && { day: 'monday' }), ...(sees(role, 'personal') && { text: 'sunshine after all' }), ...(sees(role, 'open') && { words: 3 }) };
    expect(Object.values(days).map(({ data }) => data)).toEqual([shown]);
    expect(praised).toEqual([sees(role, 'linked') ? 'monday' : undefined]);
  });

  it('sees the streams that reveal the arm, in states, entries and etags, unless masked', async () => {
    const seen = maskedRoles.includes(role) ? ['diary'] : ['diary', 'mood'];
    const replayed = await histories.replay(asking(role), person, present);
    const history = await histories.history(asking(role), person);
    expect(Object.keys(replayed.state)).toEqual(seen);
    expect(Object.keys(history.streams)).toEqual(seen);
    for (const { entries } of [replayed, history]) expect([...new Set(entries.map(({ stream }) => stream))].sort()).toEqual(seen);
  });

  it('reads former and present values alike by the class of the field', async () => {
    const { entries } = await histories.history(asking(role), person);
    const written = entries.find(({ type }) => type === 'DayWritten');
    expect(written?.data['text']).toBe(sees(role, 'personal') ? 'rain all day' : undefined);
    expect(written?.current?.data['text']).toBe(sees(role, 'personal') ? 'sunshine after all' : undefined);
    expect(/rain|sunshine/.test(JSON.stringify(entries))).toBe(sees(role, 'personal'));
  });
});
