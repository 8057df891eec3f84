import { LRUCache } from 'lru-cache';
import type { Journal } from '@cairn/journal/journal.js';
import type { Process, Reaction } from '@cairn/journal/process.js';
import type { StreamRef } from '@cairn/journal/states.js';
import type { Transaction } from '@cairn/journal/transaction.js';
import type { Catalogue, FactOf } from '@cairn/kernel/catalogue.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { type Circumstances, type Entry, type EntryOf, type Fact, type Reason } from '@cairn/kernel/envelope.js';
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
  /** What was said on any of a person's registrations counts for each that it was merged with. */
  readonly person?: true;
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
  /** Of this registration's stream, and of those it was merged with. */
  person<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>): State[];
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
  const programmeOf = programmes(journal);
  const registrations = new LRUCache<string, string[]>({ max: 10_000 });
  const registrationsOf = async (participant: string) => {
    const known = registrations.get(participant) ?? (await mergedWith(journal, participant));
    registrations.set(participant, known);
    return known;
  };
  const reactionIn = async (cause: Entry, { participant, on: [first, ...more], beside = [] }: Place, others: readonly string[]): Promise<Reaction[]> => {
    const home = await programmeOf(participant);
    // Of whoever was erased nothing is left that could be decided on.
    if (home === undefined || !first) return [];
    const own = [...new Set<Stream>([first, ...more, participants])].map((stream) => [stream, participant] as const);
    const decideHere: Reaction['decide'] = (transaction, because) => {
      if (!transaction.state(participants, participant).registered) return;
      const circumstances = { ...because, protocol: protocolOf(transaction, participant, because) };
      const look: Look = {
        cause,
        participant,
        on: first,
        beside,
        state: (decider, id = participant) => transaction.state(decider, id),
        person: (decider) => [participant, ...others].map((id) => transaction.state(decider, id)),
        standing: (stream) => new Set(transaction.standing(stream, participant).map(({ id }) => id)),
        idOf,
      };
      for (const { on: decider, command, reason } of decide(look)) transaction.decide(decider, participant, command, { ...circumstances, ...(reason && { reason }) });
    };
    return [{ target: `${first.events.stream}-${participant}`, streams: [...own, ...beside, ...others.map((id) => [participants, id] as const), [programme, home]], decide: decideHere }];
  };
  const reactionsAt = async (cause: Entry, place: Place): Promise<Reaction[]> => {
    if (!place.person) return reactionIn(cause, place, []);
    // A merge while this is decided is an entry of its own, on both registrations.
    const person = await registrationsOf(place.participant);
    return (await Promise.all(person.map((participant) => reactionIn(cause, { ...place, participant }, person.filter((id) => id !== participant))))).flat();
  };
  return {
    name,
    from: 'beginning',
    async react(entry) {
      // Every entry passes here, so what was known of merges is right until one does.
      if (isMerge(entry.type)) registrations.clear();
      return (await Promise.all((await places(entry)).map((place) => reactionsAt(entry, place)))).flat();
    },
  };
}

/** The programme of a participant: never another than the one they were registered in, so known once it need not be asked again. */
function programmes(journal: Journal): (participant: string) => Promise<string | undefined> {
  const known = new LRUCache<string, string>({ max: 10_000 });
  return async (participant) => {
    const found = known.get(participant) ?? (await journal.state(participants, participant)).registered?.programme;
    if (found !== undefined) known.set(participant, found);
    return found;
  };
}

/** All registrations of one person, each before the one it is merged into: that one's streams are seen with what the others hold, and so with what was done there. */
async function mergedWith(journal: Journal, participant: string): Promise<string[]> {
  const passed = new Set<string>();
  let survivor = participant;
  for (let next: string | undefined = participant; next !== undefined && !passed.has(next); next = (await journal.state(participants, next)).mergedInto) passed.add((survivor = next));
  const all = new Set([survivor]);
  for (const registration of all) for (const merged of (await journal.state(participants, registration)).merged) all.add(merged);
  return [...all].reverse();
}

/** As with what people record: the version in force at the participant's site on the day. */
function protocolOf(transaction: Transaction, participant: string, { occurred }: Circumstances): NonNullable<Circumstances['protocol']> {
  const { programme: id = '', site = '' } = transaction.state(participants, participant).registered ?? {};
  return { programme: id, site, version: inForce(transaction.state(programme, id), site, occurredBy(occurred, occurred.zone, occurred.at ?? '')) ?? '' };
}
