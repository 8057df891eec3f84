import { AccessEnded } from '@cairn/access/denied.js';
import { lateCommands } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Asked } from '@cairn/journal/asked.js';
import type { States, StreamRef } from '@cairn/journal/states.js';
import { settle, startOf, type Occurred } from '@cairn/kernel/occurred.js';
import { accountKey } from './accounts/account-key.js';
import { accounts, standingAt } from './accounts/accounts.js';
import { staffId } from './staff/events.js';
import { hasLeft, leftAt, staff } from './staff/staff.js';

/** What of a request says when the fact it tells happened. */
type Telling = Pick<Asking, 'command' | 'body'>;

/** The streams that say whether a caller may still ask anything. */
export function accessStreams({ id, staff: person }: Caller): StreamRef[] {
  const account: StreamRef = [accounts, accountKey(id)];
  return person !== undefined && staffId.test(person) ? [account, [staff, person]] : [account];
}

/**
 * Why a caller may not ask this at an instant in epoch milliseconds; undefined when they may. Without any grant on record the token is enough.
 * Who has left reads nothing and records nothing more, save what happened before they left: it comes late, and stays theirs.
 */
export function endOfAccess(caller: Caller, states: States, now: number, telling?: Telling): AccessEnded | undefined {
  const standing = standingAt(states.state(accounts, accountKey(caller.id)), now);
  if (standing === 'revoked') return new AccessEnded('access-revoked', 'Your access to this record was withdrawn. If you should have it, ask an administrator.');
  if (standing === 'expired') return new AccessEnded('access-expired', 'The access you were given has run out. If you still need it, ask an administrator.');
  if (caller.staff === undefined || !staffId.test(caller.staff)) return undefined;
  const person = states.state(staff, caller.staff);
  if (!hasLeft(person, now)) return undefined;
  const happened = telling && happenedAt(telling, leftAt(person), now);
  if (happened !== undefined && !hasLeft(person, happened)) return undefined;
  return new AccessEnded('engagement-ended', 'You are recorded as having left, and with that your access ended. You may still record what happened before: say when, in "occurred".');
}

/** For the journal, so that nothing is recorded by somebody whose access ended while it was decided. */
export function standingOf({ caller, at, ...telling }: Pick<Asking, 'caller' | 'at' | 'command' | 'body'>): Asked['standing'] {
  if (at === undefined) return undefined;
  const admit = (states: States) => {
    const ended = endOfAccess(caller, states, at, telling);
    if (ended) throw ended;
  };
  return { streams: accessStreams(caller), admit };
}

/** Whether somebody whom the gate let through tells what happened before they left. */
export function tellsLate({ caller: { roles, staff: person }, at }: Asking, states: States): boolean {
  return at !== undefined && roles.includes('worker') && person !== undefined && staffId.test(person) && hasLeft(states.state(staff, person), at);
}

/** The first instant at which what is told may have happened; undefined for what happens now. */
function happenedAt({ command, body }: Telling, left: Occurred | undefined, now: number): number | undefined {
  const said = command && lateCommands.includes(command) ? (body as { occurred?: unknown } | null)?.occurred : undefined;
  if (typeof said !== 'object' || said === null) return undefined;
  try {
    return startOf(settle(said, left?.zone ?? 'UTC', new Date(now).toISOString()));
  } catch {
    return undefined; // No time there is: the route itself says what is wrong with it, to those who may ask.
  }
}
