import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '@cairn/access/roles.js';
import { commandOf } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { CLOCK, type Clock } from '@cairn/record/case-record.js';
import { accessStreams, endOfAccess } from '@cairn/record/gate.js';

/** Who may still ask anything: the guard between who it is and what they may. Decided on the journal's own state, so that access ends at an instant. */
@Injectable()
export class Admission implements CanActivate {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AccessEnded */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { caller, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const command = commandOf(context);
    if (caller) await this.check(caller, { ...(command && { command }), body });
    return true;
  }

  /**
   * For answers that go on, as well: ask again before each part of them.
   *
   * @param telling the request, where it may tell of what happened before
   * @throws AccessEnded
   */
  async check(caller: Caller, telling?: Parameters<typeof endOfAccess>[3]): Promise<void> {
    const ended = endOfAccess(caller, await this.journal.states(accessStreams(caller)), Date.parse(this.clock()), telling);
    if (ended) throw ended;
  }
}
