import { isRole, maskedRoles, type Caller } from './roles.js';
import { Unauthorised } from './unauthorised.js';

/** Where a provider puts what Cairn asks of a token: a claim's own name (a URI, say) or a dotted path to it. */
export interface ClaimNames {
  readonly roles: string;
  readonly sites: string;
  readonly staff: string;
}

/**
 * Who a token speaks for. Roles that Cairn does not know are another system's and count for nothing.
 *
 * @throws Unauthorised `token-invalid`, `no-role`, `mixed-masking`, `no-staff`
 */
export function callerFrom(claims: Readonly<Record<string, unknown>>, names: ClaimNames): Caller {
  const { sub, name, exp } = claims;
  if (typeof sub !== 'string' || !isPlain(sub))
    throw new Unauthorised('token-invalid', 'The token does not say for whom it was issued (claim "sub"). Ask whoever runs the sign-in service.');
  const roles = words(claimAt(claims, names.roles)).filter(isRole);
  const sites = words(claimAt(claims, names.sites));
  const staff = claimAt(claims, names.staff);
  if (roles.length === 0)
    throw new Unauthorised('no-role', `The token carries no role that Cairn knows (claim "${names.roles}"). Ask an administrator to give you one, then sign in again.`);
  const masked = roles.filter((role) => maskedRoles.includes(role));
  if (masked.length > 0 && masked.length < roles.length)
    throw new Unauthorised(
      'mixed-masking',
      `The token mixes a masked role (${masked.join(', ')}) with one that may learn the allocation. Nobody may hold both: ask an administrator to take one away.`,
    );
  const known = typeof staff === 'string' && isPlain(staff);
  if (roles.includes('worker') && !known)
    throw new Unauthorised('no-staff', `The token names a worker but no staff id (claim "${names.staff}"), so no caseload can be theirs. Ask an administrator to add it.`);
  return { id: sub, roles, sites, ...(known && { staff }), ...(typeof name === 'string' && isPlain(name) && { name }), ...(typeof exp === 'number' && { expiresAt: exp * 1000 }) };
}

/** Whether a value can be shown and stored anywhere as it is. */
function isPlain(text: string): boolean {
  return text !== '' && text.length <= 255 && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A list of strings, or one string of words as providers write scopes; anything else is empty. */
function words(value: unknown): string[] {
  const list = typeof value === 'string' ? value.split(/[\s,]+/) : Array.isArray(value) ? (value as unknown[]) : [];
  return [...new Set(list.filter((word): word is string => typeof word === 'string' && isPlain(word)))];
}
