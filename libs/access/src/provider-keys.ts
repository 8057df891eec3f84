import { createRemoteJWKSet, errors, jwksCache, type JWKSCacheInput, type JWTVerifyGetKey } from 'jose';
import { isLoopback } from './loopback.js';
import { Unauthorised } from './unauthorised.js';

const FETCH_TIMEOUT_MS = 5_000;

/** The issuer's address cannot be trusted to say who signs tokens. */
export class IssuerRefused extends Error {}

/**
 * Over plain HTTP anyone on the way could put their own keys in place of the provider's.
 *
 * @throws IssuerRefused
 */
export function checkedIssuer(issuer: string, allowInsecureLoopback: boolean): string {
  if (!isSafe(issuer, allowInsecureLoopback))
    throw new IssuerRefused(
      `The OIDC issuer "${issuer}" is refused: it must be an https:// URL without query or fragment` +
        `${allowInsecureLoopback ? ', or http:// on this machine' : ''}. Set CAIRN_OIDC_ISSUER to the issuer exactly as the provider writes it.`,
    );
  return issuer;
}

function isSafe(address: string, allowInsecureLoopback: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, search, hash, username } = new URL(address);
  if (search !== '' || hash !== '' || username !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && allowInsecureLoopback && isLoopback(hostname));
}

/**
 * The keys an issuer signs with, found by OIDC discovery when first asked for. A failure is forgotten, so the next token asks again;
 * a key not seen before is looked for again, at most once in `cooldownSeconds`.
 */
export class ProviderKeys {
  private found: Promise<JWTVerifyGetKey> | undefined;
  private set: ReturnType<typeof createRemoteJWKSet> | undefined;
  /** What the set was fetched as last. */
  private readonly fetched: JWKSCacheInput = {};

  constructor(
    private readonly issuer: string,
    private readonly options: { readonly allowInsecureLoopback: boolean; readonly cooldownSeconds: number },
  ) {}

  /** The keys as they were fetched last, as long as they need not be fetched again: the same object means the same keys. */
  get edition(): object | undefined {
    return this.set?.fresh ? this.fetched.jwks : undefined;
  }

  /**
   * @throws Unauthorised `sign-in-unavailable`
   * @throws errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported about the token
   */
  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    this.found ??= this.discover();
    const finding = this.found;
    try {
      return await (await finding)(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported) throw error;
      throw new Unauthorised('sign-in-unavailable', `The sign-in service ${this.issuer} cannot be asked for its keys, so no token can be checked. Try again in a moment.`, {
        cause: error,
      });
    }
  };

  private discover(): Promise<JWTVerifyGetKey> {
    const finding = this.keySet();
    finding.catch(() => {
      this.found = undefined;
    });
    return finding;
  }

  private async keySet(): Promise<JWTVerifyGetKey> {
    const { allowInsecureLoopback, cooldownSeconds } = this.options;
    const address = `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(address, { headers: { accept: 'application/json' }, redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${address} answered ${response.status}.`);
    const { issuer, jwks_uri: keys } = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (issuer !== this.issuer) throw new Error(`${address} speaks for another issuer than ${this.issuer}.`);
    if (typeof keys !== 'string' || !isSafe(keys.split('?', 1)[0] ?? '', allowInsecureLoopback)) throw new Error(`${address} names no address of keys that could be trusted.`);
    this.set = createRemoteJWKSet(new URL(keys), { timeoutDuration: FETCH_TIMEOUT_MS, cooldownDuration: cooldownSeconds * 1000, [jwksCache]: this.fetched });
    return this.set;
  }
}
