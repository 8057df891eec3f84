import { LRUCache } from 'lru-cache';
import type { Journal } from '@cairn/journal/journal.js';
import type { Process, Reaction } from '@cairn/journal/process.js';
import type { StreamRef } from '@cairn/journal/states.js';
import { streamOf, type Transaction } from '@cairn/journal/transaction.js';
import type { Catalogue, FactOf } from '@cairn/kernel/catalogue.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { type Circumstances, type Entry, type EntryOf, type Fact, type Reason } from '@cairn/kernel/envelope.js';
import { participants } from '../participants/participants.js';
import { inForce, programme } from '../programme/programme.js';
import { occurredBy } from '../occurred-by.js';

type Stream = { readonly events: Catalogue };

/** Where something may have to be done because of an entry. */
export interface Place {
  readonly participant: string;
  /** The participant's streams that are looked at, the one that is written to first. */
  readonly on: readonly [Stream, ...Stream[]];
  /** Streams of others that are looked at. */
  readonly beside?: readonly StreamRef[];
  /** What was said on any of a person's registrations counts for each that it was merged with. */
  readonly person?: true;
}

/** What a rule decides on: the streams of the place as they stand, whichever entry it is given them for. */
export interface Look {
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

export function caseProcesses(journal: Journal, rules: readonly CaseProcess[]): Process[] {
  const registrations = new Registrations(journal);
  return rules.map((rule) => {
    const reactions = new Reactions(journal, rule, registrations);
    const reactionsAmong = async (place: Place): Promise<Reaction[]> => {
      if (!place.person) return reactions.at(place, []);
      // A merge while this is decided is an entry of its own, on both registrations.
      const person = await registrations.mergedWith(place.participant);
      return (await Promise.all(person.map((participant) => reactions.at({ ...place, participant }, person.filter((id) => id !== participant))))).flat();
    };
    const reactionsIn = async (places: readonly Place[]): Promise<Reaction[]> => (await Promise.all(places.map(reactionsAmong))).flat();
    return {
      name: rule.name,
      from: 'beginning',
      react(entry) {
        if (isMerge(entry.type)) registrations.forget();
        const places = rule.places(entry);
        if ('then' in places) return places.then(reactionsIn);
        // Most entries concern few rules, and people of whom nothing needs to be asked.
        if (places.length === 0) return [];
        const known = places.map((place) => reactions.known(place));
        return known.every((each) => each !== undefined) ? known : reactionsIn(places);
      },
    };
  });
}

/** By what a transaction knows. */
class Looking implements Look {
  readonly participant: string;

  constructor(
    private readonly place: Place,
    private readonly others: readonly string[],
    private readonly transaction: Transaction,
    readonly idOf: Look['idOf'],
  ) {
    this.participant = place.participant;
  }

  get on(): Stream {
    return this.place.on[0];
  }

  get beside(): readonly StreamRef[] {
    return this.place.beside ?? [];
  }

  state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id = this.participant): State {
    return this.transaction.state(decider, id);
  }

  person<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>): State[] {
    return [this.participant, ...this.others].map((id) => this.transaction.state(decider, id));
  }

  standing(stream: Stream): ReadonlySet<string> {
    return new Set(this.transaction.standing(stream, this.participant).map(({ id }) => id));
  }
}

/** What a rule does in a place, whichever entry led there. */
class Reactions {
  constructor(
    private readonly journal: Journal,
    private readonly rule: CaseProcess,
    private readonly registrations: Registrations,
  ) {}

  /** Undefined where something has to be asked first. */
  known(place: Place): Reaction | undefined {
    const home = this.registrations.homeOfOne(place.participant);
    return home === undefined ? undefined : this.made(place, [], home);
  }

  /** @param others the person's other registrations */
  async at(place: Place, others: readonly string[]): Promise<Reaction[]> {
    const { programme: home } = await this.registrations.of(place.participant);
    // Of whoever was erased nothing is left that could be decided on.
    return home === undefined ? [] : [this.made(place, others, home)];
  }

  private made(place: Place, others: readonly string[], home: string): Reaction {
    const { participant, on, beside = [] } = place;
    const streams: StreamRef[] = on.map((stream) => [stream, participant]);
    if (!on.includes(participants)) streams.push([participants, participant]);
    streams.push(...beside, ...others.map((id) => [participants, id] as const), [programme, home]);
    const names = streams.map(([decider, id]) => streamOf(decider, id));
    return { target: streamOf(on[0], participant), place: `${place.person ?? false} ${names.join()}`, streams, decide: this.decider(place, others) };
  }

  private decider(place: Place, others: readonly string[]): Reaction['decide'] {
    const { participant, person } = place;
    const idOf = (...words: readonly string[]) => this.journal.names.idOf(this.rule.name, ...words);
    return (transaction, because) => {
      if (!transaction.state(participants, participant).registered) return;
      // The log is ahead of whoever follows it. What was merged or separated there comes as an entry of its own, and leads here again with those it is about, in their order.
      if (person && !isOnePerson([participant, ...others], transaction)) return;
      const acts = this.rule.decide(new Looking(place, others, transaction, idOf));
      if (acts.length === 0) return;
      const told = because();
      const circumstances = { ...told, protocol: protocolOf(transaction, participant, told) };
      for (const { on: decider, command, reason } of acts) transaction.decide(decider, participant, command, { ...circumstances, ...(reason && { reason }) });
    };
  }
}

/** Whether these are all registrations of one person, and nobody else's. Of one that was erased nothing tells any more, and nothing needs to. */
function isOnePerson(registrations: readonly string[], transaction: Transaction): boolean {
  const found = registrations.map((id) => transaction.state(participants, id)).filter(({ registered }) => registered);
  const linked = found.flatMap(({ mergedInto, merged }) => [...merged, ...(mergedInto === undefined ? [] : [mergedInto])]);
  return found.filter(({ mergedInto }) => mergedInto === undefined).length === 1 && linked.every((id) => registrations.includes(id));
}

interface Registration {
  /** Never another than the one they were registered in; undefined of whoever was erased, or not registered yet. */
  readonly programme: string | undefined;
  readonly mergedInto: string | undefined;
  readonly merged: readonly string[];
}

/** Where participants belong, asked once for all rules. Every entry passes by them, so what is known of merges is right until one does. */
class Registrations {
  private readonly known = new LRUCache<string, Registration>({ max: 10_000 });
  private asked = new Map<string, Promise<Registration>>();

  constructor(private readonly journal: Journal) {}

  async of(participant: string): Promise<Registration> {
    const asked = this.known.get(participant) ?? this.asked.get(participant) ?? this.ask(participant);
    return asked;
  }

  /** The programme of somebody with no other registration, if it is known. */
  homeOfOne(participant: string): string | undefined {
    const known = this.known.get(participant);
    return known && known.mergedInto === undefined && known.merged.length === 0 ? known.programme : undefined;
  }

  /** All registrations of one person, each before the one it is merged into: that one's streams are seen with what the others hold, and so with what was done there. */
  async mergedWith(participant: string): Promise<string[]> {
    const passed = new Set<string>();
    let survivor = participant;
    for (let next: string | undefined = participant; next !== undefined && !passed.has(next); next = (await this.of(next)).mergedInto) passed.add((survivor = next));
    const all = new Set([survivor]);
    for (const registration of all) for (const merged of (await this.of(registration)).merged) all.add(merged);
    return [...all].reverse();
  }

  forget(): void {
    this.known.clear();
    this.asked = new Map();
  }

  /** What is not known yet is asked for again. */
  private ask(participant: string): Promise<Registration> {
    const { asked } = this;
    const answer = this.journal.state(participants, participant).then(({ registered, mergedInto, merged }) => {
      const found = { programme: registered?.programme, mergedInto, merged };
      if (found.programme !== undefined && asked === this.asked) this.known.set(participant, found);
      return found;
    });
    asked.set(participant, answer);
    const done = () => asked.delete(participant);
    void answer.then(done, done);
    return answer;
  }
}

/** As with what people record: the version in force at the participant's site on the day. */
function protocolOf(transaction: Transaction, participant: string, { occurred }: Circumstances): NonNullable<Circumstances['protocol']> {
  const { programme: id = '', site = '' } = transaction.state(participants, participant).registered ?? {};
  return { programme: id, site, version: inForce(transaction.state(programme, id), site, occurredBy(occurred, occurred.zone, occurred.at ?? '')) ?? '' };
}
