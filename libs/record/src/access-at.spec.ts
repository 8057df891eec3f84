import type { Entry } from '@cairn/kernel/envelope.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { accessAt } from './access-at.js';
import type { AccountEvent } from './accounts/events.js';
import type { StaffEvent } from './staff/events.js';

const [first, second] = ['2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a33', '2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a34'] as const;
const granted = (grant: string, n: number, also: object = {}) =>
  entryOf<AccountEvent>({ type: 'AccessGranted', data: { account: 'x', grant, roles: ['worker'], sites: ['s1'], staff: 'w1', purpose: 'work', ...also } }, n);
const revoked = (n: number) => entryOf<AccountEvent>({ type: 'AccessRevoked', data: { account: 'x', reason: 'left' } }, n);
const engaged = entryOf<StaffEvent>({ type: 'Engaged', data: { programme: 'core', site: 's1', role: 'worker', from: '2026-01-01' } }, 1);
const left = (n: number, at: string) => entryOf<StaffEvent>({ type: 'Left', data: {} }, n, { occurred: { at, precision: 'minute', zone: 'UTC' } });
// Entry n was recorded at noon of the n-th of January 2026.
const on = (day: number, hour = '13:00') => `2026-01-${String(day).padStart(2, '0')}T${hour}:00Z`;
const ask = (account: Entry[], person: Entry[], at: string) => accessAt({ account, person }, at);

it('says nothing of somebody the record knows nothing of', () => expect(ask([], [], on(5))).toEqual({ standing: 'unrecorded', roles: [], sites: [], engagements: [] }));

it('is what all grants in force gave together, as known then', () => {
  const account = [granted(first, 2), granted(second, 3, { roles: ['supervisor'], sites: ['s1', 's2'], until: on(9) })] as Entry[];
  expect(ask(account, [engaged], on(2, '11:00'))).toMatchObject({ standing: 'unrecorded', roles: [] });
  expect(ask(account, [engaged], on(2))).toEqual({ standing: 'granted', roles: ['worker'], sites: ['s1'], staff: 'w1', engagements: [engaged.data] });
  expect(ask(account, [engaged], on(4))).toMatchObject({ roles: ['worker', 'supervisor'], sites: ['s1', 's2'] });
  expect(ask(account, [engaged], on(9))).toMatchObject({ roles: ['worker'] });
});

it('is nothing once it ended, by what was known at that time', () => {
  expect(ask([granted(first, 2, { until: on(4) })], [], on(4))).toMatchObject({ standing: 'expired', ended: 'access-expired', roles: [] });
  const account = [granted(first, 2), revoked(4), granted(second, 6)] as Entry[];
  expect([3, 5, 7].map((day) => ask(account, [], on(day)).ended)).toEqual([undefined, 'access-revoked', undefined]);
  // Left on the 3rd, which the record learned on the 5th.
  const person = [engaged, left(5, on(3))] as Entry[];
  expect([4, 6].map((day) => ask([granted(first, 2)], person, on(day)).ended)).toEqual([undefined, 'engagement-ended']);
});
