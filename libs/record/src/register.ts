import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Unknown } from '@cairn/access/denied.js';
import { reaching } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import { settle } from '@cairn/kernel/occurred.js';
import { askedOf, circumstancesOf, CLOCK, toldOf, type Clock } from './case-record.js';
import { named } from '@cairn/kernel/named.js';
import { inForce, programme } from './programme/programme.js';
import type { TellingBody } from './telling.js';
import { occurredBy } from './occurred-by.js';
import { participants } from './participants/participants.js';
import { studyNumber, studyNumbers } from './participants/study-numbers.js';

export class RegisterParticipant extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly participant: string,
    readonly telling: TellingBody,
    readonly home: { readonly programme: string; readonly site: string },
  ) {
    super();
  }
}

@CommandHandler(RegisterParticipant)
export class RegisterParticipantHandler implements ICommandHandler<RegisterParticipant> {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The registration and its study number are recorded together, so no number is given twice and none is lost. */
  execute({ asking, participant, telling, home }: RegisterParticipant): Promise<Receipt> {
    const [role] = reaching(asking.roles, asking.caller, { site: home.site });
    const numbering = `${home.programme}.${home.site}`;
    return this.journal.transact(askedOf(asking), {
      streams: [[participants, participant], [programme, home.programme], [studyNumbers, numbering]],
      decide: (transaction) => {
        const state = transaction.state(programme, home.programme);
        // The site's activation is a hard rule on another stream: nobody is registered under a programme that has just changed.
        transaction.check(programme, home.programme);
        const site = named(state.sites, home.site);
        if (!state.registered) throw new Unknown('programme');
        if (!site || role === undefined) throw new Unknown('site');
        const occurred = settle(telling.occurred, state.registered.zone, this.clock());
        const version = inForce(state, home.site, occurredBy(occurred, state.registered.zone, this.clock())) ?? '';
        const circumstances = circumstancesOf(asking, role, { occurred, telling, site: home.site, protocol: { ...home, version } });
        const known = transaction.state(participants, participant).registered;
        if (!known) transaction.decide(studyNumbers, numbering, { type: 'IssueStudyNumber' }, circumstances);
        const number = known?.studyNumber ?? studyNumber(site.code, transaction.state(studyNumbers, numbering).last);
        transaction.decide(participants, participant, { type: 'RegisterParticipant', occurred: toldOf(telling, occurred), ...home, studyNumber: number }, circumstances);
      },
    });
  }
}
