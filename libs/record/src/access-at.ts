import { fold } from '@cairn/kernel/decider.js';
import type { Entry, EntryOf } from '@cairn/kernel/envelope.js';
import { knownAt } from '@cairn/kernel/history.js';
import { instantOf } from '@cairn/kernel/instant.js';
import { accounts, grantsAt, standingAt, type AccountStanding } from './accounts/accounts.js';
import type { AccountEvent } from './accounts/events.js';
import type { Engaged, StaffEvent } from './staff/events.js';
import { engagedAt, hasLeft, staff } from './staff/staff.js';

/** What somebody could do at an instant, as far as the record says: with `unrecorded`, their token alone said the rest. */
export interface AccessInForce {
  readonly standing: AccountStanding;
  /** Why they could do nothing at all. */
  readonly ended?: 'access-revoked' | 'access-expired' | 'engagement-ended';
  /** Of all grants in force together. */
  readonly roles: readonly string[];
  readonly sites: readonly string[];
  readonly staff?: string;
  readonly engagements: readonly Engaged[];
}

/**
 * What an account, and the member of staff whose it is, could do at an instant (RFC 3339), by what the record knew then.
 * Pure: of the raw histories of both, which may be longer or empty.
 */
export function accessAt({ account, person }: { readonly account: readonly Entry[]; readonly person: readonly Entry[] }, at: string): AccessInForce {
  const now = instantOf(at) ?? 0;
  const access = fold(accounts, knownAt(account, at) as EntryOf<AccountEvent>[]);
  const known = fold(staff, knownAt(person, at) as EntryOf<StaffEvent>[]);
  const standing = standingAt(access, now);
  const ended = standing === 'revoked' ? 'access-revoked' : standing === 'expired' ? 'access-expired' : hasLeft(known, now) ? 'engagement-ended' : undefined;
  if (ended) return { standing, ended, roles: [], sites: [], engagements: [] };
  const grants = grantsAt(access, now);
  const member = grants.findLast(({ staff: id }) => id !== undefined)?.staff;
  return {
    standing,
    roles: [...new Set(grants.flatMap(({ roles }) => roles))],
    sites: [...new Set(grants.flatMap(({ sites }) => sites))],
    ...(member !== undefined && { staff: member }),
    engagements: engagedAt(known).filter(({ from }) => from <= at.slice(0, 10)),
  };
}
