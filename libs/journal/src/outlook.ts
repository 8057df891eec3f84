import { LRUCache } from 'lru-cache';
import type { Entry } from '@cairn/kernel/envelope.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { noCommand } from './earlier.js';
import type { Names } from './names.js';
import { Forgotten, type StreamView } from './stream-view.js';
import { Transaction } from './transaction.js';
import { namesOf, recordsAnything, type Work } from './work.js';

type Views = ReadonlyMap<string, StreamView>;
type Rehearsed = Pick<Work, 'streams' | 'decide'>;

/** Streams of which the states are kept, three of a participant and each about 1,600 bytes. */
const KEPT = 8_000;

/**
 * Tells of works whether they would record something, for whoever follows the log: as the record stands no earlier than where that has come.
 * A stream is read when it is first asked about; from then on the entries that pass by carry its states on.
 */
export class Outlook {
  private readonly kept = new LRUCache<string, StreamView>({ max: KEPT });

  constructor(
    private readonly load: (streams: readonly string[], whole: boolean) => Promise<Views>,
    private readonly names: Names,
  ) {}

  /** The next entries of the log, none left out. */
  pass(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // From then on other streams tell of the same person.
      if (isMerge(entry.type)) this.kept.clear();
      const view = this.kept.get(entry.stream);
      if (view && entry.revision > view.revision) this.keep(entry.stream, () => view.extend([entry]).bare());
    }
  }

  /** What cannot be folded is left to whoever asks for it. */
  private keep(stream: string, make: () => StreamView): void {
    try {
      this.kept.set(stream, make());
    } catch {
      this.kept.delete(stream);
    }
  }

  /** One that cannot be decided counts as well: `transact` says why. Nothing is recorded. */
  async rehearse(works: readonly Rehearsed[]): Promise<boolean[]> {
    const streams = namesOf(works);
    const kept = new Map<string, StreamView>();
    for (const stream of streams) {
      const view = this.kept.get(stream);
      if (view) kept.set(stream, view);
    }
    const unknown = streams.filter((stream) => !kept.has(stream));
    const known = unknown.length === 0 ? kept : new Map([...kept, ...(await this.read(unknown, false))]);
    const wanted = await Promise.all(works.map((work) => this.tried(work, known)));
    // What nobody has asked of those streams before takes their entries.
    const again = works.filter((_, index) => wanted[index] === undefined);
    const anew = again.length === 0 ? known : await this.read(namesOf(again), true);
    return Promise.all(wanted.map(async (each, index) => each ?? (await this.tried(works[index] as Rehearsed, anew)) ?? true));
  }

  private async read(streams: readonly string[], whole: boolean): Promise<Views> {
    const views = await this.load(streams, whole);
    // Whoever has other registrations is asked about anew each time.
    for (const stream of streams) {
      const view = views.get(stream);
      if (view?.others.length === 0) this.kept.set(view.stream, view.bare());
    }
    return views;
  }

  /** Undefined where it asks for something that is not kept. */
  private async tried({ decide }: Rehearsed, views: Views): Promise<boolean | undefined> {
    const transaction = new Transaction(views, this.names, noCommand);
    try {
      await decide(transaction);
      return recordsAnything(transaction);
    } catch (error) {
      return error instanceof Forgotten ? undefined : true;
    }
  }
}
