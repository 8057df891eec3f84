import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Unknown } from '@cairn/access/denied.js';
import { reachingStaff } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import { named } from '@cairn/kernel/named.js';
import { settle, type Occurred } from '@cairn/kernel/occurred.js';
import { askedOf, circumstancesOf, CLOCK, toldOf, type Clock } from './case-record.js';
import { programme } from './programme/programme.js';
import type { Engaged, MeetingHeld } from './staff/events.js';
import { meetings } from './staff/meetings.js';
import { engagedAt, staff, type StaffCommand } from './staff/staff.js';
import type { TellingBody } from './telling.js';

/** Facts about members of staff, recorded on the streams of all of them or of none. */
export class RecordOnStaff extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly people: readonly string[],
    readonly telling: TellingBody,
    /** Told for each; `occurred` only where it was said. */
    readonly command: (occurred: Occurred | undefined) => StaffCommand,
    /** An engagement begins somewhere; a meeting is one fact beside those about the people. */
    readonly also: { readonly home?: Engaged; readonly meeting?: { readonly id: string; readonly facts: MeetingHeld } } = {},
  ) {
    super();
  }
}

@CommandHandler(RecordOnStaff)
export class RecordOnStaffHandler implements ICommandHandler<RecordOnStaff> {
  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Unknown when somebody named is nobody, or works where the caller has no say, before anything else is told */
  async execute({ asking, people, telling, command, also: { home, meeting } }: RecordOnStaff): Promise<Receipt> {
    const [first = ''] = people;
    const programmeId = home?.programme ?? engagedAt(await this.journal.state(staff, first)).at(-1)?.programme;
    return this.journal.transact(askedOf(asking), {
      streams: [
        ...(meeting ? [[meetings, meeting.id] as const] : []),
        ...people.map((person) => [staff, person] as const),
        ...(programmeId === undefined ? [] : [[programme, programmeId] as const]),
      ],
      admit: (transaction) => {
        for (const person of people) this.roleFor(transaction, asking, person, home);
      },
      decide: (transaction) => {
        const { registered, sites } = programmeId === undefined ? programme.initial : transaction.state(programme, programmeId);
        if (!registered) throw new Unknown('programme');
        if (home && !named(sites, home.site)) throw new Unknown('site');
        const occurred = settle(telling.occurred, registered.zone, this.clock());
        const told = toldOf(telling, occurred);
        const circumstances = (person: string) => circumstancesOf(asking, this.roleFor(transaction, asking, person, home), { occurred, telling });
        if (meeting) transaction.decide(meetings, meeting.id, { type: 'HoldMeeting', occurred: told, facts: meeting.facts }, circumstances(first));
        for (const person of people) transaction.decide(staff, person, command(told), circumstances(person));
      },
    });
  }

  /** On the journal's own state. Whoever engages somebody must have a say where it is. */
  private roleFor(transaction: Transaction, { caller, roles }: Asking, person: string, home: Engaged | undefined): Role {
    const sites = home ? [home.site] : engagedAt(transaction.state(staff, person)).map(({ site }) => site);
    const [role] = home || sites.length > 0 ? reachingStaff(roles, caller, person, sites) : [];
    if (role === undefined) throw new Unknown(home ? 'site' : 'staff');
    return role;
  }
}
