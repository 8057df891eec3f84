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

/** The name made last of each kind of stream: a request asks for the same few time and again. */
const made = new WeakMap<object, { readonly id: string; readonly name: string }>();

export function streamOf({ events }: { readonly events: { readonly stream: string } }, id: string): string {
  const known = made.get(events);
  if (known?.id === id) return known.name;
  const name = `${events.stream}-${id}`;
  made.set(events, { id, name });
  return name;
}

interface Given {
  readonly id: string;
  readonly circumstances: Circumstances;
}

/** What a transaction has decided so far on a stream. */
interface Share {
  readonly stream: string;
  readonly expected: number;
  readonly events: Unplaced[];
  /** The stream as the transaction leaves it, as far as that was asked. */
  view: StreamView;
}

/** One attempt at a request: what it reads, and what it wants recorded, all of it or nothing. Run again when a race is lost. */
export class Transaction {
  private readonly touched = new Map<string, Share>();
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

  get writes(): ReadonlyMap<string, { readonly stream: string; readonly expected: number; readonly events: readonly Unplaced[] }> {
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

  private share(stream: string): Share {
    const known = this.touched.get(stream);
    if (known) return known;
    const view = this.view(stream);
    const share = { stream, expected: view.revision, events: [], view };
    this.touched.set(stream, share);
    return share;
  }

  private found(stream: string): StreamView | undefined {
    const share = this.touched.get(stream);
    if (!share) return this.begun.get(stream);
    const { view, events, expected } = share;
    const known = view.revision - expected;
    if (known < events.length) share.view = view.extend(events.slice(known).map((unplaced): Entry => ({ ...unplaced, position: Number.MAX_SAFE_INTEGER, recordedAt: '' })));
    return share.view;
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
