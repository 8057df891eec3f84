import { Injectable } from '@nestjs/common';
import { Unknown } from '@cairn/access/denied.js';
import { reaching, type Whereabouts } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { ProgrammeContexts } from './contexts.js';
import { participants } from './participants/participants.js';
import { support } from './support/support.js';

/** Whom a caller may see: decided on the journal's own state. */
@Injectable()
export class Reach {
  constructor(
    private readonly journal: Journal,
    private readonly contexts: ProgrammeContexts,
  ) {}

  /**
   * The zone of a participant's programme, once the journal's own state says that the caller may see them, and the question as asked
   * through the roles that reach them: no other role opens a field of theirs.
   *
   * @throws Unknown
   */
  async check(asking: Asking, participant: string): Promise<{ zone: string; asking: Asking }> {
    const { caller } = asking;
    const needed = caller.roles.includes('worker') ? [participants, support] : [participants];
    const { home, worker } = await this.journal.judged(needed.map((decider) => [decider, participant] as const), (states) => ({
      home: states.state(participants, participant).registered,
      worker: needed.includes(support) ? states.state(support, participant).worker : undefined,
    }));
    const roles = home ? reaching(asking.roles, caller, { site: home.site, worker }) : [];
    if (!home || roles.length === 0) throw new Unknown('participant');
    return { zone: await this.contexts.zoneOf(home.programme), asking: { ...asking, roles } };
  }

  /** The participant's site, worker and surviving registration at this moment; undefined for one who is not registered, or erased. */
  async whereabouts(participant: string): Promise<(Whereabouts & { readonly mergedInto?: string | undefined }) | undefined> {
    return this.journal.judged([[participants, participant], [support, participant]], (states) => {
      const { registered: home, mergedInto } = states.state(participants, participant);
      return home && { site: home.site, worker: states.state(support, participant).worker, mergedInto };
    });
  }
}
