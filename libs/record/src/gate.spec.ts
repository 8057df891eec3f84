import type { Caller } from '@cairn/access/roles.js';
import type { States } from '@cairn/journal/states.js';
import { fold } from '@cairn/kernel/decider.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { accounts } from './accounts/accounts.js';
import type { AccountEvent } from './accounts/events.js';
import { admitted, stillAdmitted } from './gate.js';

const noon = Date.parse('2026-01-20T12:00:00Z');
const granted = (n: number, roles: string[], also: object = {}) =>
  entryOf<AccountEvent>({ type: 'AccessGranted', data: { account: 'joe', grant: `2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a${n + 30}`, roles, sites: [], purpose: 'work', ...also } }, n);
/** An account with these grants, of somebody who is no member of staff. */
const states = (...grants: ReturnType<typeof granted>[]): States => ({ state: (decider: { initial: unknown }) => (decider === (accounts as unknown) ? fold(accounts, grants) : decider.initial) }) as States;
const joe = (roles: Caller['roles'], also: Partial<Caller> = {}): Caller => ({ id: 'joe', roles, sites: ['s1', 's2'], ...also });

describe('a caller', () => {
  it('without a grant on record is who their token says', () => expect(admitted(joe(['auditor']), states(), noon)).toEqual(joe(['auditor'])));

  it('is what standing grants and token both give', () => {
    const both = states(granted(1, ['supervisor'], { sites: ['s2', 's3'] }), granted(2, ['monitor'], { until: '2026-01-19T12:00:00Z' }));
    expect(admitted(joe(['monitor', 'supervisor']), both, noon)).toEqual(joe(['supervisor'], { sites: ['s2'] }));
    expect(() => admitted(joe(['monitor']), both, noon)).toThrow(/^You are granted supervisor, and your token says monitor/);
  });

  it('is no worker but as the member of staff that a grant names, where one does', () => {
    const worker = joe(['worker'], { staff: 'w2', sites: [] });
    expect(admitted(worker, states(granted(1, ['worker'])), noon)).toEqual(worker);
    expect(admitted(worker, states(granted(1, ['worker'], { staff: 'w2' })), noon)).toEqual(worker);
    expect(() => admitted(worker, states(granted(1, ['worker'], { staff: 'w1' }), granted(2, ['monitor'])), noon)).toThrow(/granted worker, monitor \(as w1\)/);
    expect(admitted(joe(['monitor'], { staff: 'w2', sites: [] }), states(granted(1, ['monitor'], { staff: 'w1' })), noon)).toEqual(joe(['monitor'], { sites: [] }));
  });

  it('once admitted is not let on as less than that', () => {
    const caller = joe(['monitor', 'supervisor']);
    expect(() => stillAdmitted(caller, states(granted(1, ['monitor', 'supervisor'], { sites: ['s1', 's2'] })), noon)).not.toThrow();
    expect(() => stillAdmitted(caller, states(granted(1, ['monitor'], { sites: ['s1', 's2'] })), noon)).toThrow(/has changed/);
    expect(() => stillAdmitted(caller, states(granted(1, ['monitor', 'supervisor'], { sites: ['s1'] })), noon)).toThrow(/has changed/);
  });
});
