import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { roles } from '../roles.js';
import { tokenVerifier, type TokenVerifier } from '../tokens.js';
import { accounts } from './accounts.js';
import { mintToken } from './mint.js';
import { mountSignIn } from './mount.js';
import { localSignIn, type LocalSignIn } from './sign-in.js';
import { Browser, pkce } from './testing.js';

const faults: Error[] = [];
const printed: unknown[] = [];
let dataDir: string;
let signIn: LocalSignIn;
let server: FastifyInstance;
let origin: string;
let verifier: TokenVerifier;

beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const) jest.spyOn(console, method).mockImplementation((...text: unknown[]) => void printed.push(text));
  dataDir = await mkdtemp(join(tmpdir(), 'cairn sign-in '));
  signIn = await localSignIn({ dataDir, audience: 'cairn', nodeEnv: undefined, host: '127.0.0.1', onFault: (fault) => faults.push(fault) });
  server = new FastifyAdapter().getInstance<FastifyInstance>();
  await mountSignIn(server, signIn);
  server.post('/v1/echo', (request, reply) => reply.send(request.body));
  verifier = tokenVerifier({
    issuer: () => signIn.issuer,
    audience: 'cairn',
    claims: { roles: 'roles', sites: 'sites', staff: 'staff' },
    clockToleranceSeconds: 5,
    allowInsecureLoopback: true,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await server.close();
  await rm(dataDir, { recursive: true });
  jest.restoreAllMocks();
});

function authorizationUrl(challenge: string | undefined, redirectUri: string, more: Record<string, string> = {}): string {
  const query = { client_id: 'cairn', response_type: 'code', redirect_uri: redirectUri, state: 'st', ...(challenge && { code_challenge: challenge, code_challenge_method: 'S256' }), ...more };
  return `${origin}/sign-in/auth?${new URLSearchParams(query).toString()}`;
}

const locationOf = (response: Response) => new URL(response.headers.get('location') ?? '', response.url).href;

async function choosePage(browser: Browser, url: string): Promise<{ address: string; response: Response; html: string }> {
  const address = locationOf(await browser.open(url));
  const response = await browser.open(address);
  return { address, response, html: await response.text() };
}

const post = (form: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(form) });

/** The whole way: authorize, choose, come back with a code. */
async function codeFor(account: string, challenge: string, redirectUri: string, more: Record<string, string> = {}, browser = new Browser()): Promise<URL> {
  const { address, html } = await choosePage(browser, authorizationUrl(challenge, redirectUri, more));
  expect(html).toContain(`value="${account}"`);
  const resumed = await browser.open(address, post({ account }));
  expect(resumed.status).toBe(303);
  const back = await browser.open(locationOf(resumed));
  expect(back.status).toBe(303);
  return new URL(back.headers.get('location') ?? '');
}

async function tokensFor(code: string, redirectUri: string, codeVerifier: string): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${origin}/sign-in/token`, post({ grant_type: 'authorization_code', client_id: 'cairn', code, redirect_uri: redirectUri, code_verifier: codeVerifier }));
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function signedInAs(account: string, redirectUri = `${origin}/docs/oauth2-redirect.html`, more?: Record<string, string>, browser?: Browser): Promise<Record<string, string>> {
  const { verifier: codeVerifier, challenge } = pkce();
  const back = await codeFor(account, challenge, redirectUri, more, browser);
  expect(back.href.startsWith(redirectUri)).toBe(true);
  expect(back.searchParams.get('state')).toBe('st');
  const { status, body } = await tokensFor(back.searchParams.get('code') ?? '', redirectUri, codeVerifier);
  expect(status).toBe(200);
  return body;
}

describe('before the service listens', () => {
  it('the sign-in knows no issuer, and says to wait', async () => {
    expect(() => signIn.issuer).toThrow('before the service listens');
    const response = await fetch(`${origin}/sign-in/.well-known/openid-configuration`);
    expect(response.status).toBe(503);
    signIn.listeningAt(origin);
    expect(signIn.issuer).toBe(`${origin}/sign-in`);
  });
});

describe('signing in', () => {
  it('leads by code and PKCE to a token that the verifier accepts', async () => {
    const { access_token: token = '', token_type: type } = await signedInAs('w1', undefined, { scope: 'openid' });
    expect(type).toBe('Bearer');
    expect(await verifier.verify(`Bearer ${token}`)).toEqual({ id: 'w1', name: 'Amina Okafor', roles: ['worker'], sites: ['s1'], staff: 'w1', expiresAt: expect.any(Number) });
    expect(decodeJwt(token)).toMatchObject({ iss: `${origin}/sign-in`, aud: 'cairn', sub: 'w1' });
  });

  it('works without asking for any scope, and back to any port of this machine', async () => {
    for (const redirectUri of ['http://localhost:65001/callback', 'http://[::1]:1/callback', 'http://127.0.0.1/']) {
      const { access_token: token } = await signedInAs('auditor', redirectUri);
      expect(await verifier.verify(`Bearer ${token}`)).toMatchObject({ id: 'auditor', roles: ['auditor'] });
    }
  });

  it('asks again each time, so that one person can be several in turn', async () => {
    const browser = new Browser();
    for (const account of ['researcher-s1', 'data-manager']) {
      const { access_token: token } = await signedInAs(account, undefined, { scope: 'openid' }, browser);
      expect(await verifier.verify(`Bearer ${token}`)).toMatchObject({ id: account });
    }
  });

  it('goes on in two tabs of one browser at once', async () => {
    const browser = new Browser();
    const redirectUri = `${origin}/callback`;
    const { challenge } = pkce();
    const tabs = [await choosePage(browser, authorizationUrl(challenge, redirectUri)), await choosePage(browser, authorizationUrl(challenge, redirectUri))];
    for (const [index, account] of ['w1', 'auditor'].entries()) {
      const resumed = await browser.open(tabs[index]?.address ?? '', post({ account }));
      expect(new URL(locationOf(await browser.open(locationOf(resumed)))).searchParams.get('code')).toBeTruthy();
    }
  });

  it('sends its cookies to nothing but itself', async () => {
    const browser = new Browser();
    await signedInAs('w1', undefined, {}, browser);
    expect(browser.paths().length).toBeGreaterThan(0);
    for (const path of browser.paths()) expect(path).toMatch(/^\/sign-in/);
  });

  it('gives an ID token that is no key to the record', async () => {
    const { id_token: idToken = '' } = await signedInAs('w1', undefined, { scope: 'openid' });
    expect(decodeJwt(idToken)).toMatchObject({ sub: 'w1' });
    await expect(verifier.verify(`Bearer ${idToken}`)).rejects.toMatchObject({ code: expect.stringMatching(/token-invalid|no-role/) as string });
  });

  it('has somebody for every role, and every one of them gets in', async () => {
    expect(new Set(accounts.flatMap((account) => account.roles))).toEqual(new Set(roles));
    const made = await Promise.all(accounts.map((account) => mintToken({ dataDir, issuer: signIn.issuer, audience: 'cairn', account, expiresInSeconds: 60 })));
    for (const [index, account] of accounts.entries()) {
      const { does: _, subject: id, ...rest } = account;
      expect(await verifier.verify(`Bearer ${made[index]}`)).toEqual({ id, ...rest, expiresAt: expect.any(Number) });
    }
  });
});

describe('the page of accounts', () => {
  it('lists everybody as a button, says that they are made up, and lets nothing run', async () => {
    const { response, html } = await choosePage(new Browser(), authorizationUrl(pkce().challenge, `${origin}/docs/oauth2-redirect.html`));
    expect(response.status).toBe(200);
    expect(html).toContain('<title>Cairn · demonstration sign-in</title>');
    expect(html).toContain('These are demonstration accounts.');
    expect(html.match(/<button type="submit"/g)).toHaveLength(accounts.length);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`form-action 'self' ${origin};`);
    expect(policy).not.toContain('unsafe');
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(html).not.toMatch(/<script|style=|https?:\/\//);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('takes nobody it does not list, and no other browser', async () => {
    const browser = new Browser();
    const { address } = await choosePage(browser, authorizationUrl(pkce().challenge, `${origin}/callback`));
    expect((await browser.open(address, post({ account: 'root' }))).status).toBe(400);
    expect((await browser.open(address, post({}))).status).toBe(400);
    expect((await browser.open(address, post({ account: 'x'.repeat(5_000) }))).status).toBe(413);
    expect((await browser.open(address, { method: 'PUT' })).status).toBe(405);
    const stranger = await new Browser().open(address, post({ account: 'w1' }));
    expect(stranger.status).toBe(400);
    expect(await stranger.text()).toContain('This sign-in has run out');
  });
});

describe('what is not let through', () => {
  it.each([
    ['no PKCE', undefined, '/callback', {}],
    ['plain PKCE', 'x'.repeat(43), '/callback', { code_challenge_method: 'plain' }],
    ['a token straight away', 'x'.repeat(43), '/callback', { response_type: 'token' }],
  ])('%s', async (_what, challenge, path, more) => {
    const response = await new Browser().open(authorizationUrl(challenge, `${origin}${path}`, more));
    const url = new URL(locationOf(response));
    expect(url.pathname).toBe('/callback');
    expect(url.href).toMatch(/error=(invalid_request|unsupported_response_type)/);
  });

  it.each([
    ['a way back to elsewhere', 'https://elsewhere.example/callback'],
    ['a way back to another path', 'http://127.0.0.1:1/other'],
  ])('%s', async (_what, redirectUri) => {
    const response = await new Browser().open(authorizationUrl(pkce().challenge, redirectUri));
    expect(response.status).toBe(400);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('This sign-in cannot go on');
  });

  it('a code used twice, or by somebody without its verifier', async () => {
    const redirectUri = `${origin}/callback`;
    const { verifier: codeVerifier, challenge } = pkce();
    const stolen = (await codeFor('w1', challenge, redirectUri)).searchParams.get('code') ?? '';
    expect(await tokensFor(stolen, redirectUri, pkce().verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const code = (await codeFor('w1', challenge, redirectUri)).searchParams.get('code') ?? '';
    expect((await tokensFor(code, redirectUri, codeVerifier)).status).toBe(200);
    expect(await tokensFor(code, redirectUri, codeVerifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('a page elsewhere that pretends to be on this machine', async () => {
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${origin}/sign-in/jwks`, { headers: { host: 'evil.example' } }, (response) => resolve(response.resume().statusCode)).on('error', reject).end();
    });
    expect(status).toBe(421);
  });

  it('another origin reading a token, unless it is this machine', async () => {
    const allowed = async (from: string) =>
      (await fetch(`${origin}/sign-in/token`, { method: 'POST', headers: { origin: from }, body: new URLSearchParams({ client_id: 'cairn', grant_type: 'authorization_code', code: 'x' }) })).headers.get(
        'access-control-allow-origin',
      );
    expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
    expect(await allowed('https://elsewhere.example')).toBeNull();
  });
});

describe('its place in the service', () => {
  it('leaves every other route and its body alone', async () => {
    const response = await fetch(`${origin}/v1/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' });
    expect(await response.json()).toEqual({ a: 1 });
    expect((await fetch(`${origin}/sign-inside`)).status).toBe(404);
  });

  it('answers what it does not have', async () => {
    for (const path of ['/sign-in', '/sign-in/', '/sign-in?x=1', '/sign-in/nothing', '/sign-in/me', '/sign-in/reg', '/sign-in/session/end']) expect((await fetch(origin + path)).status).toBe(404);
    expect((await fetch(`${origin}/sign-in/interaction/unknown`)).status).toBe(400);
  });

  it('keeps quiet, and meets no fault of its own in all of the above', () => {
    expect(printed).toEqual([]);
    expect(faults).toEqual([]);
  });
});
