import { isCorrection, type EntryVoided } from '@cairn/kernel/corrections.js';
import { fold, type Decider } from '@cairn/kernel/decider.js';
import { subjectOf, type Entry, type EntryOf, type Fact } from '@cairn/kernel/envelope.js';
import { NO_STREAM } from '@cairn/kernel/event-store.js';
import { effective, type Effective } from '@cairn/kernel/history.js';
import { isMerge } from '@cairn/kernel/merges.js';

type AnyDecider = Decider<unknown, never, Fact>;

/** One stream as far as it has been read: its raw entries, the commands in it, and the states folded from it. Immutable. */
export class StreamView {
  private constructor(
    readonly stream: string,
    readonly entries: readonly Entry[],
    private readonly states: Map<AnyDecider, unknown>,
    /** What other registrations of the same person tell, where there are any: states are folded from it as well. */
    readonly others: readonly Entry[] = [],
  ) {}

  static empty(stream: string): StreamView {
    return new StreamView(stream, [], new Map());
  }

  get revision(): number {
    return this.entries.at(-1)?.revision ?? NO_STREAM;
  }

  /** Whether nothing of it is open any more. */
  get erased(): boolean {
    return this.entries.every((entry) => entry.erased);
  }

  /** As the stream of somebody who has other registrations. */
  beside(others: readonly Entry[]): StreamView {
    return others.length === 0 ? this : new StreamView(this.stream, this.entries, new Map(), others);
  }

  /** With later entries. States are carried on, unless a correction or a merge among them makes the past new. */
  extend(later: readonly Entry[]): StreamView {
    if (later.length === 0) return this;
    const states = new Map<AnyDecider, unknown>();
    if (!later.some(({ type }) => isCorrection(type) || isMerge(type)))
      for (const [decider, state] of this.states)
        states.set(decider, fold(decider, later as EntryOf<Fact>[], state));
    return new StreamView(this.stream, [...this.entries, ...later], states, this.others);
  }

  state<State>(decider: Decider<State, never, Fact>): State {
    const key = decider as AnyDecider;
    if (!this.states.has(key)) this.states.set(key, fold(key, this.history() as EntryOf<Fact>[]));
    return this.states.get(key) as State;
  }

  /** The entries as they stand, those of other registrations of the same person included and marked. */
  history(): Effective[] {
    return effective(this.others.length === 0 ? this.entries : together([this]), subjectOf(this.stream));
  }

  /** Whether one of some entries was amended, voided or given away. */
  corrects(entries: readonly string[]): boolean {
    return this.entries.some(({ type, data }) => isCorrection(type) && entries.includes((data as Partial<EntryVoided>).entry ?? ''));
  }

  /** The entries a command left here, oldest first; where it was sent again later for new facts, the latest of them, or those of the wanted fingerprint. */
  recordedBy(commandId: string, wanted?: string): readonly Entry[] {
    const last = this.entries.findLastIndex((entry) => entry.commandId === commandId && (wanted === undefined || entry.fingerprint === wanted));
    const { fingerprint } = this.entries[last] ?? {};
    let first = last;
    while (first > 0 && this.entries[first - 1]?.commandId === commandId && this.entries[first - 1]?.fingerprint === fingerprint) first--;
    return last < 0 ? [] : this.entries.slice(first, last + 1);
  }
}

/** The raw entries of some streams, and of those beside them, each once, in the order they were recorded. */
export function together(views: readonly StreamView[]): Entry[] {
  const entries = new Map(views.flatMap(({ entries, others }) => [...others, ...entries]).map((entry) => [entry.id, entry]));
  return [...entries.values()].sort((a, b) => a.position - b.position);
}
