import { LRUCache } from 'lru-cache';
import type { Journal } from '@cairn/journal/journal.js';
import type { Process, Reaction } from '@cairn/journal/process.js';
import type { StreamRef } from '@cairn/journal/states.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Catalogue, FactOf } from '@cairn/kernel/catalogue.js';
import type { Decider } from '@cairn/kernel/decider.js';
import type { Circumstances, Entry, EntryOf, Fact, Reason } from '@cairn/kernel/envelope.js';
import { participants } from '../participants/participants.js';
import { inForce, programme } from '../programme/programme.js';
import { occurredBy } from '../case-record.js';

type Stream = { readonly events: Catalogue };

/** Where something may have to be done because of an entry. */
export interface Place {
  readonly participant: string;
  /** The participant's streams that are looked at, the one that is written to first. */
  readonly on: readonly Stream[];
  /** Streams of others that are looked at. */
  readonly beside?: readonly StreamRef[];
}

/** What a rule decides on: the entry it was given, and the streams of the place as they stand. */
export interface Look {
  readonly cause: Entry;
  readonly participant: string;
  /** The stream that is written to. */
  readonly on: Stream;
  readonly beside: readonly StreamRef[];
  /** Of the participant's stream, or of the one with another id. */
  state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id?: string): State;
  /** Ids of the entries that stand on a stream of the participant. */
  standing(stream: Stream): ReadonlySet<string>;
  /** The same id for the same words, always: what a rule raises because of one state of affairs it raises once. */
  idOf(...words: readonly string[]): string;
}

/** One command to a decider of the participant's. */
export interface Act {
  readonly on: Decider<unknown, unknown, Fact>;
  readonly command: unknown;
  readonly reason?: Reason;
}

export function act<State, Command, Event extends Fact>(on: Decider<State, Command, Event>, command: Command, reason?: Reason): Act {
  return { on, command, ...(reason && { reason }) };
}

type Folds<State, C extends Catalogue> = { readonly [T in FactOf<C>['type']]?: (state: State, entry: EntryOf<Extract<FactOf<C>, { type: T }>>) => State };

/** What a rule needs to know of a stream's facts, folded as its decider's state is; other facts change nothing of it. */
export function view<State, C extends Catalogue>(events: C, initial: State, folds: Folds<NoInfer<State>, C>): Decider<State, never, FactOf<C>> {
  const byType = new Map(Object.entries(folds as unknown as Record<string, (state: State, entry: EntryOf<Fact>) => State>));
  return { events, initial, decide: () => [], evolve: (state, entry) => byType.get(entry.type)?.(state, entry) ?? state };
}

/**
 * A rule about single participants. It decides on the state of affairs and not on what has just changed, so it comes to the same end
 * whatever order things were recorded in, and does nothing where nothing is left to do.
 */
export interface CaseProcess {
  readonly name: string;
  readonly places: (entry: Entry) => readonly Place[] | Promise<readonly Place[]>;
  readonly decide: (look: Look) => readonly Act[];
}

export function caseProcess(journal: Journal, { name, places, decide }: CaseProcess): Process {
  const idOf: Look['idOf'] = (...words) => journal.names.idOf(name, ...words);
  // Never another than the one a participant was registered in: known once, it need not be asked again.
  const programmes = new LRUCache<string, string>({ max: 10_000 });
  const programmeOf = async (participant: string) => {
    const known = programmes.get(participant) ?? (await journal.state(participants, participant)).registered?.programme;
    if (known !== undefined) programmes.set(participant, known);
    return known;
  };
  const reactionIn = async (cause: Entry, { participant, on, beside = [] }: Place): Promise<Reaction[]> => {
    const [first] = on;
    const home = await programmeOf(participant);
    // Of whoever was erased nothing is left that could be decided on.
    if (home === undefined || !first) return [];
    const own = [...new Set<Stream>([...on, participants])].map((stream) => [stream, participant] as const);
    return [
      {
        target: `${first.events.stream}-${participant}`,
        streams: [...own, ...beside, [programme, home]],
        decide: (transaction, because) => {
          const look: Look = {
            cause,
            participant,
            on: first,
            beside,
            state: (decider, id = participant) => transaction.state(decider, id),
            standing: (stream) => new Set(transaction.standing(stream, participant).map(({ id }) => id)),
            idOf,
          };
          if (!transaction.state(participants, participant).registered) return;
          const circumstances = { ...because, protocol: protocolOf(transaction, participant, because) };
          for (const { on: decider, command, reason } of decide(look)) transaction.decide(decider, participant, command, { ...circumstances, ...(reason && { reason }) });
        },
      },
    ];
  };
  return {
    name,
    from: 'beginning',
    react: async (entry) => (await Promise.all((await places(entry)).map((place) => reactionIn(entry, place)))).flat(),
  };
}

/** As with what people record: the version in force at the participant's site on the day. */
function protocolOf(transaction: Transaction, participant: string, { occurred }: Circumstances): NonNullable<Circumstances['protocol']> {
  const { programme: id = '', site = '' } = transaction.state(participants, participant).registered ?? {};
  return { programme: id, site, version: inForce(transaction.state(programme, id), site, occurredBy(occurred, occurred.zone, occurred.at ?? '')) ?? '' };
}
