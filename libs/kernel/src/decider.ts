import type { Catalogue } from './catalogue.js';
import type { EntryOf, Fact } from './envelope.js';
import type { Occurred } from './occurred.js';
import { folding } from './owned.js';
import { Refused } from './refused.js';
import { same } from './same.js';

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

/** A stream may hold the facts of several deciders: each folds what its own catalogue defines. */
export function fold<State, Command, Event extends Fact>(decider: Decider<State, Command, Event>, entries: readonly EntryOf<Event>[], from = decider.initial): State {
  const own = decider.events.definitions;
  return folding(() => entries.reduce((state, entry) => (entry.erased || !Object.hasOwn(own, entry.type) ? state : decider.evolve(state, entry)), from));
}

/** A fact a state keeps whole, so that the same fact told again can be recognised. */
export interface Known<Data = unknown> {
  readonly data: Data;
  readonly occurred: Occurred;
}

/** Whether this is the fact already known; one told without saying when is the same whenever it happened. */
export function restates(known: Known, data: unknown, occurred: Occurred | undefined): boolean {
  return same(known.data, data) && (occurred === undefined || same(known.occurred, occurred));
}

/** The no to different facts under an id that already has some. */
export function alreadyRecorded(what: string): Refused {
  return new Refused('already-recorded', `${what} is already recorded, and differently. If the record is wrong, amend the entry; if this is another one, give it another id.`);
}
