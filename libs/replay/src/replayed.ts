import type { Whereabouts } from '@cairn/access/policy.js';
import type { Caller } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Decider } from '@cairn/kernel/decider.js';
import type { Entry, Fact } from '@cairn/kernel/envelope.js';

/** One side of a participant's case: a stream, and the rules its state is folded by. */
export type Aspect = Decider<unknown, never, Fact>;

/** Where somebody is, and under which registration they live on. */
export type Located = Whereabouts & { readonly mergedInto?: string | undefined };

/** What of an entry it takes to judge it by others. */
export interface Judged extends Pick<Entry, 'id' | 'type' | 'erased'> {
  /** Its local date, where it is known. */
  readonly date?: string | undefined;
}

/** What a process gives the replay to work on: whose histories there are, and who may see them. */
export interface Replayed {
  readonly aspects: readonly Aspect[];
  /** Every type of entry that can be in the log. */
  readonly types: ReadonlySet<string>;
  /** The zone of the participant's programme, and the question as asked through the roles that reach the participant. @throws Unknown when none does */
  reach(asking: Asking, participant: string): Promise<{ readonly zone: string; readonly asking: Asking }>;
  /** Where a participant is now, and the registration that theirs was merged into; undefined for one who is not registered, or erased. */
  whereabouts(participant: string): Promise<Located | undefined>;
  /** Where a participant was by an effective history: their site and worker; undefined before they were registered. */
  placeIn(entries: readonly Entry[]): Whereabouts | undefined;
  /** The primary outcome as it follows from an effective history. */
  outcomeOf(entries: readonly Entry[]): Promise<object>;
  /** What is consented to, scope by scope, as it follows from an effective history. */
  consentOf(entries: readonly Entry[]): object;
  /** Types of the entries that flags of other entries follow from. */
  readonly grounds: readonly string[];
  /** What a person should look at in an entry, by what follows from it alone (`own`) and by an effective history, of which the grounds are enough. */
  flagsBy(history: readonly Entry[]): (entry: Judged, own: readonly string[]) => readonly string[];
  /** What follows from each of these entries alone. */
  ownFlags(entries: readonly Entry[]): Promise<(entry: Entry) => readonly string[]>;
  /** The study numbers of those of these participants that have one. */
  studyNumbers(participants: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Whether a caller may still be told anything, asked anew before each part of an answer that goes on. Rejects when not. */
  stillMay(caller: Caller): Promise<void>;
  /** Fewest people behind a cell of the programme's anonymous log. @throws Unknown */
  anonymityThreshold(programme: string): Promise<number>;
}

export const REPLAYED = Symbol('replayed');
