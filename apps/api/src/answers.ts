import { Readable } from 'node:stream';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { AccessLog } from '@cairn/access/access-log.js';
import { Disclosed, Document } from '@cairn/access/disclosed.js';
import { isMasked, seesGroup } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Followers } from '@cairn/journal/followers.js';
import { Journal } from '@cairn/journal/journal.js';
import { categoryOf } from '@cairn/kernel/envelope.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { aspects } from '@cairn/record/aspects.js';

const CATCH_UP_MS = 3000;

/** A read that brings a token waits until the read models hold the write it came from: everyone reads their own writes. It knows already who asks. */
@Injectable()
export class CaughtUp implements CanActivate {
  constructor(
    private readonly journal: Journal,
    private readonly followers: Followers,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const { method, headers, caller } = context.getArgByIndex<FastifyRequest>(0);
    const token = headers['cairn-token'];
    return method !== 'GET' || typeof token !== 'string' || token === '' || this.reach(token, caller);
  }

  private async reach(token: string, caller: Caller | undefined): Promise<true> {
    const position = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token) && !(await this.isHidden(token, caller)) ? await this.journal.position(token) : undefined;
    if (position === undefined) throw new Invalid([{ field: 'Cairn-Token', message: 'is not a token this service gave: send back what a write answered, or nothing' }]);
    await this.followers.waitFor(position, CATCH_UP_MS);
    return true;
  }

  /** To a masked role a token from a stream that reveals the arm is no token, or the wait would tell that there is such an entry. */
  private async isHidden(token: string, caller: Caller | undefined): Promise<boolean> {
    if (!caller || !isMasked(caller)) return false;
    const place = await this.journal.placeOf(token);
    return place !== undefined && aspects.some(({ events }) => events.stream === categoryOf(place.stream) && !seesGroup(caller, events));
  }
}

type Reply = FastifyAdapter['reply'];

/**
 * Through here goes all that routes answer. Nothing about a participant leaves before the access log holds who read whom; a receipt brings
 * its ETag and token, and says in a header whether it is that of an earlier request. An interceptor would be the usual place, and cost
 * every request a tenth of its processor time in observables.
 */
export class Answering extends FastifyAdapter {
  constructor(
    private readonly accessLog: AccessLog,
    options: FastifyServerOptions,
  ) {
    super(options);
  }

  override reply(...[response, answer, status]: Parameters<Reply>): ReturnType<Reply> {
    const reply = response as FastifyReply;
    if (isReceipt(answer)) return super.reply(response, receiptOf(answer, reply), status);
    if (!(answer instanceof Disclosed)) return super.reply(response, answer, status);
    // The router waits for what comes back, and answers what goes wrong with it.
    return this.logged(answer as Disclosed<unknown>, reply).then((told) => super.reply(response, bodyOf(told, reply), status)) as unknown as ReturnType<Reply>;
  }

  private async logged({ asking, participants, body }: Disclosed<unknown>, { request }: FastifyReply): Promise<unknown> {
    await request.admitAgain?.();
    const { caller, roles, method, route, requestId } = asking;
    await this.accessLog.record({ actor: caller.id, roles: [...roles], sites: [...caller.sites], method, route, participants: [...participants], requestId });
    return body;
  }
}

function receiptOf({ repeated, ...receipt }: Receipt, reply: FastifyReply): Omit<Receipt, 'repeated'> {
  const token = receipt.events.at(-1);
  void reply.header('etag', receipt.etag);
  if (token !== undefined) void reply.header('cairn-token', token);
  if (repeated) void reply.header('idempotent-replayed', 'true');
  return receipt;
}

function bodyOf(answer: unknown, reply: FastifyReply): unknown {
  if (!(answer instanceof Document)) return answer;
  void reply.type(answer.contentType);
  if (answer.next !== undefined) void reply.header('link', `<${pageAt(reply.request.url, answer.next)}>; rel="next"`);
  const { text } = answer as Document<string | Iterable<string>>;
  return typeof text === 'string' ? text : Readable.from(begun(text), { objectMode: false });
}

/** The same text, its first piece made already: what goes wrong with it can still be answered. */
function begun(text: Iterable<string>): Iterable<string> {
  const pieces = text[Symbol.iterator]();
  const first = pieces.next();
  return (function* () {
    if (first.done) return;
    yield first.value;
    yield* { [Symbol.iterator]: () => pieces };
  })();
}

/** The same question about the page at a cursor (RFC 8288). */
function pageAt(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?');
  const asked = new URLSearchParams(query);
  asked.set('cursor', cursor);
  return `${path}?${asked.toString()}`;
}

function isReceipt(answer: unknown): answer is Receipt {
  return typeof answer === 'object' && answer !== null && 'events' in answer && 'etag' in answer;
}
