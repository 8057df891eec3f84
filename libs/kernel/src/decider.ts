import type { Catalogue } from './catalogue.js';
import type { EntryOf, Fact } from './envelope.js';
import type { Refused } from './refused.js';

/**
 * A write side: what may be decided on what is known. Pure: no clock, no ids made here.
 *
 * `decide` returns the new facts, none when the same facts are already there, and throws `Refused` for the domain's no.
 * `evolve` never fails, whatever corrected history it meets, and skips erased entries' missing data.
 * `holds` says what is wrong with a state that no sequence of commands could have reached; a correction that leads there is refused.
 */
export interface Decider<State, Command, Event extends Fact> {
  /** What may be written to its streams. */
  readonly events: Catalogue;
  readonly initial: State;
  decide(command: Command, state: State): Event[];
  evolve(state: State, entry: EntryOf<Event>): State;
  holds?(state: State): Refused | undefined;
}

export function fold<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, entries: readonly EntryOf<Event>[]): State {
  return entries.reduce((state, entry) => (entry.erased ? state : decider.evolve(state, entry)), decider.initial);
}
