import { Injectable, SetMetadata, type CanActivate, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from './roles.js';
import { TokenVerifier } from './tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request; absent on public routes only. */
    caller?: Caller;
  }
}

const PUBLIC = 'cairn:public';

/** A route, or a controller's routes, that anyone may ask without a token. */
export function Public(): CustomDecorator {
  return SetMetadata(PUBLIC, true);
}

/** Puts the caller on the request. Meant as the first of the application's guards; everything not marked `@Public()` needs a token. */
@Injectable()
export class Authenticate implements CanActivate {
  constructor(private readonly verifier: TokenVerifier) {}

  /** @throws Unauthorised */
  canActivate(context: ExecutionContext): true | Promise<true> {
    if (Reflect.hasOwnMetadata(PUBLIC, context.getHandler()) || Reflect.hasOwnMetadata(PUBLIC, context.getClass())) return true;
    const request = context.getArgByIndex<FastifyRequest>(0);
    const known = this.verifier.known(request.headers.authorization);
    if (!known) return this.verified(request);
    request.caller = known;
    return true;
  }

  private async verified(request: FastifyRequest): Promise<true> {
    request.caller = await this.verifier.verify(request.headers.authorization);
    return true;
  }
}
