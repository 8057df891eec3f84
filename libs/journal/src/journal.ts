import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { subjectOf, type Entry, type Fact } from '@cairn/kernel/envelope.js';
import { EventIdHeld, NO_STREAM, StaleRevision, StoreBusy, type EventStore } from '@cairn/kernel/event-store.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { Refused } from '@cairn/kernel/refused.js';
import type { Keyring } from '@cairn/privacy/keyring.js';
import { KeyReused, Stale, type Asked, type Receipt } from './asked.js';
import { Codec, type Keys } from './codec.js';
import { isPinned, matches } from './if-match.js';
import { earlierOf, type CommandNames } from './earlier.js';
import { Names } from './names.js';
import { besideOthers } from './persons.js';
import type { States, StreamRef } from './states.js';
import { StreamView, together } from './stream-view.js';
import { streamOf, Transaction } from './transaction.js';
import { Turns } from './turns.js';

export interface Work {
  /** The streams the work may touch, the one the request is about first. */
  readonly streams: readonly StreamRef[];
  /** Whether the caller may do this here; asked before anything is told of the record. Throws when not. */
  readonly admit?: ((transaction: Transaction) => void) | undefined;
  /** Decides. It may run several times, so it does nothing else. */
  readonly decide: (transaction: Transaction) => void | Promise<void>;
}

const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 64;
const CACHED_ENTRIES = 20_000;

/** The one door: every event of the record enters and leaves here. */
export class Journal {
  readonly names: Names;
  private readonly codec: Codec;
  /** The kind of stream that merges are recorded on. */
  private readonly mergesOn: string | undefined;
  private readonly turns = new Turns();
  private readonly cache = new LRUCache<string, StreamView>({ maxSize: CACHED_ENTRIES, sizeCalculation: ({ entries }) => entries.length + 1 });

  constructor(
    private readonly store: EventStore,
    keyring: Keyring,
    catalogues: readonly Catalogue[],
  ) {
    this.codec = new Codec(keyring, catalogues);
    this.names = new Names((label) => keyring.derive(label));
    this.mergesOn = catalogues.find(({ definitions }) => Object.keys(definitions).some(isMerge))?.stream;
  }

  /**
   * Decides a request on fresh state and records the outcome on all its streams or on none, exactly once.
   * Order: admission, command id, If-Match, decision. A race lost is decided again on the newer state, never when If-Match names it.
   *
   * @throws Refused, Invalid what the deciders and admission say
   * @throws KeyReused the Idempotency-Key came with another body
   * @throws Stale If-Match is not where the stream stands
   * @throws StoreBusy the race was lost too often, or the store's queue is full
   */
  async transact(asked: Asked, work: Work): Promise<Receipt> {
    const command = { commandId: this.names.commandId(asked), fingerprint: this.names.fingerprint(asked) };
    const until = performance.now() + PATIENCE_MS;
    const attempt = () => {
      if (performance.now() > until) throw new StoreBusy('Too many others are writing to the same record at this moment. Try again shortly.');
      return this.attempt(asked, work, command);
    };
    let contested = streamsOf(asked, work).find((stream) => this.turns.isWanted(stream));
    for (let lost = 0; ; lost++) {
      const outcome = contested === undefined ? await attempt() : await this.turns.take(contested, attempt);
      if (!('lost' in outcome)) return outcome;
      contested = outcome.lost;
      // Others of another process went first. Whoever waits a little, and not as long as the others, does not lose to all of them again.
      if (lost > 0) await pause(Math.random() * Math.min(2 ** lost, LONGEST_PAUSE_MS));
    }
  }

  /**
   * Which of some works would record something as the record stands now; their streams are read all at once, and nothing is recorded.
   * One that cannot be decided counts too: `transact` says why.
   */
  async rehearse(works: readonly Pick<Work, 'streams' | 'decide'>[]): Promise<boolean[]> {
    const { views } = await this.loadPersons([...new Set(works.flatMap(({ streams }) => streams.map(([decider, id]) => streamOf(decider, id))))]);
    return Promise.all(
      works.map(async ({ decide }) => {
        const transaction = new Transaction(views, this.names, { commandId: '', fingerprint: '' });
        const decided = await Promise.resolve(transaction).then(decide).then(() => true, () => false);
        return !decided || [...transaction.writes.values()].some(({ events }) => events.length > 0);
      }),
    );
  }

  /** Or the stream on which the race was lost. */
  private async attempt(asked: Asked, { streams, admit, decide }: Work, command: CommandNames): Promise<Receipt | { readonly lost: string }> {
    const standing = asked.standing?.streams ?? [];
    const { names, views, keys, transaction } = await this.begin(asked, { streams, admit }, command);
    const keyed = asked.idempotencyKey !== undefined;
    const earlier = earlierOf(views.values(), command, keyed, this.names);
    if (keyed && earlier) {
      if (earlier.fingerprint !== command.fingerprint) throw new KeyReused();
      return earlier.receipt;
    }
    if (asked.dated && earlier && [...views.values()].some((view) => view.corrects(earlier.receipt.events))) return earlier.receipt;
    const primary = views.get(names[0] ?? '') ?? StreamView.empty('');
    try {
      this.match(asked, primary);
      await decide(transaction);
    } catch (error) {
      // The very request came before and was recorded; that the record has moved on since does not undo its receipt.
      if (earlier && (error instanceof Stale || (error instanceof Refused && ['already-recorded', 'participant-merged'].includes(error.code)))) return earlier.receipt;
      throw error;
    }
    if (![...transaction.writes.values()].some(({ events }) => events.length > 0)) return earlier?.receipt ?? { events: [], etag: this.names.etag(primary.stream, primary.revision), ...(transaction.reasoned && { unrecorded: ['because'] }) };
    const [about] = streams;
    if (isPinned(asked.ifMatch) && about) transaction.check(...about);
    for (const each of standing) transaction.check(...each);
    try {
      return await this.append(transaction, names, keys);
    } catch (error) {
      if (!(error instanceof StaleRevision || error instanceof EventIdHeld)) throw error;
      if (isPinned(asked.ifMatch) && error instanceof StaleRevision) throw new Stale();
      return { lost: error instanceof StaleRevision ? error.stream : primary.stream };
    }
  }

  /**
   * What a request would record as the record stands now: the same admission, If-Match and decision as in `transact`, and nothing recorded.
   *
   * @throws Refused, Invalid, Stale
   */
  async preview(asked: Asked, { streams, admit, decide }: Work): Promise<Transaction> {
    const { names, views, transaction } = await this.begin(asked, { streams, admit }, { commandId: '', fingerprint: '' });
    this.match(asked, views.get(names[0] ?? '') ?? StreamView.empty(''));
    await decide(transaction);
    return transaction;
  }

  /**
   * The raw histories of some streams, corrections included, in the order they were recorded; and of the same streams of those
   * registrations that were ever merged into them, with the merges, so that it can be read at any point.
   */
  async history(streams: readonly StreamRef[]): Promise<Entry[]> {
    const names = streams.map(([decider, id]) => streamOf(decider, id));
    const { views } = await this.loadPersons(names);
    return together(names.flatMap((name) => views.get(name) ?? []));
  }

  /** The present state of a stream. */
  async state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string): Promise<State> {
    const { views } = await this.loadPersons([streamOf(decider, id)]);
    return (views.get(streamOf(decider, id)) ?? StreamView.empty('')).state(decider);
  }

  /** The present states of several streams, asked for at once. */
  async states(streams: readonly StreamRef[]): Promise<States> {
    const { views } = await this.loadPersons([...new Set(streams.map(([decider, id]) => streamOf(decider, id)))]);
    return new Transaction(views, this.names, { commandId: '', fingerprint: '' });
  }

  /** The etag of a stream as these entries leave it. */
  etag([decider, id]: StreamRef, entries: readonly Entry[]): string {
    const stream = streamOf(decider, id);
    return this.names.etag(stream, entries.findLast((entry) => entry.stream === stream)?.revision ?? NO_STREAM);
  }

  /** Where the event a token names stands in the log; undefined when there is none. */
  async position(event: string): Promise<number | undefined> {
    return (await this.store.find(event))?.position;
  }

  /** The stream an event stands on, and its type; undefined when there is none. */
  async placeOf(event: string): Promise<{ readonly stream: string; readonly type: string } | undefined> {
    return this.store.find(event);
  }

  head(): Promise<number> {
    return this.store.head();
  }

  /** Whether a token names a position that the log has come to, as the manifest of a cut does. */
  async hasCome(token: string): Promise<boolean> {
    return (this.names.positionIn(token) ?? Infinity) <= (await this.head());
  }

  /** Everything after a position, opened, in order, then live; the reader sets the pace. For the runner of the read models. */
  async *follow(after: number, options: { signal: AbortSignal; batch?: number }): AsyncIterable<Entry[]> {
    for await (const batch of this.store.follow(after, options)) yield await this.codec.decode(batch);
  }

  /** Some streams up to a position, opened and merged: what a refold reads. What is `recent` was written to just now and is mostly at hand. */
  async upTo(streams: readonly string[], position: number, recent = false): Promise<Entry[]> {
    return recent ? together([...(await this.load(streams)).views.values()]).filter((entry) => entry.position <= position) : this.codec.decode(await this.store.read(streams.map((stream) => ({ stream })), { upTo: position }));
  }

  /** The streams read, and the caller admitted. */
  private async begin(asked: Asked, { streams, admit }: Pick<Work, 'streams' | 'admit'>, command: CommandNames) {
    const names = streamsOf(asked, { streams });
    const { views, keys } = await this.loadPersons(names);
    const transaction = new Transaction(views, this.names, command);
    asked.standing?.admit(transaction);
    admit?.(transaction);
    return { names, views, keys, transaction };
  }

  private match({ ifMatch }: Asked, { stream, revision }: StreamView): void {
    if (ifMatch !== undefined && !matches(ifMatch, { exists: revision > NO_STREAM, etag: this.names.etag(stream, revision) })) throw new Stale();
  }

  /** Records what a transaction decided; the receipt names the events in the order in which the request named its streams. */
  private async append({ writes }: Transaction, streams: readonly string[], keys: Keys): Promise<Receipt> {
    const shares = streams.flatMap((stream) => {
      const share = writes.get(stream);
      return share ? [{ stream, ...share }] : [];
    });
    await this.store.append(await Promise.all(shares.map(async (share) => ({ ...share, events: await this.codec.encode(share.events, keys) }))));
    const events = shares.flatMap((share) => share.events);
    const about = events.filter(({ stream }) => stream === events[0]?.stream).at(-1);
    if (!about) throw new Error('An append without events has no receipt.');
    return { events: events.map(({ id }) => id), etag: this.names.etag(about.stream, about.revision) };
  }

  /** The streams as they stand now; those of a participant beside what was recorded under other registrations of the same person. */
  private async loadPersons(streams: readonly string[]): Promise<{ views: Map<string, StreamView>; keys: Keys }> {
    const kind = this.mergesOn;
    const sealed = kind === undefined ? [] : streams.filter((stream) => this.codec.isSealed(stream));
    const { views, keys } = await this.load([...new Set([...streams, ...sealed.map((stream) => `${kind}-${subjectOf(stream)}`)])]);
    const read = async (others: readonly string[]) => [...(await this.load(others)).views.values()].flatMap(({ entries }) => entries);
    if (kind !== undefined) for (const view of await besideOthers(kind, sealed, views, read)) views.set(view.stream, view);
    return { views, keys };
  }

  /** The streams as they stand now, and the keys they were opened with, asked for at once: two questions, one wait. */
  private async load(streams: readonly string[]): Promise<{ views: Map<string, StreamView>; keys: Keys }> {
    const cached = streams.map((stream) => this.cache.get(stream) ?? StreamView.empty(stream));
    const [keys, tails] = await Promise.all([this.codec.keys(streams), this.store.read(cached.map(({ stream, revision }) => ({ stream, after: revision })))]);
    // What was opened with a key that is no longer there is forgotten, and read again as what it now is.
    const lost = new Set(cached.filter(({ stream, entries, erased }) => entries.length > 0 && !erased && this.codec.isSealed(stream) && !keys.get(subjectOf(stream))).map(({ stream }) => stream));
    const anew = lost.size > 0 ? await this.store.read([...lost].map((stream) => ({ stream }))) : [];
    const later = await this.codec.decode([...tails.filter(({ stream }) => !lost.has(stream)), ...anew], keys);
    const views = cached.map((view) => (lost.has(view.stream) ? StreamView.empty(view.stream) : view).extend(later.filter(({ stream }) => stream === view.stream)));
    for (const view of views) this.cache.set(view.stream, view);
    return { views: new Map(views.map((view) => [view.stream, view])), keys };
  }
}

/** Those a request may touch and those its access rests on, the one it is about first. */
function streamsOf({ standing }: Asked, { streams }: Pick<Work, 'streams'>): string[] {
  return [...new Set([...streams, ...(standing?.streams ?? [])].map(([decider, id]) => streamOf(decider, id)))];
}
