import { check, definitionOf, type Catalogue } from './catalogue.js';
import { isCorrection, type CorrectionFact, type VoidReason } from './corrections.js';
import { fold, type Decider } from './decider.js';
import type { Entry, EntryOf, Fact } from './envelope.js';
import { effective, type Effective } from './history.js';
import type { Occurred } from './occurred.js';
import { Refused } from './refused.js';
import { same } from './same.js';

export type CorrectionCommand =
  | { readonly type: 'AmendEntry'; readonly entry: string; readonly data: object; readonly occurred?: Occurred }
  | { readonly type: 'VoidEntry'; readonly entry: string; readonly why: VoidReason };

/** A decider as far as a correction asks it: whether a history holds. */
export type Holding = Decider<unknown, never, Fact>;

/**
 * Decides a correction on one stream's raw history. The same correction again decides nothing.
 *
 * @param beside the other deciders of the stream: the corrected history must hold for them as well
 * @throws Refused `entry-unknown`, `not-an-entry`, `entry-voided`, `identity-fixed`, or what `holds` says of the corrected history
 * @throws Invalid when the new value is not one of the entry's type
 */
export function correct<State, Command, Event extends Fact>(
  command: CorrectionCommand,
  decider: Decider<State, Command, Event>,
  history: readonly Entry[],
  beside: readonly Holding[] = [],
): CorrectionFact[] {
  const raw = history.find(({ id }) => id === command.entry);
  if (raw && isCorrection(raw.type)) throw new Refused('not-an-entry', 'This is itself a correction. Correct the entry it names; the latest amendment wins.');
  const standing = effective(history).find(({ id }) => id === command.entry);
  if (!standing) {
    if (raw && command.type === 'VoidEntry' && alreadyVoided(history, command)) return [];
    if (raw) throw new Refused('entry-voided', 'This entry is no longer part of the history, and a void is final. Record the fact anew.');
    throw new Refused('entry-unknown', 'There is no such entry in this history.');
  }
  if (command.type === 'VoidEntry' && definitionOf(decider.events, standing.type).permanent)
    throw new Refused('entry-permanent', 'Everything else of this case rests on this entry, so it cannot be voided. Amend it, or record why the case should not be counted.');
  const fact: CorrectionFact | undefined =
    command.type === 'VoidEntry'
      ? { type: 'EntryVoided', data: { entry: command.entry, why: command.why } }
      : amendment(command, standing, decider.events);
  if (!fact) return [];
  const corrected = effective([...history, { ...standing, ...fact, id: '', position: Infinity, stream: raw?.stream ?? standing.stream }]);
  mustHold([decider, ...beside], corrected);
  return [fact];
}

function mustHold(deciders: readonly Holding[], history: readonly Effective[]): void {
  for (const decider of deciders) {
    const broken = decider.holds?.(fold(decider, history as unknown as EntryOf<Fact>[]));
    if (broken) throw broken;
  }
}

function amendment(command: CorrectionCommand & { type: 'AmendEntry' }, standing: Effective, catalogue: Catalogue): CorrectionFact | undefined {
  const { type } = standing;
  const { version, fixed = [] } = definitionOf(catalogue, type);
  const data = command.data as Record<string, unknown>;
  check(catalogue, type, data, 'data');
  const moved = fixed.find((field) => !same(data[field], (standing.data as Record<string, unknown>)[field]));
  if (moved) throw new Refused('identity-fixed', `An amendment cannot change ${moved}: it says which fact this is. Void the entry and record the right one.`);
  const occurred = command.occurred ?? standing.occurred;
  if (same(data, standing.data) && same(occurred, standing.occurred)) return undefined;
  return { type: 'EntryAmended', data: { entry: command.entry, type, version, data, occurred } };
}

function alreadyVoided(history: readonly Entry[], { entry, why }: CorrectionCommand & { type: 'VoidEntry' }): boolean {
  return history.some(({ type, data }) => type === 'EntryVoided' && same(data, { entry, why }));
}
