import { applyDecorators, createParamDecorator, HttpCode, Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiQuery, ApiResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Forbidden } from './denied.js';
import { commandGrants, granted, questionGrants, type CommandName, type Located, type QuestionName } from './policy.js';
import type { Caller, Role } from './roles.js';
import { schemaOf } from './schemas.js';

const RUNS = 'cairn:command';
const ASKS = 'cairn:question';

interface Described {
  readonly summary: string;
  readonly description?: string;
  readonly body?: new () => object;
  readonly query?: new () => object;
  readonly example?: unknown;
  /** What a command answers where that is no receipt. */
  readonly answer?: unknown;
}

const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
const problems = (...statuses: [number, string][]) => statuses.map(([status, description]) => ApiResponse({ status, description, content: problem }));
const readProblems = problems([400, 'Malformed or invalid'], [401, 'No valid token'], [403, 'Your role may not do this'], [404, 'Unknown, or out of your reach'], [503, 'Not caught up, busy, or a part is down; try again']);
const writeProblems = [...readProblems, ...problems([409, 'Refused by a rule of the domain; see `code`'], [412, 'If-Match is stale'], [413, 'Body too large'], [422, 'Idempotency-Key used for another request'], [428, 'A correction without If-Match'])];

const receipt = ApiOkResponse({ description: 'The receipt. Header Cairn-Token: send it with a read to see this write in it. Header Idempotent-Replayed: an earlier request recorded this, and its repeat nothing.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Receipt' }, example: { events: ['3d816dc9-ded2-444b-840c-5b047d0f8eef'], etag: '"3rduUdtVw90Fa5gAjnT9yZ"' } } } });

/** A route that runs a command: who may, what it takes, what it answers. */
export function Records(command: CommandName, { summary, description, body, query, example, answer }: Described): MethodDecorator {
  return applyDecorators(
    SetMetadata(RUNS, command),
    HttpCode(200),
    ApiOperation({ summary, description: `${description ? `${description}\n\n` : ''}For: ${commandGrants[command].join(', ')}.` }),
    ApiHeader({ name: 'Idempotency-Key', required: false, description: 'A UUID of your own; a repeat with the same key and body gets the first receipt.' }),
    ApiHeader({ name: 'If-Match', required: command === 'CorrectEntry', description: 'The etag of the stream this is about, from the history or a receipt: refused when the stream has moved on. Or `*`: refused when nothing is there yet.' }),
    ...(query ? parametersOf(query) : []),
    ...(body ? [ApiBody({ schema: schemaOf(body), examples: { example: { value: example ?? {} } } })] : []),
    answer === undefined ? receipt : ApiOkResponse({ description: 'The answer.', content: { 'application/json': { example: answer } } }),
    ...writeProblems,
  );
}

/** A route that answers a question: who may ask it, and what the answer looks like. */
export function Answers(question: QuestionName, { summary, description, example, query, produces = ['application/json'] }: Omit<Described, 'body' | 'answer'> & { readonly produces?: string[] }): MethodDecorator {
  return applyDecorators(
    SetMetadata(ASKS, question),
    ApiOperation({ summary, description: `${description ? `${description}\n\n` : ''}For: ${questionGrants[question].join(', ')}.` }),
    ApiHeader({ name: 'Cairn-Token', required: false, description: 'From a write: the answer waits until it holds that write.' }),
    ...(query ? parametersOf(query) : []),
    ApiProduces(...produces),
    ApiOkResponse({ description: 'The answer.', content: Object.fromEntries(produces.map((type) => [type, example === undefined ? {} : { example }])) }),
    ...readProblems,
  );
}

function parametersOf(query: new () => object): MethodDecorator[] {
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ApiQuery({ name, required: required.includes(name), schema }));
}

/** Who asks, through which of their roles, and what the request says of itself. */
export interface Asking {
  readonly caller: Caller;
  /** What the route runs; left out where it answers a question. */
  readonly command?: CommandName;
  /** The roles that grant this route. */
  readonly roles: readonly Role[];
  readonly method: string;
  readonly path: string;
  /** The route's template, for the access log. */
  readonly route: string;
  readonly body: unknown;
  /** When it came in, in epoch milliseconds; left out where nobody sent it. */
  readonly at?: number;
  readonly requestId: string;
  /** The participant of whom this asks, as they were found when the caller was admitted: asked for together, for whoever reads waits for each. */
  readonly located?: Located;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request says of itself, once its caller may ask it. */
    asking?: Asking;
    /** The participant whom it asks about, where they were looked for when the caller was admitted. */
    located?: Located;
  }
}

/** Denies every route that declares neither a command nor a question the caller's roles are granted. */
@Injectable()
export class Authorise implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const request = context.getArgByIndex<FastifyRequest>(0);
    const { caller } = request;
    if (!caller) return true; // Public: the authentication guard before this one let it through without a token.
    const command = commandOf(context);
    const allowed = command ? commandGrants[command] : grantedQuestion(context);
    const roles = granted(allowed, caller);
    if (roles.length === 0) throw new Forbidden(`This is not for the role you signed in with (${caller.roles.join(', ')}). It is for: ${allowed.join(', ') || 'nobody'}.`);
    request.asking = askingOf(request, caller, roles, command);
    return true;
  }
}

/** What the route at hand runs, if it runs anything. */
export function commandOf(context: ExecutionContext): CommandName | undefined {
  return Reflect.getOwnMetadata(RUNS, context.getHandler()) as CommandName | undefined;
}

/** The roles that may ask what the route at hand answers. */
function grantedQuestion(context: ExecutionContext): readonly Role[] {
  const question = Reflect.getOwnMetadata(ASKS, context.getHandler()) as QuestionName | undefined;
  return question ? questionGrants[question] : [];
}

function askingOf(request: FastifyRequest, caller: Caller, roles: readonly Role[], command: CommandName | undefined): Asking {
  const { located } = request;
  const idempotencyKey = headerOf(request, 'idempotency-key');
  const ifMatch = headerOf(request, 'if-match');
  return {
    caller,
    roles,
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    route: request.routeOptions.url ?? '',
    body: request.body ?? null,
    at: Date.now(),
    requestId: request.id,
    ...(command !== undefined && { command }),
    ...(located && { located }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(ifMatch !== undefined && { ifMatch }),
  };
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The `Asking` of the request at hand. */
export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Asking => {
  const { asking } = context.getArgByIndex<FastifyRequest>(0);
  if (!asking) throw new Error('A public route has no caller.');
  return asking;
});
