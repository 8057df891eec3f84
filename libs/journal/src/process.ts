import type { Actor, Circumstances, Entry } from '@cairn/kernel/envelope.js';
import { inZone } from '@cairn/kernel/occurred.js';
import type { Asked } from './asked.js';
import type { Rehearsed, Work } from './work.js';
import type { StreamRef } from './states.js';
import type { Transaction } from './transaction.js';

/** What a process does about an entry in one place: all of it or nothing, decided on the state of that moment. */
export interface Reaction {
  /** Names the place, such as a participant: one entry brings about one reaction there, however often it is tried. */
  readonly target: string;
  /** Every stream it leans on or writes to. None of them moves between the decision and the record of it. */
  readonly streams: readonly StreamRef[];
  /** Names what it decides on: a process's reactions of the same name record something or nothing, whichever entry they are for. Left out where that depends on the entry. */
  readonly place?: string;
  /** Pure; it may run several times. `because` names the process as who acts, and the entry as why. */
  readonly decide: (transaction: Transaction, because: () => Circumstances) => void;
}

/**
 * A rule across the boundaries of streams: durable, since where it stands is kept and every entry after is given to it in order; idempotent, since a
 * reaction is a command with a name of its own; a decider, since what it does follows from an entry and the streams' state.
 *
 * It decides on what is, not on what the entry says was: whoever restores a backup, or runs two of them, loses and doubles nothing.
 * No process is given what a process recorded, so none feeds on itself or on another.
 */
export interface Process {
  /** Small letters with hyphens; part of who acted in the record, so never changed. */
  readonly name: string;
  /** Where it begins on a record it has never followed. */
  readonly from: 'beginning' | 'now';
  /** Where something may have to be done because of an entry. It may ask read models, once they hold that entry. */
  react(entry: Entry): readonly Reaction[] | Promise<readonly Reaction[]>;
}

function actorOf({ name }: Process): Actor {
  return { id: `process:${name}`, role: 'process' };
}

/** The circumstances of what a process does because of an entry: it acts when the record learns of the cause, however long after it gets to it. */
function because(process: Process, cause: Entry): Circumstances {
  const { zone } = cause.occurred;
  return {
    occurred: { at: inZone(cause.recordedAt, zone), precision: 'minute', zone },
    actor: actorOf(process),
    source: 'process',
    correlationId: cause.correlationId,
    causationId: cause.id,
  };
}

/** A reaction as a request that is one and the same each time it is tried. */
export function requestOf(process: Process, cause: Entry, { target }: Reaction): Asked {
  const path = `/processes/${process.name}/${target}`;
  return { method: 'PROCESS', path, body: {}, actor: actorOf(process), source: 'process', requestId: cause.correlationId, idempotencyKey: cause.id };
}

/** What a reaction would record, without leaning on where its streams stand. */
export function rehearsalOf(process: Process, cause: Entry, { streams, decide }: Reaction): Rehearsed {
  return { streams, decide: (transaction) => decide(transaction, () => because(process, cause)) };
}

export function workOf(process: Process, cause: Entry, reaction: Reaction): Work {
  const { streams, decide } = rehearsalOf(process, cause, reaction);
  return {
    streams,
    decide: (transaction) => {
      decide(transaction);
      for (const stream of streams) transaction.check(...stream);
    },
  };
}
