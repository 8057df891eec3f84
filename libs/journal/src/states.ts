import type { Decider } from '@cairn/kernel/decider.js';
import type { Fact } from '@cairn/kernel/envelope.js';

/** A stream by whose it is and what it holds. */
export type StreamRef = readonly [decider: { readonly events: { readonly stream: string } }, id: string];

/** The states of some streams as they stood at one moment. */
export interface States {
  /** @throws Error when the stream was not among those named */
  state<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, id: string): State;
}
