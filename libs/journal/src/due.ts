import type { Entry } from '@cairn/kernel/envelope.js';
import type { Process, Reaction } from './process.js';

interface Standing {
  readonly process: Process;
  /** The last entry it has done with. */
  readonly position: number;
}

/** What a process would do about an entry. */
export interface Due<S extends Standing = Standing> {
  readonly standing: S;
  readonly cause: Entry;
  readonly reaction: Reaction;
}

/** What a process would do about those entries of a batch that it has not done with. */
export async function dueTo<S extends Standing>(standing: S, batch: readonly Entry[]): Promise<Due<S>[]> {
  const told: (readonly [cause: Entry, reactions: readonly Reaction[] | Promise<readonly Reaction[]>])[] = [];
  for (const cause of batch) {
    if (cause.position <= standing.position || cause.actor.role === 'process' || cause.erased) continue;
    const reactions = standing.process.react(cause);
    // What goes wrong is thrown below, in turn.
    if ('then' in reactions) reactions.catch(() => {});
    else if (reactions.length === 0) continue;
    told.push([cause, reactions]);
  }
  const due: Due<S>[] = [];
  for (const [cause, reactions] of told) for (const reaction of 'then' in reactions ? await reactions : reactions) due.push({ standing, cause, reaction });
  return due;
}

/** One and the same for reactions that are decided alike, whichever entry they are for. */
export function placeOf({ standing, reaction }: Due): unknown {
  return reaction.place === undefined ? reaction : `${standing.process.name} ${reaction.place}`;
}
