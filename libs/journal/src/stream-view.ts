import { isCorrection, type EntryVoided } from '@cairn/kernel/corrections.js';
import { fold, type Decider } from '@cairn/kernel/decider.js';
import { subjectOf, type Entry, type EntryOf, type Fact } from '@cairn/kernel/envelope.js';
import { NO_STREAM } from '@cairn/kernel/event-store.js';
import { effective, type Effective } from '@cairn/kernel/history.js';
import { isMerge } from '@cairn/kernel/merges.js';

type AnyDecider = Decider<unknown, never, Fact>;

/** What of an entry is needed to know it again: all that is kept of most entries where only states are. */
export type Trace = Pick<Entry, 'id' | 'stream' | 'revision' | 'type' | 'commandId' | 'fingerprint' | 'erased'>;

/** Something was asked that only the whole stream tells, and of this one no more is at hand than its states and traces. */
export class Forgotten extends Error {
  /** One for all: it is met often, and to trace where each comes from costs more than what it saves. */
  static readonly here = new Forgotten('Of this stream only states are at hand.');
}

const NONE: readonly Entry[] = [];

/** Rough, on the generous side: an entry as an object with what a state keeps of it, and a trace with the same. */
const BYTES = { view: 600, whole: 2_000, trace: 800 };

/** One stream as far as it has been read: its raw entries or their traces, the commands in it, and the states folded from it. Immutable. */
export class StreamView {
  private constructor(
    readonly stream: string,
    /** Whole entries, all of them or only those that say something of others: corrections and merges. */
    readonly traces: readonly (Trace | Entry)[],
    readonly isWhole: boolean,
    private readonly states: Map<AnyDecider, unknown>,
    /** What other registrations of the same person tell, where there are any: states are folded from it as well. */
    readonly others: readonly Entry[] = NONE,
  ) {}

  static empty(stream: string): StreamView {
    return new StreamView(stream, [], true, new Map());
  }

  /** @throws Forgotten */
  get entries(): readonly Entry[] {
    if (!this.isWhole) throw Forgotten.here;
    return this.traces as readonly Entry[];
  }

  get revision(): number {
    return this.traces.at(-1)?.revision ?? NO_STREAM;
  }

  /** Whether nothing of it is open any more. */
  get erased(): boolean {
    return this.traces.every((entry) => entry.erased);
  }

  /** Of the stream's merges, and of nothing else, what they say is always there. */
  get merges(): readonly Entry[] {
    return this.traces.filter((entry) => isMerge(entry.type)) as Entry[];
  }

  get hasMerges(): boolean {
    return this.traces.some((entry) => isMerge(entry.type));
  }

  /** What it takes in memory, by and large. */
  get bytes(): number {
    return BYTES.view + this.traces.length * (this.isWhole ? BYTES.whole : BYTES.trace);
  }

  /** Without what only histories are made of. The states are shared: those still to be folded from this view are there as well. */
  forgetting(): StreamView {
    return this.isWhole && this.traces.length > 0 ? new StreamView(this.stream, this.traced(this.traces), false, this.states) : this;
  }

  /** Without even the traces, but for where the last one stands: for whoever asks for states alone. */
  bare(): StreamView {
    return new StreamView(this.stream, this.traced(this.traces.slice(-1)).map((trace) => ({ ...trace, id: '', commandId: '', fingerprint: '' })), false, this.states);
  }

  /** As the stream of somebody who has other registrations. */
  beside(others: readonly Entry[]): StreamView {
    return others.length === 0 ? this : new StreamView(this.stream, this.traces, this.isWhole, new Map(), others);
  }

  /** With later entries. States are carried on, unless a correction or a merge among them makes the past new. */
  extend(later: readonly Entry[]): StreamView {
    if (later.length === 0) return this;
    const states = new Map<AnyDecider, unknown>();
    if (!later.some(({ type }) => isCorrection(type) || isMerge(type)))
      for (const [decider, state] of this.states)
        states.set(decider, fold(decider, later as EntryOf<Fact>[], state));
    return new StreamView(this.stream, [...this.traces, ...(this.isWhole ? later : this.traced(later))], this.isWhole, states, this.others);
  }

  private traced(entries: readonly (Trace | Entry)[]): (Trace | Entry)[] {
    return entries.map((entry) => traceOf(entry, this.stream));
  }

  /** @throws Forgotten where it was never asked before */
  state<State>(decider: Decider<State, never, Fact>): State {
    const key = decider as AnyDecider;
    if (!this.states.has(key)) this.states.set(key, fold(key, this.history() as EntryOf<Fact>[]));
    return this.states.get(key) as State;
  }

  /** The entries as they stand, those of other registrations of the same person included and marked. @throws Forgotten */
  history(): Effective[] {
    return effective(this.others.length === 0 ? this.entries : together([this]), subjectOf(this.stream));
  }

  /** Whether one of some entries was amended, voided or given away. */
  corrects(entries: readonly string[]): boolean {
    return this.traces.some((entry) => isCorrection(entry.type) && entries.includes(((entry as Entry).data as Partial<EntryVoided>).entry ?? ''));
  }

  /** The entries a command left here, oldest first; where it was sent again later for new facts, the latest of them, or those of the wanted fingerprint. */
  recordedBy(commandId: string, wanted?: string): readonly Trace[] {
    const last = this.traces.findLastIndex((entry) => entry.commandId === commandId && (wanted === undefined || entry.fingerprint === wanted));
    if (last < 0) return NONE;
    const { fingerprint } = this.traces[last] ?? {};
    let first = last;
    while (first > 0 && this.traces[first - 1]?.commandId === commandId && this.traces[first - 1]?.fingerprint === fingerprint) first--;
    return this.traces.slice(first, last + 1);
  }
}

/** @param stream the entry's, as it is there already: each came with a name of its own */
function traceOf(entry: Trace | Entry, stream: string): Trace {
  if (!('data' in entry) || isCorrection(entry.type) || isMerge(entry.type)) return entry;
  const { id, revision, type, commandId, fingerprint, erased } = entry;
  return { id, stream, revision, type, commandId, fingerprint, ...(erased && { erased }) };
}

/** The raw entries of some streams, and of those beside them, each once, in the order they were recorded. */
export function together(views: readonly StreamView[]): Entry[] {
  const entries = new Map(views.flatMap(({ entries, others }) => [...others, ...entries]).map((entry) => [entry.id, entry]));
  return [...entries.values()].sort((a, b) => a.position - b.position);
}
