import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '@cairn/access/roles.js';
import { commandOf } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { CLOCK, type Clock } from '@cairn/record/case-record.js';
import { accessStreams, admitted, stillAdmitted } from '@cairn/record/gate.js';

/** Who may still ask anything, and as what: the guard between who it is and what they may. Decided on the journal's own state, so that access ends at an instant. */
@Injectable()
export class Admission implements CanActivate {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AccessEnded */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { caller, body } = request;
    const command = commandOf(context);
    if (caller) request.caller = await this.journal.judged(accessStreams(caller), (states) => admitted(caller, states, this.now(), { ...(command && { command }), body }));
    return true;
  }

  /** For answers that go on: to be asked again before each part of them. @throws AccessEnded */
  async still(caller: Caller): Promise<void> {
    await this.journal.judged(accessStreams(caller), (states) => stillAdmitted(caller, states, this.now()));
  }

  private now(): number {
    return Date.parse(this.clock());
  }
}
