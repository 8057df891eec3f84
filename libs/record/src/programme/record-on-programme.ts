import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import { checkZone, settle } from '@cairn/kernel/occurred.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { askedOf, circumstancesOf, CLOCK, type Clock } from '../case-record.js';
import { programme, type ProgrammeCommand } from './programme.js';

export class RecordOnProgramme extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly programme: string,
    readonly command: ProgrammeCommand,
  ) {
    super();
  }
}

@CommandHandler(RecordOnProgramme)
export class RecordOnProgrammeHandler implements ICommandHandler<RecordOnProgramme> {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ asking, programme: id, command }: RecordOnProgramme): Promise<Receipt> {
    if (command.type === 'LockDataset' && !(await this.journal.hasCome(command.facts.position)))
      throw new Invalid([{ field: 'position', message: 'is no position of this record: copy it from the manifest of the cut' }]);
    const asked = askedOf(asking);
    return this.journal.transact(asked, {
      streams: [[programme, id]],
      decide: (transaction) => {
        const zone = command.type === 'RegisterProgramme' ? command.facts.zone : (transaction.state(programme, id).registered?.zone ?? 'UTC');
        if (command.type === 'RegisterProgramme') checkZone(zone, 'zone');
        const [role] = asking.roles;
        if (role === undefined) return;
        transaction.decide(programme, id, command, circumstancesOf(asking, role, { occurred: settle(undefined, zone, this.clock()), telling: {} }));
      },
    });
  }
}
