import { LRUCache } from 'lru-cache';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import { callerFrom, type ClaimNames } from './caller.js';
import { checkedIssuer, ProviderKeys } from './provider-keys.js';
import type { Caller } from './roles.js';
import { Unauthorised } from './unauthorised.js';

/** With a shared secret whoever can check a token could also forge one. */
const ASYMMETRIC = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519'];
/** RFC 9068 says `at+jwt`; many providers still say `JWT` or nothing. */
const ACCESS_TOKEN_TYPES = ['jwt', 'at+jwt', 'application/at+jwt'];

export interface TokenSettings {
  /** Exactly as the provider writes it in its tokens. A function when it is known only once a port is. */
  readonly issuer: string | (() => string);
  /** The issuer's keys where it is this very process; else it is asked for them. */
  readonly keys?: JSONWebKeySet | undefined;
  readonly audience: string;
  readonly claims: ClaimNames;
  /** How far the provider's clock may be from ours. */
  readonly clockToleranceSeconds: number;
  /** Whether an issuer on this machine may be asked over plain HTTP. */
  readonly allowInsecureLoopback: boolean;
  /** How long after fetching the provider's keys an unknown key does not make us fetch them again; 10 when left out. */
  readonly keyCooldownSeconds?: number;
}

/** @throws IssuerRefused when the issuer is given as text and is not one to trust */
export function tokenVerifier(settings: TokenSettings): TokenVerifier {
  if (typeof settings.issuer === 'string') checkedIssuer(settings.issuer, settings.allowInsecureLoopback);
  return new TokenVerifier(settings);
}

const MOST_BELIEVED = 5_000;

/** A token whose signature was checked: checking one costs more than most reads. It holds as long as the provider still shows the very key. */
interface Believed {
  readonly caller: Caller;
  readonly header: JWTHeaderParameters;
  readonly key: unknown;
  readonly expiresAt: number;
  /** The provider's keys among which that key was found last. */
  edition?: object | undefined;
}

interface Provider {
  readonly issuer: string;
  readonly keyFor: JWTVerifyGetKey;
  /** The same object as long as the keys are the same for certain. */
  readonly edition: () => object | undefined;
}

/** Tells from an Authorization header who is calling. Nothing is asked of the provider before the first token. */
export class TokenVerifier {
  private readonly believed = new LRUCache<string, Believed>({ max: MOST_BELIEVED });
  private provider: Provider | undefined;

  constructor(private readonly settings: TokenSettings) {}

  /** Whoever is calling, where the token was verified before and the provider's keys are the same since; undefined where that is to be found out. @throws Unauthorised */
  known(authorizationHeader: string | undefined): Caller | undefined {
    const known = this.believed.get(bearerToken(authorizationHeader));
    return known?.edition !== undefined && known.edition === this.provider?.edition() && Date.now() < known.expiresAt ? known.caller : undefined;
  }

  /**
   * @param authorizationHeader `Bearer` and an access token
   * @throws Unauthorised
   * @throws IssuerRefused when the issuer was given as a function and is not one to trust
   */
  async verify(authorizationHeader: string | undefined): Promise<Caller> {
    const token = bearerToken(authorizationHeader);
    const { claims, clockToleranceSeconds, audience } = this.settings;
    const provider = this.theProvider();
    const { issuer, keyFor } = provider;
    const known = this.believed.get(token);
    if (known && Date.now() < known.expiresAt && (await this.shows(provider, token, known))) return known.caller;
    const options: JWTVerifyOptions = { issuer, audience, algorithms: ASYMMETRIC, clockTolerance: clockToleranceSeconds, requiredClaims: ['exp', 'sub'] };
    const { payload, protectedHeader, key } = await verified(token, keyFor, options).catch((error: unknown) => {
      throw explained(error, issuer);
    });
    refuseOtherKinds(payload, protectedHeader.typ);
    const caller = callerFrom(payload, claims);
    this.believed.set(token, { caller, header: protectedHeader, key, expiresAt: (payload.exp ?? 0) * 1000 });
    return caller;
  }

  /** Whether the provider's key for a token is still the one that its signature was checked with. */
  private async shows({ keyFor, edition }: Provider, token: string, known: Believed): Promise<boolean> {
    const [, payload = '', signature = ''] = token.split('.');
    try {
      const before = edition();
      const isShown = (await keyFor(known.header, { payload, signature })) === known.key;
      if (isShown && before === edition()) known.edition = before;
      return isShown;
    } catch {
      return false;
    }
  }

  private theProvider(): Provider {
    if (this.provider) return this.provider;
    const { issuer: given, keys, allowInsecureLoopback, keyCooldownSeconds = 10 } = this.settings;
    const issuer = checkedIssuer(typeof given === 'string' ? given : given(), allowInsecureLoopback);
    const theirs = new ProviderKeys(issuer, { allowInsecureLoopback, cooldownSeconds: keyCooldownSeconds });
    this.provider = keys ? { issuer, keyFor: createLocalJWKSet(keys), edition: () => keys } : { issuer, keyFor: theirs.keyFor, edition: () => theirs.edition };
    return this.provider;
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined || header.trim() === '') throw new Unauthorised('token-missing', 'This needs a token. Sign in and send it as: Authorization: Bearer TOKEN');
  const token = /^bearer +([\w~+/=-]*\.[\w~+/=-]*\.[\w~+/=-]*)$/i.exec(header.trim())?.[1];
  if (token === undefined)
    throw new Unauthorised('token-malformed', 'The Authorization header holds no access token that Cairn can read. Send it as: Authorization: Bearer TOKEN, where TOKEN is a signed JWT.');
  return token;
}

async function verified(token: string, keyFor: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTVerifyResult & { readonly key: unknown }> {
  try {
    return await jwtVerify(token, keyFor, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token that names no key, of a provider that has several: any of them may have signed it.
    for await (const key of error) {
      try {
        return { ...(await jwtVerify(token, key, options)), key };
      } catch (each) {
        if (!(each instanceof errors.JWSSignatureVerificationFailed)) throw each;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** An ID token proves a sign-in to the application it was issued to; it is nobody's key to the record. */
function refuseOtherKinds(payload: JWTPayload, type: string | undefined): void {
  const isOther = type !== undefined && !ACCESS_TOKEN_TYPES.includes(type.toLowerCase());
  if (isOther || 'at_hash' in payload || 'c_hash' in payload || payload['typ'] === 'ID' || payload['typ'] === 'Refresh')
    throw new Unauthorised('token-invalid', 'This is not an access token. Send the access token of the same sign-in instead.');
}

function explained(error: unknown, issuer: string): unknown {
  const signIn = `Sign in again at ${issuer}`;
  if (error instanceof errors.JWTExpired) return new Unauthorised('token-expired', `The token has expired. ${signIn}.`);
  if (error instanceof errors.JWTClaimValidationFailed) return misclaimed(error, signIn);
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed)
    return new Unauthorised('token-invalid', `The token is not signed by a key of the sign-in service. ${signIn}.`);
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return new Unauthorised('token-invalid', 'The token is not signed in a way that Cairn accepts: it must be one of ' + `${ASYMMETRIC.join(', ')}. ${signIn}.`);
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return new Unauthorised('token-malformed', `The token is damaged or no signed JWT. ${signIn}.`);
  if (error instanceof errors.JOSEError || error instanceof TypeError) return new Unauthorised('token-invalid', `The token cannot be checked. ${signIn}.`);
  return error;
}

function misclaimed({ claim, reason }: errors.JWTClaimValidationFailed, signIn: string): Unauthorised {
  if (reason === 'missing') return new Unauthorised('token-invalid', `The token lacks the claim "${claim}". ${signIn}.`);
  switch (claim) {
    case 'iss':
      return new Unauthorised('token-invalid', `The token comes from another sign-in service. ${signIn}.`);
    case 'aud':
      return new Unauthorised('token-invalid', `The token was issued for another service than this. ${signIn}, and ask for a token for this one.`);
    case 'nbf':
      return new Unauthorised('token-not-yet-valid', 'The token is not valid yet. Wait a moment, or check the clocks of this machine and of the sign-in service.');
    default:
      return new Unauthorised('token-invalid', `The claim "${claim}" of the token is not as it must be. ${signIn}.`);
  }
}
