import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Unknown } from '@cairn/access/denied.js';
import { reaching } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Work } from '@cairn/journal/work.js';
import { settle } from '@cairn/kernel/occurred.js';
import { Refused } from '@cairn/kernel/refused.js';
import { askedOf, circumstancesOf, CLOCK, type Clock } from './case-record.js';
import { occurredBy } from './occurred-by.js';
import type { ParticipantRegistered } from './participants/events.js';
import { participants } from './participants/participants.js';
import { inForce, programme } from './programme/programme.js';
import type { TellingBody } from './telling.js';

/** Two registrations are one person's, or are not after all. */
export class MergeRegistrations extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly what: 'MergeParticipants' | 'UnmergeParticipants',
    readonly kept: string,
    readonly merged: string,
    readonly telling: TellingBody,
  ) {
    super();
  }
}

@CommandHandler(MergeRegistrations)
export class MergeRegistrationsHandler implements ICommandHandler<MergeRegistrations> {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Refused `merge-with-itself`, `participant-erased`, `other-programme`, `merge-circle`, `kept-is-merged`, `already-merged` */
  async execute(command: MergeRegistrations): Promise<Receipt> {
    return this.journal.transact(askedOf(command.asking), await this.workOf(command));
  }

  /** What is to be decided, on which streams. */
  async workOf({ asking, what, kept, merged, telling }: MergeRegistrations): Promise<Work> {
    const homes = await Promise.all([kept, merged].map(async (id) => (await this.journal.state(participants, id)).registered));
    const programmeId = homes.find((home) => home !== undefined)?.programme;
    const on = [kept, merged].map((id) => [participants, id] as const);
    return {
      streams: programmeId === undefined ? on : [...on, [programme, programmeId]],
      admit: (transaction) => {
        for (const id of [kept, merged]) if (!transaction.erased(participants, id)) reached(transaction, asking, id);
      },
      decide: async (transaction) => {
        if (kept === merged) throw new Refused('merge-with-itself', 'A registration cannot be merged with itself. Name the other one.');
        const sides = ([['kept', kept], ['merged', merged]] as const).filter(([, id]) => !transaction.erased(participants, id));
        // Of a merge with one who was erased since, what is left can be told: the other registration goes on by itself.
        if (sides.length < (what === 'MergeParticipants' ? 2 : 1)) throw new Refused('participant-erased', `${sides.length === 0 ? 'Both were' : 'One of them was'} erased: nothing can be read of it, so nothing can be merged with it.`);
        const homes = sides.map(([as, id]) => ({ as, id, home: reached(transaction, asking, id) }));
        if (new Set(homes.map(({ home }) => home.programme)).size > 1) throw new Refused('other-programme', 'These two are registered in different programmes, which share no participants.');
        if (what === 'MergeParticipants') await this.noCircle(transaction, kept, merged);
        for (const { as, id, home } of homes) transaction.decide(participants, id, { type: what, kept, merged, as }, this.circumstances(transaction, asking, home, telling));
      },
    };
  }

  /** @throws Refused when the one to keep lives on, by whichever way, under the one that is to be merged into it */
  private async noCircle(transaction: Transaction, kept: string, merged: string): Promise<void> {
    let next = transaction.state(participants, kept).mergedInto;
    for (const passed = new Set<string>(); next !== undefined && !passed.has(next); next = (await this.journal.state(participants, next)).mergedInto) {
      if (next === merged) throw new Refused('merge-circle', 'The registration to keep is itself merged into the other one. Undo that merge first, or keep the other one.');
      passed.add(next);
    }
  }

  private circumstances(transaction: Transaction, asking: Asking, { programme: id, site }: ParticipantRegistered, telling: TellingBody) {
    const state = transaction.state(programme, id);
    const zone = state.registered?.zone ?? 'UTC';
    const occurred = settle(telling.occurred, zone, this.clock());
    const version = inForce(state, site, occurredBy(occurred, zone, this.clock())) ?? '';
    const [role] = reaching(asking.roles, asking.caller, { site });
    if (role === undefined) throw new Unknown('participant');
    return circumstancesOf(asking, role, { occurred, telling, site, protocol: { programme: id, site, version } });
  }
}

/** @throws Unknown when it is not registered, or out of the caller's reach */
function reached(transaction: Transaction, { roles, caller }: Asking, id: string): ParticipantRegistered {
  const home = transaction.state(participants, id).registered;
  if (!home || reaching(roles, caller, { site: home.site }).length === 0) throw new Unknown('participant');
  return home;
}
