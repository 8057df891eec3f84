import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { besideTheLog } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import { commandOf } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import type { States } from '@cairn/journal/states.js';
import { isId } from '@cairn/kernel/ids.js';
import { accessStreams, admitted, mustBeAs, stillAdmitted } from '@cairn/record/gate.js';
import { locatedIn, reachStreams } from '@cairn/record/reach.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the caller was let in on what was last seen of their access: to be asked before they are told anything but what the journal, which judges it once more, recorded. Throws AccessEnded. */
    admitAgain?: () => Promise<unknown>;
  }
}

/**
 * Who may still ask anything, and as what: the guard between who it is and what they may. Decided on the journal's own state, so that access
 * ends at an instant; for a command first on what is at hand of it, for the journal judges it anew with what it records.
 */
@Injectable()
export class Admission implements CanActivate {
  constructor(private readonly journal: Journal) {}

  /** @throws AccessEnded */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.getArgByIndex<FastifyRequest>(0);
    const { caller, body } = request;
    if (!caller) return true;
    const command = commandOf(context);
    const own = accessStreams(caller);
    const judge = (states: States) => admitted(caller, states, Date.now(), { ...(command && { command }), body });
    const seen = command && !besideTheLog.includes(command) ? this.journal.judgedAtHand(own, judge) : undefined;
    if (seen) {
      request.admitAgain = () => this.journal.judged(own, (states) => mustBeAs(seen, judge(states)));
      request.caller = seen;
      return true;
    }
    return this.admit(request, caller, judge, command ? undefined : soughtBy(request));
  }

  private async admit(request: FastifyRequest, caller: Caller, judge: (states: States) => Caller, about: string | undefined): Promise<true> {
    const streams = about === undefined ? [] : reachStreams(caller, about);
    const [allowed, located] = await this.journal.judged([...accessStreams(caller), ...streams], (states) => [judge(states), about === undefined ? undefined : locatedIn(states, caller, about)] as const);
    request.caller = allowed;
    if (located) request.located = located;
    return true;
  }

  /** For answers that go on: to be asked again before each part of them. @throws AccessEnded */
  async still(caller: Caller): Promise<void> {
    await this.journal.judged(accessStreams(caller), (states) => stillAdmitted(caller, states, Date.now()));
  }
}

/** The participant of whom a question asks that is answered at once: one that waits for a write first is judged by what is so then. */
function soughtBy({ params, headers }: FastifyRequest): string | undefined {
  const { participant } = params as { participant?: unknown };
  return headers['cairn-token'] === undefined && isId(participant) ? participant : undefined;
}
