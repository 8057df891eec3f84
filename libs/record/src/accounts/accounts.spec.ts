import fc from 'fast-check';
import { categoryOf, subjectOf } from '@cairn/kernel/envelope.js';
import { given } from '@cairn/kernel/testing.js';
import { accountKey } from './account-key.js';
import { accounts, grantsAt, standingAt } from './accounts.js';
import type { AccessGranted, AccountEvent } from './events.js';

const [first, second] = ['2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a33', '2c6f1c1e-4f0a-4d1f-9a57-3f2f6f0c1a34'] as const;
const facts = (grant: string, until?: string): AccessGranted => ({ account: 'monitor', grant, roles: ['monitor'], sites: ['s1'], purpose: 'monitoring-visit', ...(until !== undefined && { until }) });
const granted = (grant: string, until?: string): AccountEvent => ({ type: 'AccessGranted', data: facts(grant, until) });
const revoked = (reason = 'role-ended'): AccountEvent => ({ type: 'AccessRevoked', data: { account: 'monitor', reason } });
const grant = (id: string, until?: string) => ({ type: 'GrantAccess', facts: facts(id, until) }) as const;
const revoke = (reason = 'role-ended') => ({ type: 'RevokeAccess', facts: { account: 'monitor', reason } }) as const;

const noon = Date.parse('2026-03-31T12:00:00Z');
const standing = (...past: AccountEvent[]) => standingAt(given(accounts, ...past).state, noon);

describe('access', () => {
  it('is granted once under an id', () => {
    given(accounts).when(grant(first)).emits(granted(first));
    given(accounts, granted(first)).when(grant(first)).emitsNothing();
    given(accounts, granted(first)).when(grant(first, '2026-03-31T18:00:00Z')).refuses('already-recorded');
  });
  it('is withdrawn once, from somebody who was never granted any as well', () => {
    given(accounts).when(revoke()).emits(revoked());
    given(accounts, revoked()).when(revoke()).emitsNothing();
    given(accounts, revoked()).when(revoke('suspected-misuse')).refuses('already-recorded');
    given(accounts, revoked(), granted(first)).when(revoke('suspected-misuse')).emits(revoked('suspected-misuse'));
  });
  it('is not given back by a grant that is sent again', () => given(accounts, granted(first), revoked()).when(grant(first)).emitsNothing());

  it('stands as it was said last', () => {
    expect(standing()).toBe('unrecorded');
    expect(standing(granted(first))).toBe('granted');
    expect(standing(granted(first), revoked())).toBe('revoked');
    expect(standing(granted(first), revoked(), granted(second))).toBe('granted');
  });
  it('is granted until an instant that has passed, and flagged for it', () => {
    const { over } = given(accounts, granted(first, '2026-01-04T18:00:00Z'), granted(second, '2026-03-31T18:00:00Z')).state;
    expect([over, standing(granted(first, '2026-01-04T18:00:00Z'))]).toEqual([[first], 'expired']);
  });
  it('runs out at the instant of its grant, not while another holds', () => {
    expect(standing(granted(first, '2026-03-31T13:00:00+01:00'))).toBe('expired');
    expect(standing(granted(first, '2026-03-31T13:00:01+01:00'))).toBe('granted');
    expect(standing(granted(first, '2026-03-01T00:00:00Z'), granted(second))).toBe('granted');
    // What was granted before a revocation does not come back with a grant after it.
    expect(standing(granted(first), revoked(), granted(second, '2026-03-01T00:00:00Z'))).toBe('expired');
    expect(grantsAt(given(accounts, granted(first), granted(second, '2026-03-01T00:00:00Z')).state, noon).map((each) => each.grant)).toEqual([first]);
  });
});

describe('the name of an account’s stream', () => {
  it('can be read where it is short, and fits where it is long', () => {
    expect(accountKey('researcher-s1')).toBe('researcher-s1');
    expect(accountKey('auth0|8f2')).toBe('auth0%7C8f2');
    expect(accountKey('界'.repeat(255))).toMatch(/^%sha256-[0-9a-f]{64}$/);
  });
  it('is another for every account, short, plain, and gives its subject back whole', () => {
    const plain = fc.oneof(fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }), fc.string({ minLength: 1, maxLength: 30 }), fc.constantFrom('a/b', 'a%2Fb', 'a-b', 'A-B', '%sha256-', 'x'.repeat(255))).filter((text) => text.length <= 255 && text.isWellFormed());
    fc.assert(fc.property(plain, plain, (one, other) => {
      const stream = `account-${accountKey(one)}`;
      expect([categoryOf(stream), subjectOf(stream)]).toEqual(['account', accountKey(one)]);
      expect(accountKey(one)).toMatch(/^[\w.!~*'()%-]{1,200}$/);
      expect(accountKey(one) === accountKey(other)).toBe(one === other);
    }));
  });
});
