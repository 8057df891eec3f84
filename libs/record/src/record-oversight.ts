import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Unknown } from '@cairn/access/denied.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import type { StreamRef } from '@cairn/journal/states.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Circumstances } from '@cairn/kernel/envelope.js';
import { settle } from '@cairn/kernel/occurred.js';
import { askedOf, circumstancesOf, CLOCK, type Clock } from './case-record.js';
import { programme } from './programme/programme.js';
import type { TellingBody } from './telling.js';

/** Facts about who has access, and about the conduct of a programme: they happen as they are recorded. */
export class RecordOversight extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly stream: StreamRef,
    readonly telling: Pick<TellingBody, 'because'>,
    readonly decide: (transaction: Transaction, circumstances: Circumstances) => void,
    /** The programme it is about, which must be there. */
    readonly programme?: string,
  ) {
    super();
  }
}

@CommandHandler(RecordOversight)
export class RecordOversightHandler implements ICommandHandler<RecordOversight> {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Unknown when there is no such programme */
  execute({ asking, stream, telling, decide, programme: id }: RecordOversight): Promise<Receipt> {
    return this.journal.transact(askedOf(asking), {
      streams: [stream, ...(id === undefined ? [] : [[programme, id] as const])],
      decide: (transaction) => {
        const { registered } = id === undefined ? programme.initial : transaction.state(programme, id);
        if (id !== undefined && !registered) throw new Unknown('programme');
        const [role] = asking.roles;
        if (role === undefined) return;
        decide(transaction, circumstancesOf(asking, role, { occurred: settle(undefined, registered?.zone ?? 'UTC', this.clock()), telling }));
      },
    });
  }
}
