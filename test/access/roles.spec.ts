import { randomUUID } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { importJWK, SignJWT, type JWTPayload } from 'jose';
import { Authenticate } from '@cairn/access/authenticate.js';
import { Forbidden } from '@cairn/access/denied.js';
import { commandGrants, questionGrants } from '@cairn/access/policy.js';
import { roles, type Role } from '@cairn/access/roles.js';
import { Authorise } from '@cairn/access/routes.js';
import { signInKey } from '@cairn/access/sign-in/key.js';
import { issuedKey, signed, TestIssuer } from '@cairn/access/testing.js';
import { tokenVerifier, TokenVerifier } from '@cairn/access/tokens.js';
import { onceCaughtUp } from '../patience.js';
import { startService, type Service } from '../service.js';
import { codeOf, header, send, type Sent } from './http.js';
import { startProgramme, uuid, voiceOf } from './programme.js';
import { documented, filled, routes, values, type DocumentedRoute } from './routes.js';

let service: Service;
let all: DocumentedRoute[];

beforeAll(async () => {
  service = await startService();
  all = await documented(service.url);
  await startProgramme(await voiceOf(service, 'investigator'));
  await (await voiceOf(service, 'researcher')).record('PUT', `/v1/participants/${values.participant}`, { programme: 'core', site: 's1' });
  await (await voiceOf(service, 'supervisor')).record('PUT', `/v1/participants/${values.participant}/worker`, { worker: 'w1' });
});
afterAll(() => service.stop());

const ask = ({ method, template, body }: DocumentedRoute, also: Partial<Sent> = {}) =>
  onceCaughtUp(() => send(service.url, { method, path: filled(template, values), body, ...also }), (answer) => answer.body);
const grants: Readonly<Record<string, readonly Role[]>> = { ...commandGrants, ...questionGrants };

describe('every route', () => {
  it('is in the table of routes, and every line of the table is a route', () => {
    expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(routes).sort());
  });
  it('runs a command or answers a question; each has a route', () => {
    expect([...new Set(Object.values(routes))].sort()).toEqual(Object.keys(grants).sort());
  });
  it('has an example of what it answers, in every form it answers in', () => {
    const reads = all.filter(({ method }) => method === 'GET');
    expect(reads.length).toBeGreaterThan(20);
    expect(reads.filter(({ answers }) => answers.length === 0 || answers.some((answer) => answer === undefined)).map(({ name }) => name)).toEqual([]);
  });
  it('has an example where it takes a body', () => {
    expect(all.filter(({ method, body }) => method !== 'GET' && body === undefined).map(({ name }) => name)).toEqual([]);
  });
});

describe('every route × every role', () => {
  it.each(roles)('%s: 403 exactly where the policy denies', async (role) => {
    const token = await service.token(role);
    const wrong: string[] = [];
    for (const route of all) {
      const answer = await ask(route, { token });
      const may = (grants[routes[route.name] ?? ''] ?? []).includes(role);
      const denied = answer.status === 403 && codeOf(answer) === 'role-not-allowed';
      if (may ? answer.status === 403 || answer.status === 401 || answer.status >= 500 : !denied) wrong.push(`${route.name} is ${may ? '' : 'not '}for ${role}, but was answered ${answer.status} ${answer.body}`);
    }
    expect(wrong).toEqual([]);
  });

  it('a denial is the same whatever is asked of, and before anything of the request is looked at', async () => {
    const token = await service.token('auditor');
    const denied = all.filter(({ name }) => !(grants[routes[name] ?? ''] ?? []).includes('auditor'));
    expect(denied.length).toBeGreaterThan(25);
    const headers = { 'x-request-id': 'same' };
    const pairs = denied.map((route) => Promise.all([
      ask(route, { token, headers }),
      send(service.url, { method: route.method, path: filled(route.template, { ...values, participant: uuid('p', 404) }), token, headers, body: { nonsense: true } }),
    ]));
    for (const [known, unknown] of await Promise.all(pairs)) expect(unknown).toEqual(known);
  });
});

describe('without a token that holds', () => {
  it('no route answers', async () => {
    const answers = await Promise.all(all.map(async (route) => [route.name, await ask(route)] as const));
    for (const [name, answer] of answers) {
      expect([name, answer.status, codeOf(answer)]).toEqual([name, 401, 'token-missing']);
      expect(header(answer, 'www-authenticate')).toBe('Bearer error="invalid_request"');
    }
  });

  it.each(all401())('a token %s is refused as %s on every route', async (_, code, make) => {
    const token = await make();
    const answers = await Promise.all(all.map(async (route) => [route.name, await ask(route, { token })] as const));
    for (const [name, answer] of answers) {
      expect([name, answer.status, codeOf(answer)]).toEqual([name, 401, code]);
      expect(answer.body).not.toContain(token);
    }
  });

  it('the same token, as it should be, is taken', async () => {
    expect((await send(service.url, { method: 'GET', path: '/v1/participants', token: await minted({}) })).status).toBe(200);
  });

  it('a path that is no route is 404, with a token and without, and another method as well', async () => {
    const token = await service.token('data-manager');
    for (const sent of [{ path: '/v1/everything' }, { path: '/v1/participants', method: 'PATCH' }, { path: '/v1/access-log', method: 'DELETE' }, { path: '/v1/participants/', method: 'POST' }]) {
      for (const given of [undefined, token]) {
        const answer = await send(service.url, { method: 'GET', ...sent, token: given });
        expect([answer.status, codeOf(answer)]).toEqual([404, 'route-unknown']);
      }
    }
  });
});

/** A token as the service's own sign-in signs it, but for what is said. */
async function minted(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const key = await signInKey(service.dataDir);
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: `${service.url}/sign-in`, aud: 'cairn', sub: 'x1', roles: ['data-manager'], sites: ['s1'], iat: now, exp: now + 600 };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }).sign(await importJWK({ ...key }, key.alg));
}

function all401(): [what: string, code: string, make: () => Promise<string>][] {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    ['that has expired', 'token-expired', () => minted({ iat: now - 7200, exp: now - 3600 })],
    ['that is not valid yet', 'token-not-yet-valid', () => minted({ nbf: now + 3600 })],
    ['of a foreign issuer', 'token-invalid', () => minted({ iss: 'https://sign-in.example/' })],
    ['for another audience', 'token-invalid', () => minted({ aud: 'another-service' })],
    ['signed with a key of one’s own, under the right key’s name', 'token-invalid', async () => {
      const { kid } = await signInKey(service.dataDir);
      return signed({ iss: `${service.url}/sign-in`, aud: 'cairn', sub: 'x1', roles: ['data-manager'] }, { ...(await issuedKey()), kid });
    }],
    ['whose claims were changed after signing', 'token-invalid', async () => {
      const [head, , signature] = (await service.token('researcher')).split('.');
      return [head, part({ iss: `${service.url}/sign-in`, aud: 'cairn', sub: 'x1', roles: ['data-manager'], exp: now + 600 }), signature].join('.');
    }],
    ['that is not signed at all', 'token-invalid', async () => `${part({ alg: 'none', typ: 'at+jwt' })}.${part({ iss: `${service.url}/sign-in`, aud: 'cairn', sub: 'x1', roles: ['data-manager'], exp: now + 600 })}.`],
    ['that is no token', 'token-malformed', async () => 'data-manager'],
    ['that mixes a masked with an unmasked role', 'mixed-masking', () => minted({ roles: ['researcher', 'supervisor'] })],
    ['that mixes an analyst with a data manager', 'mixed-masking', () => minted({ roles: ['data-manager', 'analyst'] })],
    ['without a role of Cairn’s', 'no-role', () => minted({ roles: ['admin', 'root'] })],
    ['of a worker without a staff id', 'no-staff', () => minted({ roles: ['worker'] })],
  ];
}

describe('a route that says neither what it runs nor what it answers', () => {
  @Controller()
  class Forgotten {
    @Get('forgotten')
    read(): string {
      return 'all of it';
    }
  }

  let app: NestFastifyApplication;
  let issuer: TestIssuer;

  afterAll(async () => {
    await app.close();
    await issuer.down();
  });

  it('is for nobody, whatever their role', async () => {
    const key = await issuedKey();
    issuer = await TestIssuer.start(key);
    const verifier = tokenVerifier({ issuer: issuer.url, audience: 'cairn', claims: { roles: 'roles', sites: 'sites', staff: 'staff' }, clockToleranceSeconds: 5, allowInsecureLoopback: true });
    const guards = [{ provide: APP_GUARD, useClass: Authenticate }, { provide: APP_GUARD, useClass: Authorise }];
    @Module({ controllers: [Forgotten], providers: [{ provide: TokenVerifier, useValue: verifier }, ...guards] })
    class App {}
    app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters({
      catch: (error: unknown, host) => void host.switchToHttp().getResponse<{ status: (status: number) => { send: (body: object) => void } }>().status(error instanceof Forbidden ? 403 : 500).send({ said: String(error) }),
    });
    await app.listen(0, '127.0.0.1');
    for (const role of roles) {
      const token = await signed({ iss: issuer.url, aud: 'cairn', sub: randomUUID(), roles: [role], sites: ['s1'], staff: 'w1' }, key);
      expect((await send(await app.getUrl(), { method: 'GET', path: '/forgotten', token })).status).toBe(403);
    }
  });
});
