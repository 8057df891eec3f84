import { Controller, Get, Module, Req } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Authenticate, Public } from './authenticate.js';
import type { Caller } from './roles.js';
import { issuedKey, signed, TestIssuer, type IssuedKey } from './testing.js';
import { tokenVerifier, TokenVerifier } from './tokens.js';
import { Unauthorised } from './unauthorised.js';

let key: IssuedKey;
let issuer: TestIssuer;
let app: NestFastifyApplication;
let url: string;

@Controller()
class Cases {
  @Get('case')
  case(@Req() { caller }: FastifyRequest): { caller: Caller | undefined } {
    return { caller };
  }

  @Public()
  @Get('open')
  open(@Req() { caller }: FastifyRequest): { caller: Caller | undefined } {
    return { caller };
  }
}

@Public()
@Controller('health')
class Health {
  @Get()
  health(): { ok: true } {
    return { ok: true };
  }
}

beforeAll(async () => {
  key = await issuedKey();
  issuer = await TestIssuer.start(key);
  const claims = { roles: 'roles', sites: 'sites', staff: 'staff' };
  const verifier = tokenVerifier({ issuer: issuer.url, audience: 'cairn', claims, clockToleranceSeconds: 5, allowInsecureLoopback: true });

  @Module({ controllers: [Cases, Health], providers: [{ provide: TokenVerifier, useValue: verifier }, { provide: APP_GUARD, useClass: Authenticate }] })
  class App {}
  app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
  app.useGlobalFilters({
    catch: (error: unknown, host) => {
      const { code } = error instanceof Unauthorised ? error : { code: 'other' };
      host.switchToHttp().getResponse<{ status: (status: number) => { send: (body: object) => void } }>().status(401).send({ code });
    },
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await issuer.down();
});

const get = async (path: string, authorization?: string) => (await fetch(url + path, { headers: authorization === undefined ? {} : { authorization } })).json();

describe('a request', () => {
  it('carries its caller', async () => {
    const token = await signed({ iss: issuer.url, aud: 'cairn', sub: 'c1', roles: ['clinician'], sites: ['s1'] }, key);
    expect(await get('/case', `Bearer ${token}`)).toEqual({ caller: { id: 'c1', roles: ['clinician'], sites: ['s1'], expiresAt: expect.any(Number) } });
  });

  it('is refused without a token that holds', async () => {
    expect(await get('/case')).toEqual({ code: 'token-missing' });
    expect(await get('/case', 'Bearer a.b.c')).toEqual({ code: 'token-malformed' });
    expect(await get('/case', `Bearer ${await signed({ iss: issuer.url, aud: 'other', sub: 'c1', roles: ['clinician'] }, key)}`)).toEqual({ code: 'token-invalid' });
  });

  it('needs none on a public route or controller, and is nobody’s there', async () => {
    expect(await get('/open')).toEqual({});
    expect(await get('/open', 'Bearer a.b.c')).toEqual({});
    expect(await get('/health')).toEqual({ ok: true });
  });
});
