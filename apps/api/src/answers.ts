import { Readable } from 'node:stream';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { concatMap, from, type Observable } from 'rxjs';
import { AccessLog } from '@cairn/access/access-log.js';
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

/** A read that brings a token waits until the read models hold the write it came from: everyone reads their own writes. */
@Injectable()
export class CaughtUp implements NestInterceptor {
  constructor(
    private readonly journal: Journal,
    private readonly followers: Followers,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, headers, caller } = context.switchToHttp().getRequest<{ method: string; headers: Record<string, string | undefined>; caller?: Caller }>();
    const token = headers['cairn-token'];
    if (method !== 'GET' || token === undefined || token === '') return next.handle();
    return from(this.reach(token, caller)).pipe(concatMap(() => next.handle()));
  }

  private async reach(token: string, caller: Caller | undefined): Promise<void> {
    const position = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token) && !(await this.isHidden(token, caller)) ? await this.journal.position(token) : undefined;
    if (position === undefined) throw new Invalid([{ field: 'Cairn-Token', message: 'is not a token this service gave: send back what a write answered, or nothing' }]);
    await this.followers.waitFor(position, CATCH_UP_MS);
  }

  /** To a masked role a token from a stream that reveals the arm is no token, or the wait would tell that there is such an entry. */
  private async isHidden(token: string, caller: Caller | undefined): Promise<boolean> {
    if (!caller || !isMasked(caller)) return false;
    const place = await this.journal.placeOf(token);
    return place !== undefined && aspects.some(({ events }) => events.stream === categoryOf(place.stream) && !seesGroup(caller, events));
  }
}

/** Nothing about a participant leaves before the access log holds who read whom; a receipt brings its ETag and token, and says in a header whether it is that of an earlier request. */
@Injectable()
export class Answered implements NestInterceptor {
  constructor(private readonly accessLog: AccessLog) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        if (answer instanceof Disclosed) return body(await this.logged(answer as Disclosed<unknown>), reply);
        if (isReceipt(answer)) {
          const token = answer.events.at(-1);
          const { repeated, ...receipt } = answer;
          void reply.header('etag', answer.etag);
          if (token !== undefined) void reply.header('cairn-token', token);
          if (repeated) void reply.header('idempotent-replayed', 'true');
          return receipt;
        }
        return answer;
      }),
    );
  }

  private async logged({ asking, participants, body }: Disclosed<unknown>): Promise<unknown> {
    const { caller, roles, method, route, requestId } = asking;
    await this.accessLog.record({ actor: caller.id, roles: [...roles], sites: [...caller.sites], method, route, participants: [...participants], requestId });
    return body;
  }
}

function body(answer: unknown, reply: FastifyReply): unknown {
  if (!(answer instanceof Document)) return answer;
  void reply.type(answer.contentType);
  if (answer.next !== undefined) void reply.header('link', `<${pageAt(reply.request.url, answer.next)}>; rel="next"`);
  const { text } = answer as Document<string | Iterable<string>>;
  return typeof text === 'string' ? text : Readable.from(text, { objectMode: false });
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
