import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import { Unknown } from '@cairn/access/denied.js';
import { reaching } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Asked, Receipt } from '@cairn/journal/asked.js';
import { Journal } from '@cairn/journal/journal.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Work } from '@cairn/journal/work.js';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { CorrectionCommand, Holding } from '@cairn/kernel/correct.js';
import type { Decider } from '@cairn/kernel/decider.js';
import type { Effective } from '@cairn/kernel/history.js';
import type { Circumstances, Fact, Reason } from '@cairn/kernel/envelope.js';
import { settle, type Occurred } from '@cairn/kernel/occurred.js';
import { Invalid } from '@cairn/kernel/refused.js';
import { elsewhere, stayHome } from './elsewhere.js';
import { standingOf, tellsLate } from './gate.js';
import { occurredBy } from './occurred-by.js';
import { participants } from './participants/participants.js';
import { drawConsequences } from './review/consequences.js';
import { reviewOf } from './review/review.js';
import { inForce, programme, sectionsOf } from './programme/programme.js';
import { everAssigned } from './support/ever-assigned.js';
import { support } from './support/support.js';
import { saysWhen, type TellingBody } from './telling.js';

type Stream = { readonly events: Catalogue };

/** What a controller decides with: the case as it stands, and the two ways to add to it. */
export interface Case {
  readonly participant: string;
  /** Section ids of each workbook version the programme has published. */
  readonly published: Readonly<Record<string, readonly string[]>>;
  readonly zone: string;
  readonly protocolVersion: string;
  /** When it happened, completed from the present where nothing was said. */
  readonly occurred: Occurred;
  /** The same, only when it was said: what decides whether two tellings are one fact. */
  readonly told: Occurred | undefined;
  decide<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, command: Command): void;
  correct<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, command: CorrectionCommand): void;
  /** Gives an entry to the participant the request names beside this one. */
  give(stream: Holding, entry: string): void;
  /** The entries of a stream as they stand. */
  standing(stream: Stream): readonly Effective[];
}

/** What a request is about beside the participant; not there, it is answered as what does not exist. */
export interface Sought {
  readonly what: 'entry' | 'query';
  /** Entries of the streams named. */
  readonly entries?: readonly string[];
  /** Another participant whom it touches, within the caller's reach as well. */
  readonly receiver?: string;
}

/**
 * Facts about one participant, recorded on the named streams together or not at all; the first is the one the request is about.
 * None means that what is sought is on no stream the caller may see.
 */
export class RecordOnCase extends Command<Receipt> {
  constructor(
    readonly asking: Asking,
    readonly participant: string,
    readonly telling: TellingBody,
    readonly on: readonly Stream[],
    readonly record: (theCase: Case) => void,
    readonly sought: Sought = { what: 'entry' },
  ) {
    super();
  }
}

/** The present, as an RFC 3339 instant. */
export type Clock = () => string;
export const CLOCK = Symbol('clock');

@CommandHandler(RecordOnCase)
export class RecordOnCaseHandler implements ICommandHandler<RecordOnCase> {
  private readonly programmes = new LRUCache<string, string>({ max: 10_000 });

  constructor(
    private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Unknown when there is no such participant within the caller's reach, before anything else is told */
  async execute(command: RecordOnCase): Promise<Receipt> {
    return this.journal.transact(askedOf(command.asking), await this.workOf(command));
  }

  /** What is to be decided, on which streams. */
  async workOf({ asking, participant, telling, on, record, sought }: RecordOnCase): Promise<Work> {
    const needed = asking.caller.roles.includes('worker') ? [...on, participants, support] : [...on, participants];
    const whose = touchedBy(participant, sought);
    const streams = whose.flatMap((id) => needed.map((decider) => [decider, id] as const));
    const programmeId = this.programmes.get(participant) ?? (await this.programmeOf(participant));
    return {
      streams: programmeId === undefined ? streams : [...streams, [programme, programmeId]],
      admit: (transaction) => {
        for (const id of whose) this.admit(transaction, asking, id);
        if (on.length === 0 || sought.entries?.some((entry) => !on.some((stream) => transaction.knows(stream, participant, entry)))) throw new Unknown(sought.what);
      },
      decide: async (transaction) => {
        const { registered: home, mergedInto } = transaction.state(participants, participant);
        if (!home) throw new Unknown('participant');
        const state = transaction.state(programme, home.programme);
        const zone = state.registered?.zone ?? 'UTC';
        const now = this.clock();
        const occurred = settle(telling.occurred, zone, now);
        const version = inForce(state, home.site, occurredBy(occurred, zone, now)) ?? '';
        const role = this.admit(transaction, asking, participant);
        const circumstances = circumstancesOf(asking, role, { occurred, telling, site: home.site, protocol: { programme: home.programme, site: home.site, version } });
        const merged = mergedInto === undefined ? undefined : await elsewhere(this.journal, asking, mergedInto);
        const receiverMergedInto = sought.receiver && transaction.state(participants, sought.receiver).mergedInto;
        const receiverMerged = receiverMergedInto === undefined ? undefined : await elsewhere(this.journal, asking, receiverMergedInto);
        record({
          participant,
          published: sectionsOf(state),
          zone,
          protocolVersion: version,
          occurred,
          told: toldOf(telling, occurred),
          decide: (decider, command) => {
            // What is said of entries already there stays with them; what is new is recorded where the person lives on.
            if (merged && on.some(({ events }) => events === decider.events)) throw merged;
            transaction.decide(decider, participant, command, circumstances);
          },
          correct: (decider, command) => transaction.correct(decider, participant, command, circumstances, [reviewOf(decider.events) as unknown as Holding]),
          give: (decider, entry) => {
            const { receiver = participant } = sought;
            if (receiverMerged) throw receiverMerged;
            stayHome(home, transaction.state(participants, receiver).registered);
            const there = { id: receiver, circumstances: { ...circumstances, actor: { ...circumstances.actor, role: this.admit(transaction, asking, receiver) } } };
            transaction.reattribute(decider, entry, { id: participant, circumstances }, there, [reviewOf(decider.events)]);
          },
          standing: (stream) => transaction.standing(stream, participant),
        });
        // What follows, follows now, whenever the fact itself happened.
        const following = () => ({ ...circumstances, occurred: settle(undefined, zone, now) });
        for (const id of whose) for (const stream of on) drawConsequences(transaction, stream, id, following);
      },
    };
  }

  /** Never another than the one a participant was registered in: known once, it need not be asked again. */
  private async programmeOf(participant: string): Promise<string | undefined> {
    const found = (await this.journal.state(participants, participant)).registered?.programme;
    if (found !== undefined) this.programmes.set(participant, found);
    return found;
  }

  /** The role through which the caller reaches the participant, on the journal's own state. */
  private admit(transaction: Transaction, asking: Asking, participant: string): Role {
    const { caller, roles } = asking;
    const home = transaction.state(participants, participant).registered;
    // What a leaver tells late is of whom they had, who by now is somebody else's.
    const had = caller.staff !== undefined && tellsLate(asking, transaction) && transaction.state(everAssigned, participant).includes(caller.staff);
    const worker = had ? caller.staff : caller.roles.includes('worker') ? transaction.state(support, participant).worker : undefined;
    const [role] = home ? reaching(roles, caller, { site: home.site, worker }) : [];
    if (role === undefined) throw new Unknown('participant');
    return role;
  }
}

/** The participants a request is about, the one in its path first. */
export function touchedBy(participant: string, { receiver = participant }: Sought): string[] {
  return receiver === participant ? [participant] : [participant, receiver];
}

/** When it happened, only where somebody said so: what was completed from the present tells nothing about sameness. */
export function toldOf(telling: TellingBody, occurred: Occurred): Occurred | undefined {
  return saysWhen(telling) ? occurred : undefined;
}

export function askedOf(asking: Asking): Asked {
  const { caller, roles, method, path, body, requestId, idempotencyKey, ifMatch } = asking;
  const standing = standingOf(asking);
  const role = roles[0];
  if (role === undefined) throw new Error('A request without a granted role reaches no command.');
  return {
    method,
    path,
    body,
    actor: { id: caller.id, role },
    source: 'api',
    requestId,
    ...(saysWhen(body) && { dated: true as const }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(standing && { standing }),
  };
}

interface Where {
  readonly occurred: Occurred;
  readonly telling: TellingBody;
  readonly site?: string;
  readonly protocol?: Circumstances['protocol'];
}

export function circumstancesOf({ caller, requestId }: Asking, role: Role, { occurred, telling, site, protocol }: Where): Circumstances {
  const reason: Reason | undefined = telling.because;
  return {
    occurred,
    actor: { id: caller.id, role, ...(site !== undefined && { site }), ...(caller.staff !== undefined && { staff: caller.staff }) },
    source: telling.via ?? 'api',
    correlationId: requestId,
    ...(reason && { reason }),
    ...(protocol && { protocol }),
  };
}

/** Who came to a session: the caller, unless the body names another. @throws Invalid */
export function workerOf({ caller }: Asking, { worker = caller.staff }: { worker?: string }): string {
  if (worker === undefined) throw new Invalid([{ field: 'worker', message: 'say who came: your own token names no staff member' }]);
  return worker;
}
