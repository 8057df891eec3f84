import { setTimeout as pause } from 'node:timers/promises';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { Decider } from '@cairn/kernel/decider.js';
import type { Entry, Fact } from '@cairn/kernel/envelope.js';
import { EventIdHeld, NO_STREAM, StaleRevision, StoreBusy, TermOver, type Appended, type EventStore } from '@cairn/kernel/event-store.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { Refused } from '@cairn/kernel/refused.js';
import type { Keyring } from '@cairn/privacy/keyring.js';
import { KeyReused, Stale, type Asked, type Receipt } from './asked.js';
import { Codec } from './codec.js';
import { isPinned, matches } from './if-match.js';
import { earlierOf, noCommand, type CommandNames } from './earlier.js';
import { Names } from './names.js';
import { Outlook } from './outlook.js';
import type { States, StreamRef } from './states.js';
import { StreamView, together } from './stream-view.js';
import { streamOf, Transaction } from './transaction.js';
import { Turns, type Turn } from './turns.js';
import { Views, type Viewed } from './views.js';
import { admitTo, recordsAnything, remembering, streamsOf, type Lost, type Work } from './work.js';

const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 64;
/** Who follows with more at a time reads the past, where nobody else is: to remember what was opened would cost it a sixth more, for nothing. */
const LIVE = 500;

/** A command as it is tried, in its turn where it had to wait for one. */
interface Attempted extends CommandNames {
  readonly turn: Turn | undefined;
}

/** The one door: every event of the record enters and leaves here. */
export class Journal {
  readonly names: Names;
  private readonly codec: Codec;
  private readonly views: Views;
  private readonly turns = new Turns();

  constructor(
    private readonly store: EventStore,
    keyring: Keyring,
    catalogues: readonly Catalogue[],
    /** MB of streams kept at hand: by itself, of a caseload of a few thousand participants, whose streams have some ten entries each, all that decisions ask for. */
    kept = 48,
  ) {
    this.codec = new Codec(keyring, catalogues);
    this.names = new Names((label) => keyring.derive(label));
    this.views = new Views(store, this.codec, catalogues.find(({ definitions }) => Object.keys(definitions).some(isMerge))?.stream, kept * 2 ** 20);
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
    const streams = streamsOf(asked, work);
    const until = performance.now() + PATIENCE_MS;
    const attempt = (isFirst: boolean, turn?: Turn): Promise<Receipt | Lost> => {
      if (performance.now() > until) throw new StoreBusy('Too many others are writing to the same record at this moment. Try again shortly.');
      const tried: Attempted = { ...command, turn };
      const anew = () => remembering((whole) => this.attempt(asked, work, tried, whole));
      return isFirst && asked.ifMatch === undefined ? this.attemptAtHand(asked, work, tried, streams, anew) : anew();
    };
    let contested = streams.find((stream) => this.turns.isWanted(stream));
    for (let lost = 0; ; lost++) {
      const outcome = contested === undefined ? await attempt(lost === 0) : await this.turns.take(contested, (turn) => attempt(lost === 0, turn));
      if (!('lost' in outcome)) return outcome;
      contested = outcome.lost;
      // Others of another process went first. Whoever waits a little, and not as long as the others, does not lose to all of them again.
      if (lost > 0) await pause(Math.random() * Math.min(2 ** lost, LONGEST_PAUSE_MS));
    }
  }

  /** For whoever follows the log: which works would record something. */
  outlook(): Outlook {
    return new Outlook(async (streams, whole) => (await this.views.now(streams, whole)).views, this.names);
  }

  /**
   * Decides on the streams as this process last saw them, without asking where they stand: the log refuses what is decided on less than
   * there is. Not where the caller says where they stand. Where that, or anything but a fact to record, comes of it, all is decided and told anew, on the newest state.
   */
  private async attemptAtHand(asked: Asked, work: Work, command: Attempted, streams: readonly string[], anew: () => Promise<Receipt | Lost>): Promise<Receipt | Lost> {
    const seen = await this.views.atHand(streams);
    if (!seen || earlierOf(seen.views.values(), command, asked.idempotencyKey !== undefined, this.names)) return anew();
    const { views } = seen;
    const transaction = new Transaction(views, this.names, command);
    try {
      admitTo(transaction, asked, work);
      await work.decide(transaction);
    } catch {
      return anew();
    }
    if (!recordsAnything(transaction)) return anew();
    for (const stream of views.keys()) transaction.rest(stream);
    const outcome = await this.append(transaction, [...views.keys()], seen, command);
    // Of what was recorded before this, the rest is told where it stands now: it may have been taken back since.
    return 'repeated' in outcome ? anew() : outcome;
  }

  /** Or the stream on which the race was lost. */
  private async attempt(asked: Asked, { streams, admit, decide }: Work, command: Attempted, whole: boolean): Promise<Receipt | Lost> {
    const { names, seen, transaction } = await this.begin(asked, { streams, admit }, command, whole);
    const { views } = seen;
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
      if (earlier && (error instanceof Stale || (error instanceof Refused && ['already-recorded', 'participant-merged', 'other-registration'].includes(error.code)))) return earlier.receipt;
      throw error;
    }
    if (!recordsAnything(transaction)) return earlier?.receipt ?? { events: [], etag: this.names.etag(primary.stream, primary.revision), ...(transaction.reasoned && { unrecorded: ['because'] }) };
    for (const each of [...(isPinned(asked.ifMatch) ? streams.slice(0, 1) : []), ...(asked.standing?.streams ?? [])]) transaction.check(...each);
    const outcome = await this.append(transaction, names, seen, command);
    if ('lost' in outcome && outcome.isStale && isPinned(asked.ifMatch)) throw new Stale();
    return outcome;
  }

  /**
   * What a request would record as the record stands now: the same admission, If-Match and decision as in `transact`, and nothing recorded.
   *
   * @throws Refused, Invalid, Stale
   */
  async preview(asked: Asked, { streams, admit, decide }: Work): Promise<Transaction> {
    const { names, seen, transaction } = await this.begin(asked, { streams, admit }, noCommand, true);
    this.match(asked, seen.views.get(names[0] ?? '') ?? StreamView.empty(''));
    await decide(transaction);
    return transaction;
  }

  /**
   * The raw histories of some streams, corrections included, in the order they were recorded; and of the same streams of those
   * registrations that were ever merged into them, with the merges, so that it can be read at any point.
   */
  async history(streams: readonly StreamRef[]): Promise<Entry[]> {
    const names = streams.map(([decider, id]) => streamOf(decider, id));
    const { views } = await this.views.now(names, true);
    return together(names.flatMap((name) => views.get(name) ?? []));
  }

  /** The present state of a stream. */
  async state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string): Promise<State> {
    return this.judged([[decider, id]], (states) => states.state(decider, id));
  }

  /**
   * What follows from the present states of some streams, asked for at once.
   *
   * @param judge may run several times, so it does nothing else
   */
  async judged<T>(streams: readonly StreamRef[], judge: (states: States) => T): Promise<T> {
    const names = streams.map(([decider, id]) => streamOf(decider, id));
    return remembering(async (whole) => judge(new Transaction((await this.views.now(names, whole)).views, this.names, noCommand)));
  }

  /** The same of what this process last saw of them; undefined where that is not at hand, or `judge` throws. Others may have gone on since. */
  judgedAtHand<T>(streams: readonly StreamRef[], judge: (states: States) => T): T | undefined {
    const seen = this.views.lastSeen(streams.map(([decider, id]) => streamOf(decider, id)));
    try {
      return seen && judge(new Transaction(seen, this.names, noCommand));
    } catch {
      return undefined;
    }
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
    for await (const batch of this.store.follow(after, options)) yield await (batch.length > LIVE ? this.codec.decode(batch) : this.codec.decodeOnce(batch));
  }

  /** Some streams up to a position, opened and merged: what a refold reads. What is `recent` was written to just now and is mostly at hand. */
  async upTo(streams: readonly string[], position: number, recent = false): Promise<Entry[]> {
    return recent ? together(await this.views.each(streams)).filter((entry) => entry.position <= position) : this.codec.decode(await this.store.read(streams.map((stream) => ({ stream })), { upTo: position }));
  }

  /** The streams read, and the caller admitted. */
  private async begin(asked: Asked, work: Pick<Work, 'streams' | 'admit'>, command: CommandNames, whole: boolean) {
    const names = streamsOf(asked, work);
    const seen = await this.views.now(names, whole);
    const transaction = new Transaction(seen.views, this.names, command);
    admitTo(transaction, asked, work);
    return { names, seen, transaction };
  }

  private match({ ifMatch }: Asked, { stream, revision }: StreamView): void {
    if (ifMatch !== undefined && !matches(ifMatch, { exists: revision > NO_STREAM, etag: this.names.etag(stream, revision) })) throw new Stale();
  }

  /** Records what a transaction decided, unless others were there first; the receipt names the events in the order in which the request named its streams. */
  private async append({ writes }: Transaction, streams: readonly string[], { keys, term }: Viewed, { turn }: Attempted): Promise<Receipt | Lost> {
    const shares = streams.flatMap((stream) => writes.get(stream) ?? []);
    const events = shares.flatMap((share) => share.events);
    const writesTo = (stream: string | undefined) => events.some((event) => event.stream === stream);
    if (turn && !writesTo(turn.stream)) turn.leave();
    const encoded = await this.codec.encode(events, keys);
    let appended: Appended;
    try {
      appended = await this.store.append(shares.map(({ stream, expected, events: { length } }) => ({ stream, expected, events: encoded.splice(0, length) })), term);
    } catch (error) {
      if (!(error instanceof StaleRevision || error instanceof EventIdHeld || error instanceof TermOver)) throw error;
      const lost = error instanceof StaleRevision ? error.stream : error instanceof EventIdHeld ? streams[0] : undefined;
      return { lost: writesTo(lost) ? lost : undefined, isStale: error instanceof StaleRevision };
    }
    const about = events.findLast(({ stream }) => stream === events[0]?.stream);
    if (!about) throw new Error('An append without events has no receipt.');
    this.views.took(shares, appended);
    return { events: events.map(({ id }) => id), etag: this.names.etag(about.stream, about.revision), ...(appended.repeated && { repeated: true }) };
  }
}
