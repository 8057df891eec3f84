/** Every role a person can have. DOMAIN.md "Who uses it". */
export const roles = [
  'worker',
  'supervisor',
  'clinician',
  'researcher',
  'data-manager',
  'trial-manager',
  'investigator',
  'monitor',
  'auditor',
  'analyst',
  'statistician',
  'privacy-officer',
  'administrator',
] as const;
export type Role = (typeof roles)[number];

/** Roles that must not learn an allocation: the researcher never, the analyst not before unblinding. */
export const maskedRoles: readonly Role[] = ['researcher', 'analyst'];

export function isRole(name: string): name is Role {
  return (roles as readonly string[]).includes(name);
}

/** Who sent a request, as their token says. */
export interface Caller {
  /** The token's subject: unique and stable with the provider. */
  readonly id: string;
  /** At least one, in the token's order; never a masked one beside an unmasked one. */
  readonly roles: readonly Role[];
  readonly sites: readonly string[];
  /** Present on every worker. */
  readonly staff?: string;
  readonly name?: string;
  /** When the token ends, in epoch milliseconds. */
  readonly expiresAt?: number;
}
