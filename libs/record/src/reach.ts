import { Injectable } from '@nestjs/common';
import { Unknown } from '@cairn/access/denied.js';
import { reaching, type Located, type Whereabouts } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import type { States, StreamRef } from '@cairn/journal/states.js';
import { ProgrammeContexts } from './contexts.js';
import { participants } from './participants/participants.js';
import { support } from './support/support.js';

/** The streams that say whether a caller reaches a participant. Whose caseload they are in is asked for workers alone. */
export function reachStreams(caller: Pick<Caller, 'roles'>, participant: string): StreamRef[] {
  return caller.roles.includes('worker') ? [[participants, participant], [support, participant]] : [[participants, participant]];
}

/** Where a participant is by the states of those streams. */
export function locatedIn(states: States, caller: Pick<Caller, 'roles'>, participant: string): Located {
  const { registered: home } = states.state(participants, participant);
  const worker = caller.roles.includes('worker') ? states.state(support, participant).worker : undefined;
  return { participant, home: home && { site: home.site, programme: home.programme, worker } };
}

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
    const { caller, located } = asking;
    const { home } = located?.participant === participant ? located : await this.journal.judged(reachStreams(caller, participant), (states) => locatedIn(states, caller, participant));
    const roles = home ? reaching(asking.roles, caller, home) : [];
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
