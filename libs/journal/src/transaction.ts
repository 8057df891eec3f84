import { check, definitionOf } from '@cairn/kernel/catalogue.js';
import { correct, reattribute, type CorrectionCommand, type Holding } from '@cairn/kernel/correct.js';
import type { EntryReattributed } from '@cairn/kernel/corrections.js';
import type { Decider } from '@cairn/kernel/decider.js';
import { subjectOf, type Circumstances, type Entry, type Fact } from '@cairn/kernel/envelope.js';
import { Refused } from '@cairn/kernel/refused.js';
import { corrected, type Effective } from '@cairn/kernel/history.js';
import type { Unplaced } from './codec.js';
import type { Names } from './names.js';
import { together, type StreamView } from './stream-view.js';

export function streamOf(decider: { readonly events: { readonly stream: string } }, id: string): string {
  return `${decider.events.stream}-${id}`;
}

interface Given {
  readonly id: string;
  readonly circumstances: Circumstances;
}

/** One attempt at a request: what it reads, and what it wants recorded, all of it or nothing. Run again when a race is lost. */
export class Transaction {
  private readonly touched = new Map<string, { expected: number; events: Unplaced[] }>();
  /** The streams as this transaction leaves them, as far as that was asked. */
  private readonly extended = new Map<string, StreamView>();
  private withReason = false;

  constructor(
    private readonly begun: ReadonlyMap<string, StreamView>,
    private readonly names: Names,
    private readonly command: { readonly commandId: string; readonly fingerprint: string },
  ) {}

  /** Whether anything was to be decided for a reason. */
  get reasoned(): boolean {
    return this.withReason;
  }

  get writes(): ReadonlyMap<string, { readonly expected: number; readonly events: readonly Unplaced[] }> {
    return this.touched;
  }

  /** The state of a stream named when the transaction began, what this transaction has decided so far included. */
  state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string): State {
    return this.view(streamOf(decider, id)).state(decider);
  }

  /** The entries of a stream as they stand, what this transaction has decided so far included. */
  standing(decider: { readonly events: { readonly stream: string } }, id: string): Effective[] {
    return this.view(streamOf(decider, id)).history();
  }

  /** The raw entries of some streams, merged: as they were when the transaction began, and as it would leave them. */
  histories(streams: readonly (readonly [decider: { readonly events: { readonly stream: string } }, id: string])[]): { before: Entry[]; after: Entry[] } {
    const names = streams.map(([decider, id]) => streamOf(decider, id));
    const merged = (find: (name: string) => StreamView | undefined) => together(names.flatMap((name) => find(name) ?? []));
    return { before: merged((name) => this.begun.get(name)), after: merged((name) => this.found(name)) };
  }

  /** Whether an entry ever was part of a stream, by itself or given to it from another's. */
  knows(decider: { readonly events: { readonly stream: string } }, id: string, entry: string): boolean {
    return together([this.view(streamOf(decider, id))]).some(({ id: known, type, data }) => known === entry || (type === 'EntryReattributed' && (data as Partial<EntryReattributed>).entry === entry));
  }

  /** What this transaction has decided so far on a stream. */
  decided(decider: { readonly events: { readonly stream: string } }, id: string): readonly Fact[] {
    return this.touched.get(streamOf(decider, id))?.events ?? [];
  }

  /** Whether there is something on a stream, and nothing of it can be read any more. */
  erased(decider: { readonly events: { readonly stream: string } }, id: string): boolean {
    const view = this.view(streamOf(decider, id));
    return view.traces.length > 0 && view.erased;
  }

  /** A hard rule that rests on another stream: nothing is recorded if that stream has moved since it was read. */
  check(decider: { readonly events: { readonly stream: string } }, id: string): void {
    this.rest(streamOf(decider, id));
  }

  /** The same, of a stream by its name. */
  rest(stream: string): void {
    this.share(stream);
  }

  /** @throws Refused, Invalid */
  decide<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string, command: Command, circumstances: Circumstances): void {
    const view = this.view(streamOf(decider, id));
    this.withReason ||= circumstances.reason !== undefined;
    for (const fact of decider.decide(command, view.state(decider))) this.take(decider, view.stream, fact, circumstances);
  }

  /**
   * @param beside the other deciders of the stream, for whom the corrected history must hold as well
   * @throws Refused, Invalid
   */
  correct<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string, command: CorrectionCommand, circumstances: Circumstances, beside: readonly Holding[] = []): void {
    const view = this.view(streamOf(decider, id));
    mustBeOf(view, command.entry);
    for (const fact of correct(command, decider, together([view]), beside)) this.take(decider, view.stream, fact, circumstances);
  }

  /**
   * Gives an entry of one participant's stream to another's.
   *
   * @throws Refused
   */
  reattribute(decider: Holding, entry: string, from: Given, to: Given, beside: readonly Holding[] = []): void {
    const side = ({ id }: Given) => ({ participant: id, history: together([this.view(streamOf(decider, id))]) });
    mustBeOf(this.view(streamOf(decider, from.id)), entry);
    const facts = reattribute(entry, decider, side(from), side(to), beside);
    if (!facts) return;
    this.take(decider, streamOf(decider, from.id), facts.from, from.circumstances);
    this.take(decider, streamOf(decider, to.id), facts.to, to.circumstances);
  }

  private take<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, stream: string, fact: Fact, circumstances: Circumstances): void {
    check(decider.events, fact.type, fact.data);
    const share = this.share(stream);
    const revision = share.expected + share.events.length + 1;
    const { commandId, fingerprint } = this.command;
    const id = this.names.eventId(stream, revision, commandId, fingerprint);
    share.events.push({ ...circumstances, ...fact, version: definitionOf(decider.events, fact.type).version, id, stream, revision, commandId, fingerprint });
  }

  private share(stream: string): { expected: number; events: Unplaced[] } {
    const share = this.touched.get(stream) ?? { expected: this.view(stream).revision, events: [] };
    this.touched.set(stream, share);
    return share;
  }

  private found(stream: string): StreamView | undefined {
    const view = this.extended.get(stream) ?? this.begun.get(stream);
    const share = this.touched.get(stream);
    if (!view || !share || share.events.length === view.revision - share.expected) return view;
    const later = share.events.slice(view.revision - share.expected);
    const extended = view.extend(later.map((unplaced): Entry => ({ ...unplaced, position: Number.MAX_SAFE_INTEGER, recordedAt: '' })));
    this.extended.set(stream, extended);
    return extended;
  }

  private view(stream: string): StreamView {
    const view = this.found(stream);
    if (!view) throw new Error(`The transaction did not name ${stream} when it began.`);
    return view;
  }
}

/**
 * An entry is corrected under the registration it stands under, be it recorded there or given to it, even when that was merged into this
 * one: what is said of it elsewhere, that registration alone does not tell.
 *
 * @throws Refused
 */
function mustBeOf(view: StreamView, entry: string): void {
  const { stream, others } = view;
  if (others.length === 0) return;
  const there = corrected(together([view])).find(({ id }) => id === entry) ?? others.find(({ id }) => id === entry);
  if (there && there.stream !== stream) throw new Refused('other-registration', `This entry stands under registration ${subjectOf(there.stream)}, which was merged into this one. Correct it there.`);
}
