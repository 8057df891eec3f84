import { randomBytes } from 'node:crypto';
import Provider, { interactionPolicy, type Configuration, type Grant, type KoaContextWithOIDC } from 'oidc-provider';
import { isLoopback } from '../loopback.js';
import type { Account } from './accounts.js';
import type { SigningKey } from './key.js';
import { memory } from './memory.js';
import { pageHeaders, problemPage } from './pages.js';

/** The one application that signs in here: public, so PKCE is its only proof. */
const CLIENT = 'cairn';
/** Where a sign-in may lead back to, on this machine and any port of it. */
const returnPaths = ['/', '/callback', '/console/', '/console/callback', '/docs/oauth2-redirect.html'];

const RESOURCE = 'urn:cairn:record';
const HOUR = 60 * 60;
/** A working day: there is no refresh, and whoever wants to be somebody else signs in again. */
const TOKEN_SECONDS = 8 * HOUR;
const SIGN_IN_SECONDS = HOUR;

export interface ProviderSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly key: SigningKey;
  readonly accounts: readonly Account[];
  /** Path under which the server is mounted. */
  readonly path: string;
}

/** The OIDC server itself. Everything it would remark on at the console is decided here instead. */
export function provider(settings: ProviderSettings): Provider {
  return new Provider(settings.issuer, configuration(settings));
}

function configuration({ audience, key, accounts, path }: ProviderSettings): Configuration {
  const accountOf = (subject: string | undefined) => accounts.find((account) => account.subject === subject);
  return {
    adapter: memory(),
    jwks: { keys: [{ ...key }] },
    clients: [client()],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientBasedCORS: (_context, origin) => URL.canParse(origin) && isLoopback(new URL(origin).hostname),
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: { session: 'cairn-sign-in', interaction: 'cairn-sign-in-choice', resume: 'cairn-sign-in-resume' },
      long: { path, httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    claims: { openid: ['sub'], profile: ['name'] },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    pkce: { required: () => true },
    responseTypes: ['code'],
    scopes: ['openid'],
    ttl: { AccessToken: TOKEN_SECONDS, AuthorizationCode: 60, IdToken: SIGN_IN_SECONDS, Interaction: SIGN_IN_SECONDS, Session: SIGN_IN_SECONDS, Grant: TOKEN_SECONDS },
    interactions: { policy: askWho(), url: (_context, { uid }) => `${path}/interaction/${uid}` },
    findAccount: (_context, subject) => {
      const account = accountOf(subject);
      return account && { accountId: subject, claims: () => ({ sub: subject, name: account.name }) };
    },
    expiresWithSession: () => false,
    extraTokenClaims: (_context, token) => {
      const account = accountOf('accountId' in token ? token.accountId : undefined);
      if (!account) return undefined;
      const { name, roles, sites, staff } = account;
      return { name, roles: [...roles], sites: [...sites], ...(staff !== undefined && { staff }) };
    },
    loadExistingGrant: consented,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({ scope: '', audience, accessTokenTTL: TOKEN_SECONDS, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    renderError: (context, { error_description: description, error }) => {
      context.set(pageHeaders());
      context.body = problemPage('This sign-in cannot go on', `${description ?? error}. Go back to where you came from and start again.`);
    },
  };
}

function client(): NonNullable<Configuration['clients']>[number] {
  const origins = ['http://127.0.0.1', 'http://localhost', 'http://[::1]'];
  return {
    client_id: CLIENT,
    client_name: 'Cairn',
    // Native, for these may come back to any port of this machine (RFC 8252 7.3).
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: origins.flatMap((origin) => returnPaths.map((path) => `${origin}${path}`)),
  };
}

/** Only asks who; what they may do is the account's. */
function askWho(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  return policy;
}

/** The made-up people consent to everything, so nobody is asked. */
async function consented({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> {
  const accountId = oidc.session?.accountId;
  if (!oidc.client || accountId === undefined) return undefined;
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId });
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
  await grant.save();
  return grant;
}
