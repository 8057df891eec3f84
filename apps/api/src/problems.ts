import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AccessLogUnavailable } from '@cairn/access/access-log.js';
import { AccessEnded, Forbidden, PreconditionNeeded, Unknown } from '@cairn/access/denied.js';
import { Unauthorised } from '@cairn/access/unauthorised.js';
import { KeyReused, Stale } from '@cairn/journal/asked.js';
import { RunnerStopped } from '@cairn/journal/runner.js';
import { NotCaughtUp } from '@cairn/journal/standing.js';
import { StoreBusy, StoreRefused, StoreUnavailable } from '@cairn/kernel/event-store.js';
import { Invalid, Refused, type Fault } from '@cairn/kernel/refused.js';
import { TooManyStreams } from '@cairn/replay/live.js';
import { KeyDestroyed, KeyringUnavailable } from '@cairn/privacy/keyring.js';

/** RFC 9457, with a stable `code`. Never a stack trace, never another role's facts. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly requestId: string;
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly retryAfterSeconds?: number;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Invalid request', 401: 'Not signed in', 403: 'Not allowed', 404: 'Not found', 405: 'Method not allowed', 406: 'Not acceptable', 409: 'Refused', 412: 'Stale', 413: 'Too large', 414: 'Address too long', 415: 'Unsupported media type', 422: 'Key reused', 428: 'If-Match required', 429: 'Too many requests', 500: 'Internal error', 503: 'Try again',
};

/** Refusals that say something is not there: with the same face as what the caller may not see. */
const notThere = new Set(['programme-unknown', 'participant-unknown', 'entry-unknown', 'query-unknown', 'staff-unknown']);
/** Connections refused, reset, timed out, or ended by the server: the database is not there at the moment. */
const databaseDown = /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|57P0[123]|08\d{3}|53\d{3}|57014|55P03|25P03)$/;

/** The one place that knows about HTTP statuses. */
@Catch()
export class Problems implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    // Whoever's access has ended is told that, and nothing else.
    if (request.admitAgain) void request.admitAgain().then(() => error, (other: unknown) => (other instanceof AccessEnded ? other : error)).then((told) => this.answer(told, request, reply));
    else this.answer(error, request, reply);
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { retryAfterSeconds, ...answer } = answerTo(error);
    const problem: Problem = { type: `urn:cairn:problem:${answer.code}`, title: titles[answer.status] ?? 'Error', ...answer, requestId: request.id };
    if (answer.status >= 500) this.log.error({ requestId: request.id, code: answer.code, route: request.routeOptions.url, error: describe(error) }, 'A request could not be answered.');
    if (answer.status === 401) void reply.header('www-authenticate', `Bearer error="${answer.code === 'token-missing' ? 'invalid_request' : 'invalid_token'}"`);
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    const send = () => void reply.status(answer.status).type('application/problem+json').send(JSON.stringify(problem));
    if (answer.status === 413) readAway(request.raw, send);
    else send();
  }
}

const SWALLOWED_BYTES = 32 * 1024 * 1024;
const SWALLOWING_MS = 5000;

/** Lets a client that is still sending finish, within reason: it would meet a broken connection instead of the answer. */
function readAway(request: IncomingMessage, then: () => void): void {
  let bytes = 0;
  const enough = new AbortController();
  const patience = setTimeout(() => enough.abort(), SWALLOWING_MS);
  request.on('data', (chunk: Buffer) => {
    if ((bytes += chunk.length) > SWALLOWED_BYTES) enough.abort();
  });
  finished(request, { writable: false, signal: enough.signal }, () => {
    clearTimeout(patience);
    then();
  });
}

function answerTo(error: unknown): Answer {
  if (error instanceof Invalid) return { status: 400, code: 'invalid', detail: 'Some of what was sent cannot be taken; `errors` says what and where.', errors: error.faults };
  if (error instanceof Unauthorised)
    return error.code === 'sign-in-unavailable' ? { status: 503, code: error.code, detail: error.message, retryAfterSeconds: 5 } : { status: 401, code: error.code, detail: error.message };
  if (error instanceof AccessEnded) return { status: 403, code: error.code, detail: error.message };
  if (error instanceof Forbidden) return { status: 403, code: 'role-not-allowed', detail: error.message };
  if (error instanceof Unknown) return { status: 404, code: error.code, detail: error.message };
  if (error instanceof Refused) return refused(error);
  if (error instanceof KeyDestroyed) return { status: 409, code: 'participant-erased', detail: error.message };
  if (error instanceof Stale) return { status: 412, code: 'stale', detail: error.message };
  if (error instanceof KeyReused) return { status: 422, code: 'key-reused', detail: error.message };
  if (error instanceof PreconditionNeeded) return { status: 428, code: 'if-match-required', detail: error.message };
  if (error instanceof TooManyStreams) return { status: 429, code: 'too-many-streams', detail: error.message, retryAfterSeconds: 30 };
  return unavailable(error) ?? framework(error) ?? { status: 500, code: 'internal', detail: 'Something went wrong here, not with your request. Tell the administrator the request id.' };
}

function refused({ code, message }: Refused): Answer {
  const [what] = code.split('-');
  return notThere.has(code) ? { status: 404, code, detail: new Unknown(what as 'entry').message } : { status: 409, code, detail: message };
}

function unavailable(error: unknown): Answer | undefined {
  if (error instanceof StoreBusy) return { status: 503, code: 'busy', detail: error.message, retryAfterSeconds: 1 };
  if (error instanceof NotCaughtUp) return { status: 503, code: 'not-caught-up', detail: error.message, retryAfterSeconds: 1 };
  if (error instanceof RunnerStopped) return { status: 503, code: 'read-models-stopped', detail: 'The read models stand still until the administrator acts. What was recorded is safe; the history still answers.', retryAfterSeconds: 60 };
  if (error instanceof AccessLogUnavailable) return { status: 503, code: 'access-log-unavailable', detail: 'Nothing may be read while the access log cannot be written. Try again shortly.', retryAfterSeconds: 5 };
  if (error instanceof StoreUnavailable || error instanceof KeyringUnavailable) return { status: 503, code: 'store-unavailable', detail: 'The record cannot be reached at the moment. Whether this was recorded is not known; send the same request again.', retryAfterSeconds: 2 };
  if (error instanceof StoreRefused) return { status: 400, code: 'not-storable', detail: error.message };
  const { code, driverError } = (error ?? {}) as { code?: string; driverError?: { code?: string } };
  const databaseCode = driverError?.code ?? code ?? '';
  if (databaseDown.test(databaseCode) || /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(describe(error)))
    return { status: 503, code: 'database-unavailable', detail: 'The database cannot be reached at the moment. Try again shortly.', retryAfterSeconds: 2 };
  return undefined;
}

const malformedJson: Answer = { status: 400, code: 'malformed-json', detail: 'The body is not JSON that can be read.' };
const frameworkAnswers: Readonly<Record<number, Answer>> = {
  404: { status: 404, code: 'route-unknown', detail: 'There is no such route. /docs lists them all.' },
  413: { status: 413, code: 'body-too-large', detail: 'The body is larger than this service takes. One request is one fact: send less.' },
  414: { status: 414, code: 'address-too-long', detail: 'A part of the address is longer than any id or name of this service. Check the link it came from.' },
  415: { status: 415, code: 'not-json', detail: 'Send the body as JSON, with Content-Type: application/json.' },
};

/** What Fastify and Nest themselves say no to. */
function framework(error: unknown): Answer | undefined {
  const { statusCode, message } = (error ?? {}) as { statusCode?: number; message?: string };
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  if (status === undefined || status >= 500) return undefined;
  if (status === 400) return error instanceof SyntaxError || /JSON/i.test(message ?? '') ? malformedJson : { status, code: 'malformed', detail: 'The request cannot be read. Check its address and headers.' };
  return frameworkAnswers[status] ?? { status, code: `http-${status}`, detail: titles[status] ?? 'The request was not taken.' };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
