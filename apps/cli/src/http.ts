import { setTimeout as wait } from 'node:timers/promises';
import { exits, Failure } from './failure.js';

export interface Answer {
  readonly status: number;
  /** Parsed JSON, the text of anything else, or undefined when there was none. */
  readonly body: unknown;
  /** Whether an earlier request recorded it, and this one nothing. */
  readonly repeated: boolean;
}

/** The no of the service, as RFC 9457 has it. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const ATTEMPTS = 6;
const TIMEOUT_MS = 30_000;

/**
 * Asks the service, and again while it says "later" (429, 503).
 *
 * @throws Failure when it cannot be reached, or still says "later" after several attempts
 */
export async function ask(url: string, { method = 'GET', path, token, headers = {}, body }: Request): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw gone(url, error);
    });
    const text = await response.text().catch((error: unknown) => {
      throw gone(url, error);
    });
    const answer = { status: response.status, body: parsed(text, response.headers.get('content-type') ?? ''), repeated: response.headers.get('idempotent-replayed') === 'true' };
    if (answer.status !== 503 && answer.status !== 429) return answer;
    if (attempt === ATTEMPTS) throw new Failure(exits.unreachable, `The service at ${url} cannot do this now: ${problemOf(answer).detail}`, 'Look at its log, or try again later. What was recorded stays recorded.');
    const seconds = Number(response.headers.get('retry-after') ?? '1');
    await wait(Math.min(Number.isFinite(seconds) ? seconds : 1, 5) * 1000 * (attempt === 1 ? 0.2 : 1));
  }
}

export function isDone({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

export function problemOf({ status, body }: Answer): Problem {
  const { code, detail, errors } = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
  return { code: code ?? `http-${status}`, detail: detail ?? `The service answered ${status}.`, ...(Array.isArray(errors) && { errors }) };
}

/** The problem in one line, fields at fault included. */
export function wordsOf({ detail, errors = [] }: Problem): string {
  return [detail, ...errors.map(({ field, message }) => `${field}: ${message}`)].join(' ');
}

function gone(url: string, error: unknown): Failure {
  const { name, cause } = (error ?? {}) as { name?: string; cause?: { code?: string } };
  const why = name === 'TimeoutError' ? `did not answer in ${TIMEOUT_MS / 1000} s` : `cannot be reached (${cause?.code ?? 'connection lost'})`;
  return new Failure(exits.unreachable, `The service at ${url} ${why}.`, 'Start it with "npm start" and run the same command again: nothing is recorded twice.');
}

function parsed(text: string, type: string): unknown {
  if (text === '') return undefined;
  return /\bjson\b|\+json/.test(type) && !type.includes('ndjson') ? (JSON.parse(text) as unknown) : text;
}
