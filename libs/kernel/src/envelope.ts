import type { Occurred } from './occurred.js';

export type Source = 'api' | 'console' | 'offline' | 'import' | 'process';

export interface Actor {
  readonly id: string;
  readonly role: string;
  readonly site?: string;
  readonly onBehalfOf?: string;
  /** The member of staff they are, where their token says so. */
  readonly staff?: string;
}

/** Why something was recorded, corrected or recorded late. The code is one of the programme's; the text is personal. */
export interface Reason {
  readonly code: string;
  readonly text?: string;
}

/** The protocol version in force at the participant's site on the day it occurred. */
export interface ProtocolRef {
  readonly programme: string;
  readonly site: string;
  readonly version: string;
}

/** A fact as a decider returns it: what happened, nothing of when, who or where. */
export interface Fact<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** What a command brings to the record beside the facts themselves. */
export interface Circumstances {
  readonly occurred: Occurred;
  readonly actor: Actor;
  readonly source: Source;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly reason?: Reason;
  readonly protocol?: ProtocolRef;
}

/** One event of the record, opened: the fact and its envelope. ICH E6(R3) 4.2.2: who, in which role, what, when, why. */
export interface Envelope extends Circumstances {
  readonly id: string;
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly version: number;
  /** RFC 3339, UTC, microseconds: when the record learned of it. */
  readonly recordedAt: string;
  readonly commandId: string;
  readonly fingerprint: string;
  /** Where a registration was merged into another: the one it was recorded under. Of how a history is read, never stored. */
  readonly registration?: string;
  /** The key that opened it was destroyed: `data` is empty, `occurred` unknown. Folds count it as unknown. */
  readonly erased?: true;
}

/** Distributes over a union of facts, so that `switch (entry.type)` narrows `entry.data`. */
export type EntryOf<F extends Fact> = F extends Fact ? F & Envelope : never;
export type Entry = EntryOf<Fact>;

/** `support` of `support-6f1c…`. */
export function categoryOf(stream: string): string {
  return stream.slice(0, stream.indexOf('-'));
}

/** `6f1c…` of `support-6f1c…`: the participant, programme or site the stream is about. */
export function subjectOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}
