import { AccessEnded } from '@cairn/access/denied.js';
import { lateCommands } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Asked } from '@cairn/journal/asked.js';
import type { States, StreamRef } from '@cairn/journal/states.js';
import { settle, type Occurred } from '@cairn/kernel/occurred.js';
import { accountKey } from './accounts/account-key.js';
import { accounts, grantsAt, standingAt } from './accounts/accounts.js';
import type { AccessGranted } from './accounts/events.js';
import { staffId } from './staff/events.js';
import { hasLeft, leftAt, staff, wasHere } from './staff/staff.js';

/** What of a request says when the fact it tells happened. */
type Telling = Pick<Asking, 'command' | 'body'>;

/** The streams that say whether a caller may still ask anything. */
export function accessStreams({ id, staff: person }: Caller): StreamRef[] {
  const account: StreamRef = [accounts, accountKey(id)];
  return person !== undefined && staffId.test(person) ? [account, [staff, person]] : [account];
}

/**
 * A caller as they may ask this at an instant in epoch milliseconds: who has a grant on record has no more than it and the token both give. Without any the token is
 * enough. Who has left reads nothing and records nothing more, save what happened before they left: it comes late, and stays theirs.
 *
 * @throws AccessEnded
 */
export function admitted(caller: Caller, states: States, now: number, telling?: Telling): Caller {
  const account = states.state(accounts, accountKey(caller.id));
  const standing = standingAt(account, now);
  if (standing === 'revoked') throw new AccessEnded('access-revoked', 'Your access to this record was withdrawn. If you should have it, ask an administrator.');
  if (standing === 'expired') throw new AccessEnded('access-expired', 'The access you were given has run out. If you still need it, ask an administrator.');
  if (hasGone(caller, states, now, telling)) throw new AccessEnded('engagement-ended', 'You are recorded as having left, and with that your access ended. You may still record what happened before: say when, in "occurred"; on the day you left, to the minute.');
  return standing === 'unrecorded' ? caller : asGranted(caller, grantsAt(account, now));
}

/** For the journal, and for answers that go on: throws where a caller once admitted would not be admitted as the same any more. @throws AccessEnded */
export function stillAdmitted(caller: Caller, states: States, now: number, telling?: Telling): void {
  mustBeAs(caller, admitted(caller, states, now, telling));
}

/** @throws AccessEnded where somebody is not admitted as what they were let in as, be it less or more */
export function mustBeAs(before: Caller, { roles, sites, staff: person }: Caller): void {
  if (roles.join() !== before.roles.join() || sites.join() !== before.sites.join() || person !== before.staff)
    throw new AccessEnded('access-not-granted', 'The access you are granted has changed while this was under way. Ask again: it is answered by what you are granted now.');
}

/** For the journal, so that nothing is recorded by somebody whose access ended while it was decided. */
export function standingOf({ caller, at, ...telling }: Pick<Asking, 'caller' | 'at' | 'command' | 'body'>): Asked['standing'] {
  if (at === undefined) return undefined;
  return { streams: accessStreams(caller), admit: (states) => stillAdmitted(caller, states, at, telling) };
}

/** What of a token its grants bear out. 21 CFR 11.10(g). @throws AccessEnded where that is nothing */
function asGranted({ staff: person, ...caller }: Caller, grants: readonly AccessGranted[]): Caller {
  const all = (of: (grant: AccessGranted) => readonly string[]) => new Set(grants.flatMap(of));
  const [given, sites, people] = [all(({ roles }) => roles), all((grant) => grant.sites), all(({ staff: named }) => (named === undefined ? [] : [named]))];
  const same = person !== undefined && (people.size === 0 || people.has(person));
  // A worker is one only as the member of staff whose caseload is theirs.
  const roles = caller.roles.filter((role) => given.has(role) && (role !== 'worker' || same));
  if (roles.length === 0)
    throw new AccessEnded(
      'access-not-granted',
      `You are granted ${[...given].join(', ')}${people.size > 0 ? ` (as ${[...people].join(', ')})` : ''}, and your token says ${caller.roles.join(', ')}${person === undefined ? '' : ` (as ${person})`}: what they do not both give, you do not have. Sign in as what you are granted, or ask an administrator.`,
    );
  return { ...caller, roles, sites: caller.sites.filter((site) => sites.has(site)), ...(same && { staff: person }) };
}

/** Whether a caller has left, and tells of nothing from before. */
function hasGone({ staff: person }: Caller, states: States, now: number, telling?: Telling): boolean {
  if (person === undefined || !staffId.test(person)) return false;
  const known = states.state(staff, person);
  if (!hasLeft(known, now)) return false;
  const happened = telling && happenedOf(telling, leftAt(known), now);
  return happened === undefined || !wasHere(known, happened);
}

/** Whether somebody whom the gate let through tells what happened before they left. */
export function tellsLate({ caller: { roles, staff: person }, at }: Asking, states: States): boolean {
  return at !== undefined && roles.includes('worker') && person !== undefined && staffId.test(person) && hasLeft(states.state(staff, person), at);
}

/** When what is told happened; undefined for what happens now. */
function happenedOf({ command, body }: Telling, left: Occurred | undefined, now: number): Occurred | undefined {
  const said = command && lateCommands.includes(command) ? (body as { occurred?: unknown } | null)?.occurred : undefined;
  if (typeof said !== 'object' || said === null) return undefined;
  try {
    return settle(said, left?.zone ?? 'UTC', new Date(now).toISOString());
  } catch {
    return undefined; // No time there is: the route itself says what is wrong with it, to those who may ask.
  }
}
