import { createHmac } from 'node:crypto';
import { jest } from '@jest/globals';
import { exportSPKI } from 'jose';
import { IssuerRefused } from './provider-keys.js';
import { issuedKey, signed, TestIssuer, type IssuedKey } from './testing.js';
import { tokenVerifier, type TokenSettings, type TokenVerifier } from './tokens.js';
import { Unauthorised } from './unauthorised.js';

let key: IssuedKey;
let issuer: TestIssuer;
let verifier: TokenVerifier;

beforeAll(async () => {
  key = await issuedKey();
  issuer = await TestIssuer.start(key);
  verifier = verifierOf(issuer);
});
afterAll(() => issuer.down());

function verifierOf({ url }: TestIssuer, overrides: Partial<TokenSettings> = {}): TokenVerifier {
  const claims = { roles: 'roles', sites: 'sites', staff: 'staff' };
  return tokenVerifier({ issuer: url, audience: 'cairn', claims, clockToleranceSeconds: 60, allowInsecureLoopback: true, ...overrides });
}

const worker = (from = issuer) => ({ iss: from.url, aud: 'cairn', sub: 'w1', roles: ['worker'], sites: ['s1'], staff: 'st-1', name: 'Amina' });
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const bearer = (token: string) => `Bearer ${token}`;

async function refusal(header: string | undefined, by = verifier): Promise<Unauthorised> {
  try {
    await by.verify(header);
  } catch (error) {
    if (error instanceof Unauthorised) return error;
    throw error;
  }
  throw new Error('The token was accepted.');
}
const codeFor = async (claims: Record<string, unknown>, by = key) => (await refusal(bearer(await signed(claims, by)))).code;

describe('a token of the sign-in service', () => {
  it('tells who is calling', async () => {
    expect(await verifier.verify(bearer(await signed(worker(), key)))).toEqual({ id: 'w1', roles: ['worker'], sites: ['s1'], staff: 'st-1', name: 'Amina', expiresAt: expect.any(Number) });
    expect(await verifier.verify(`bearer   ${await signed({ ...worker(), aud: ['other', 'cairn'] }, key, { typ: 'at+jwt' })}`)).toMatchObject({ id: 'w1' });
  });

  it.each(['RS256', 'PS256', 'ES384', 'Ed25519'])('may be signed with %s', async (alg) => {
    const other = await issuedKey(alg);
    const provider = await TestIssuer.start(other);
    expect(await verifierOf(provider).verify(bearer(await signed(worker(provider), other)))).toMatchObject({ id: 'w1' });
    await provider.down();
  });

  it('may carry its claims under a path or a URI, as lists or as words', async () => {
    const claims = { roles: 'realm_access.roles', sites: 'https://cairn.example/sites', staff: 'employee.number' };
    const token = await signed(
      { iss: issuer.url, aud: 'cairn', sub: 'm', realm_access: { roles: ['offline_access', 'supervisor'] }, 'https://cairn.example/sites': 's1 s2', employee: { number: 'e7' } },
      key,
    );
    expect(await verifierOf(issuer, { claims }).verify(bearer(token))).toEqual({ id: 'm', roles: ['supervisor'], sites: ['s1', 's2'], staff: 'e7', expiresAt: expect.any(Number) });
  });

  it('may name no key where several could have signed it', async () => {
    const [first, second] = [await issuedKey(), await issuedKey()];
    const provider = await TestIssuer.start(first, second);
    const own = verifierOf(provider);
    expect(await own.verify(bearer(await signed(worker(provider), second, { kid: undefined })))).toMatchObject({ id: 'w1' });
    expect((await refusal(bearer(await signed(worker(provider), key, { kid: undefined })), own)).code).toBe('token-invalid');
    await provider.down();
  });

  it('is refused when it expired or is not valid yet, clocks allowed for', async () => {
    expect(await codeFor({ ...worker(), exp: inSeconds(-61) })).toBe('token-expired');
    expect(await verifier.verify(bearer(await signed({ ...worker(), exp: inSeconds(-2) }, key)))).toMatchObject({ id: 'w1' });
    expect(await codeFor({ ...worker(), nbf: inSeconds(300) })).toBe('token-not-yet-valid');
    expect(await verifier.verify(bearer(await signed({ ...worker(), nbf: inSeconds(2) }, key)))).toMatchObject({ id: 'w1' });
  });

  it('is refused without an end, a subject, an issuer or an audience', async () => {
    for (const claim of ['exp', 'sub', 'iss', 'aud']) expect(await codeFor({ ...worker(), [claim]: undefined })).toBe('token-invalid');
  });

  it('is refused when its subject could not be written down', async () => {
    for (const sub of ['', 'a\u0000b', 'x'.repeat(256), '\ud800']) expect(await codeFor({ ...worker(), sub })).toBe('token-invalid');
  });

  it('is refused when it is an ID token or another kind', async () => {
    expect(await codeFor({ ...worker(), at_hash: 'x' })).toBe('token-invalid');
    expect((await refusal(bearer(await signed(worker(), key, { typ: 'logout+jwt' })))).code).toBe('token-invalid');
  });
});

describe('a token of somebody else', () => {
  it('is refused: another key, with the right key id', async () => {
    const forger = { ...(await issuedKey()), kid: key.kid };
    expect(await codeFor(worker(), forger)).toBe('token-invalid');
  });

  it('is refused: a key the service does not have', async () => {
    expect(await codeFor(worker(), await issuedKey())).toBe('token-invalid');
  });

  it('is refused: another issuer, another audience', async () => {
    expect(await codeFor({ ...worker(), iss: `${issuer.url}/` })).toBe('token-invalid');
    expect(await codeFor({ ...worker(), aud: 'payroll' })).toBe('token-invalid');
  });

  it('is refused: no signature at all', async () => {
    const [own, before] = [verifierOf(issuer), issuer.asked.length];
    const [, payload = ''] = (await signed(worker(), key)).split('.');
    for (const alg of ['none', 'None']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      expect(await refusal(bearer(`${header}.${payload}.`), own)).toMatchObject({ code: 'token-invalid', message: expect.stringContaining('not signed in a way') as string });
    }
    // There is no key to look for.
    expect(issuer.asked).toHaveLength(before);
  });

  it('is refused: signed by HMAC with the public key as the secret', async () => {
    const [own, before] = [verifierOf(issuer), issuer.asked.length];
    const [, payload = ''] = (await signed(worker(), key)).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: key.kid })).toString('base64url');
    const mac = createHmac('sha256', await exportSPKI(key.publicKey)).update(`${header}.${payload}`).digest('base64url');
    expect(await refusal(bearer(`${header}.${payload}.${mac}`), own)).toMatchObject({ code: 'token-invalid', message: expect.stringContaining('not signed in a way') as string });
    expect(issuer.asked).toHaveLength(before);
  });

  it('is refused: a claim changed after signing', async () => {
    const [header = '', , signature = ''] = (await signed(worker(), key)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...worker(), exp: inSeconds(60), roles: ['auditor'] })).toString('base64url');
    expect((await refusal(bearer(`${header}.${payload}.${signature}`))).code).toBe('token-invalid');
  });
});

describe('roles', () => {
  it('that Cairn does not know count for nothing, and none left is refused', async () => {
    expect(await verifier.verify(bearer(await signed({ ...worker(), roles: ['auditor', 'admin', 'auditor', 7] }, key)))).toMatchObject({ roles: ['auditor'] });
    for (const roles of [['admin'], [], undefined, { worker: true }, '__proto__']) expect(await codeFor({ ...worker(), roles })).toBe('no-role');
  });

  it('are refused when they mix masked with unmasked', async () => {
    expect(await codeFor({ ...worker(), roles: ['researcher', 'data-manager'] })).toBe('mixed-masking');
    expect(await codeFor({ ...worker(), roles: ['statistician', 'analyst'] })).toBe('mixed-masking');
    expect(await verifier.verify(bearer(await signed({ ...worker(), roles: ['researcher', 'analyst'] }, key)))).toMatchObject({ roles: ['researcher', 'analyst'] });
  });

  it('of a worker need a staff id', async () => {
    expect(await codeFor({ ...worker(), staff: undefined })).toBe('no-staff');
    expect(await codeFor({ ...worker(), staff: '' })).toBe('no-staff');
  });
});

describe('the Authorization header', () => {
  it('must be there and hold a token', async () => {
    for (const header of [undefined, '', ' ']) expect((await refusal(header)).code).toBe('token-missing');
    for (const header of ['Bearer', 'Bearer x', 'Basic dTpw', 'Bearer a.b', 'Bearer a.b.c', 'Bearer ..', 'Bearer a.b.c d.e.f', `Bearer ${'é'.repeat(9)}.b.c`])
      expect((await refusal(header)).code).toBe('token-malformed');
  });

  it('is never repeated in an answer', async () => {
    const tokens = [await signed(worker(), await issuedKey()), await signed({ ...worker(), exp: 1 }, key), 'xyzzy.plugh.frobozz', await signed({ ...worker(), roles: ['secret-role'] }, key)];
    for (const token of tokens) {
      const { message } = await refusal(bearer(token));
      for (const part of [...token.split('.').filter((text) => text.length > 3), 'secret-role']) expect(message).not.toContain(part);
    }
  });
});

describe('the sign-in service', () => {
  it('is asked only when a token comes, and may be down until then', async () => {
    const provider = await TestIssuer.start(key);
    await provider.down();
    const own = verifierOf(provider);
    const token = bearer(await signed(worker(provider), key));
    expect((await refusal(token, own)).code).toBe('sign-in-unavailable');
    await provider.up();
    expect(provider.asked).toEqual([]);
    expect(await own.verify(token)).toMatchObject({ id: 'w1' });
    await provider.down();
    // What is known of its keys still serves.
    expect(await own.verify(token)).toMatchObject({ id: 'w1' });
  });

  it('is asked once by many tokens at once', async () => {
    const provider = await TestIssuer.start(key);
    const own = verifierOf(provider);
    const token = bearer(await signed(worker(provider), key));
    await Promise.all(Array.from({ length: 20 }, () => own.verify(token)));
    expect(provider.asked).toHaveLength(2);
    await provider.down();
  });

  it('may change its keys, and is not hammered for keys it never had', async () => {
    const provider = await TestIssuer.start(key);
    const own = verifierOf(provider, { keyCooldownSeconds: 0 });
    const patient = verifierOf(provider);
    const old = bearer(await signed(worker(provider), key));
    await Promise.all([own.verify(old), patient.verify(old)]);
    const next = await issuedKey();
    provider.publish(next);
    expect(await own.verify(bearer(await signed(worker(provider), next)))).toMatchObject({ id: 'w1' });
    expect((await refusal(old, own)).code).toBe('token-invalid');
    const before = provider.asked.length;
    for (let times = 0; times < 3; times++) await refusal(bearer(await signed(worker(provider), await issuedKey())), patient);
    expect(provider.asked).toHaveLength(before);
    await provider.down();
  });

  it('need not be asked of a token known already, as long as its keys are the same and the token has not ended', async () => {
    const provider = await TestIssuer.start(key);
    const own = verifierOf(provider, { keyCooldownSeconds: 0 });
    const token = bearer(await signed(worker(provider), key));
    expect(own.known(token)).toBeUndefined();
    // The second time the key is found to be the one it was checked with.
    for (let times = 0; times < 2; times++) await own.verify(token);
    expect(own.known(token)).toMatchObject({ id: 'w1' });
    expect(own.known(bearer(await signed({ ...worker(provider), jti: 'another' }, key)))).toBeUndefined();
    expect(() => own.known(undefined)).toThrow(Unauthorised);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    expect(own.known(token)).toBeUndefined();
    clock.mockRestore();
    expect(own.known(token)).toMatchObject({ id: 'w1' });
    const next = await issuedKey();
    provider.publish(next);
    await own.verify(bearer(await signed(worker(provider), next)));
    expect(own.known(token)).toBeUndefined();
    await provider.down();
  });

  it.each([
    ['speaks for another issuer', { issuer: 'http://127.0.0.1:1/other' }],
    ['names keys over plain HTTP elsewhere', { jwks_uri: 'http://keys.example/keys' }],
    ['names no keys', { jwks_uri: undefined }],
  ])('is not believed when it %s', async (_what, discovery) => {
    const provider = await TestIssuer.start(key);
    const own = verifierOf(provider);
    provider.discovery = discovery;
    const token = bearer(await signed(worker(provider), key));
    expect((await refusal(token, own)).code).toBe('sign-in-unavailable');
    provider.discovery = {};
    expect(await own.verify(token)).toMatchObject({ id: 'w1' });
    await provider.down();
  });

  it('must be reached over TLS, or on this machine when that is allowed', () => {
    const settings = { audience: 'cairn', claims: { roles: 'roles', sites: 'sites', staff: 'staff' }, clockToleranceSeconds: 5 };
    const of = (from: string, allowInsecureLoopback: boolean) => () => tokenVerifier({ ...settings, issuer: from, allowInsecureLoopback });
    for (const from of ['http://sign-in.example', 'http://127.0.0.1.example', 'http://0.0.0.0', 'ftp://x', 'cairn', '', 'https://a?b', 'https://u:p@a']) expect(of(from, true)).toThrow(IssuerRefused);
    expect(of('http://127.0.0.1:4000/sign-in', false)).toThrow(IssuerRefused);
    for (const from of ['https://sign-in.example/realms/x', 'http://127.0.0.1:4000/sign-in', 'http://localhost:4000', 'http://[::1]:4000']) expect(of(from, true)).not.toThrow();
  });

  it('may be known only once a port is', async () => {
    const service: { url?: string } = {};
    const own = verifierOf(issuer, {
      issuer: () => {
        if (service.url === undefined) throw new Error('not yet');
        return service.url;
      },
    });
    const token = bearer(await signed(worker(), key));
    await expect(own.verify(token)).rejects.toThrow('not yet');
    service.url = issuer.url;
    expect(await own.verify(token)).toMatchObject({ id: 'w1' });
  });
});
