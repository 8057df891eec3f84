import { LRUCache } from 'lru-cache';
import { subjectOf } from '@cairn/kernel/envelope.js';
import type { Appended, EventStore } from '@cairn/kernel/event-store.js';
import type { Codec, Keys, Unplaced } from './codec.js';
import { KeysAtHand } from './keys-at-hand.js';
import { besideOthers } from './persons.js';
import { StreamView } from './stream-view.js';

export interface Viewed {
  readonly views: ReadonlyMap<string, StreamView>;
  /** With which they were opened. */
  readonly keys: Keys;
  /** The term of the log in which the keys stood. */
  readonly term: number;
}

/**
 * Streams as views of them: read where they stand now, or taken as this process saw them last.
 *
 * What was seen last decides nothing but an append that checks every stream it rests on, in the term in which the keys stood, so that the log
 * refuses it where a stream has moved or a key is gone; nobody is answered from it, let in for good or refused. Whatever else comes of it is
 * decided anew on what stands now.
 */
export class Views {
  private readonly cache: LRUCache<string, StreamView>;
  private readonly standing = new KeysAtHand();

  /**
   * @param mergesOn the kind of stream that merges are recorded on, if there is any
   * @param kept bytes of them kept at hand
   */
  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly mergesOn: string | undefined,
    kept: number,
  ) {
    this.cache = new LRUCache({ maxSize: kept, sizeCalculation: ({ bytes }) => bytes });
  }

  /**
   * As they stand now; those of a participant beside what was recorded under other registrations of the same person.
   *
   * @param whole whether histories will be asked for; else it may be states alone that are there
   */
  async now(streams: readonly string[], whole: boolean): Promise<Viewed> {
    const { views, keys, term } = await this.load([...new Set([...streams, ...this.mergesOf(streams)])], whole);
    const kind = this.mergesOn;
    const read = async (others: readonly string[]) => [...(await this.load(others, true)).views.values()].flatMap(({ entries }) => entries);
    const found = kind === undefined ? [] : await besideOthers(kind, streams.filter((stream) => this.codec.isSealed(stream)), views, read);
    // What they tell of others is beside the whole of their own.
    if (found.length > 0 && !whole) return this.now(streams, true);
    return { views: new Map([...views, ...found.map((view) => [view.stream, view] as const)]), keys, term };
  }

  /** As this process saw them last; undefined unless all are there, their keys stood in the term it knows of, and nobody among them has other registrations. */
  async atHand(streams: readonly string[]): Promise<Viewed | undefined> {
    const views = this.lastSeen(streams);
    if (!views) return undefined;
    const { term } = this.store;
    const keys = this.standing.of(this.codec.subjects(streams), term) ?? (await this.askedFor(streams, term));
    for (const view of views.values()) if (this.isLost(view, keys)) return undefined;
    return { views, keys, term };
  }

  /** The same, whatever became of their keys. */
  lastSeen(streams: readonly string[]): ReadonlyMap<string, StreamView> | undefined {
    const views = new Map<string, StreamView>();
    const isSeen = (stream: string): boolean => {
      const view = views.get(stream) ?? this.cache.get(stream);
      if (!view || view.hasMerges) return false;
      views.set(stream, view);
      return true;
    };
    return streams.every(isSeen) && this.mergesOf(streams).every(isSeen) ? views : undefined;
  }

  /** Some streams as they stand now, each by itself. */
  async each(streams: readonly string[]): Promise<StreamView[]> {
    return [...(await this.load(streams, true)).views.values()];
  }

  /** Adds to what is at hand what was just recorded on it; positions are in the order of all events. */
  took(shares: readonly { readonly stream: string; readonly events: readonly Unplaced[] }[], { positions, recordedAt, repeated }: Appended): void {
    if (repeated) return;
    const places = positions.values();
    for (const { stream, events } of shares) {
      const later = events.map((event) => this.codec.recorded(event, places.next().value ?? 0, recordedAt));
      const known = this.cache.peek(stream);
      if (known && known.revision + 1 === later[0]?.revision) this.keep(known.extend(later), isWhole(known));
    }
  }

  /** The streams as they stand now, and their keys, asked for at once: two questions, one wait. */
  private async load(streams: readonly string[], whole: boolean): Promise<Viewed> {
    const { term } = this.store;
    const known = streams.map((stream) => {
      const view = this.cache.get(stream);
      return view && (view.isWhole || !whole) ? view : StreamView.empty(stream);
    });
    const [keys, tails] = await Promise.all([this.askedFor(streams, term), this.store.read(known.map(({ stream, revision }) => ({ stream, after: revision })))]);
    // What was opened with a key that is no longer there is forgotten, and read again as what it now is.
    const lost = new Set(known.filter((view) => this.isLost(view, keys)).map(({ stream }) => stream));
    const anew = lost.size > 0 ? await this.store.read([...lost].map((stream) => ({ stream }))) : [];
    const later = Map.groupBy(await this.codec.decode([...tails.filter(({ stream }) => !lost.has(stream)), ...anew], keys), ({ stream }) => stream);
    const views = known.map((view) => (lost.has(view.stream) ? StreamView.empty(view.stream) : view).extend(later.get(view.stream) ?? []));
    for (const [index, view] of views.entries()) this.keep(view, whole || isWhole(known[index] ?? view));
    return { views: new Map(views.map((view) => [view.stream, view])), keys, term };
  }

  /** @param term read before */
  private async askedFor(streams: readonly string[], term: number): Promise<Keys> {
    const keys = await this.codec.keys(streams);
    this.standing.keep(keys, term);
    return keys;
  }

  private keep(view: StreamView, whole: boolean): void {
    this.cache.set(view.stream, whole ? view : view.forgetting());
  }

  private isLost({ stream, revision, erased }: StreamView, keys: Keys): boolean {
    return revision >= 0 && !erased && this.codec.isSealed(stream) && !keys.get(subjectOf(stream));
  }

  /** Those on which it would stand that a participant has other registrations. */
  private mergesOf(streams: readonly string[]): string[] {
    const { mergesOn } = this;
    return mergesOn === undefined ? [] : streams.filter((stream) => this.codec.isSealed(stream)).map((stream) => `${mergesOn}-${subjectOf(stream)}`);
  }
}

/** Whether histories of a stream were asked for: one of which there is nothing yet is whole in any case. */
function isWhole({ isWhole: all, traces }: StreamView): boolean {
  return all && traces.length > 0;
}
