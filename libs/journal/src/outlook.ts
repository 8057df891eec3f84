import { LRUCache } from 'lru-cache';
import type { Entry } from '@cairn/kernel/envelope.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { noCommand } from './earlier.js';
import type { Names } from './names.js';
import { Forgotten, type StreamView } from './stream-view.js';
import { streamOf, Transaction } from './transaction.js';
import { namesOf, recordsAnything, type Rehearsed } from './work.js';

type Views = ReadonlyMap<string, StreamView>;

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
    const { known, unknown } = this.look(works);
    if (unknown.length > 0) for (const [stream, view] of await this.read(unknown, false)) known.set(stream, view);
    const wanted = this.tried(works, known);
    // What nobody has asked of those streams before takes their entries.
    const again = works.filter((_, index) => wanted[index] === undefined);
    if (again.length === 0) return wanted as boolean[];
    const anew = this.tried(again, await this.read(namesOf(again), true));
    return wanted.map((each) => each ?? anew.shift() ?? true);
  }

  /** What is kept of the streams of works, and of which nothing is. */
  private look(works: readonly Rehearsed[]): { known: Map<string, StreamView>; unknown: string[] } {
    const known = new Map<string, StreamView>();
    const unknown = new Set<string>();
    for (const { streams } of works)
      for (const [decider, id] of streams) {
        const stream = streamOf(decider, id);
        if (known.has(stream) || unknown.has(stream)) continue;
        const view = this.kept.get(stream);
        if (view) known.set(stream, view);
        else unknown.add(stream);
      }
    return { known, unknown: [...unknown] };
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

  /** Undefined where one asks for something that is not kept. */
  private tried(works: readonly Rehearsed[], views: Views): (boolean | undefined)[] {
    const begin = () => new Transaction(views, this.names, noCommand);
    let transaction = begin();
    return works.map(({ decide }) => {
      // What another wanted is none of its business.
      if (transaction.writes.size > 0) transaction = begin();
      try {
        decide(transaction);
        return recordsAnything(transaction);
      } catch (error) {
        return error instanceof Forgotten ? undefined : true;
      }
    });
  }
}
