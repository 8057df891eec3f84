import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import type { Role } from '../roles.js';
import { existingSignInKey } from './key.js';

export interface MintSettings {
  readonly dataDir: string;
  readonly issuer: string;
  readonly audience: string;
  readonly account: {
    readonly subject: string;
    readonly roles: readonly Role[];
    readonly sites: readonly string[];
    /** A worker's is their subject when left out. */
    readonly staff?: string;
    readonly name?: string;
  };
  readonly expiresInSeconds: number;
}

/**
 * An access token as the local sign-in issues them, for scripts and tests: signed with the key in the data directory, so whoever
 * can read that directory can speak as anyone.
 *
 * @throws SignInKeyUnusable when the local sign-in never ran on this data directory
 */
export async function mintToken({ dataDir, issuer, audience, account, expiresInSeconds }: MintSettings): Promise<string> {
  const key = await existingSignInKey(dataDir);
  const { subject, roles, sites, name } = account;
  const staff = account.staff ?? (roles.includes('worker') ? subject : undefined);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ roles, sites, ...(staff !== undefined && { staff }), ...(name !== undefined && { name }) })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + expiresInSeconds)
    .sign(await importJWK({ ...key }, key.alg));
}
