import { check, definitionOf, type Catalogue } from './catalogue.js';
import { isCorrection, type Carried, type CorrectionFact, type EntryReattributed, type VoidReason } from './corrections.js';
import { fold, type Decider } from './decider.js';
import { subjectOf, type Entry, type EntryOf, type Fact } from './envelope.js';
import { effective, type Effective } from './history.js';
import type { Occurred } from './occurred.js';
import { isMerge } from './merges.js';
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
 * @param history with what is recorded beside it, if anything is, under other registrations of the same person
 * @param beside the other deciders of the stream: the corrected history must hold for them as well
 * @throws Refused `entry-unknown`, `not-an-entry`, `entry-voided`, `entry-moved`, `identity-fixed`, or what `holds` says of the corrected history
 * @throws Invalid when the new value is not one of the entry's type
 */
export function correct<State, Command, Event extends Fact>(
  command: CorrectionCommand,
  decider: Decider<State, Command, Event>,
  history: readonly Entry[],
  beside: readonly Holding[] = [],
): CorrectionFact[] {
  const standing = standingOf(command.entry, history);
  if (!standing) {
    if (command.type === 'VoidEntry' && alreadyVoided(history, command)) return [];
    throw gone(command.entry, history);
  }
  if (command.type === 'VoidEntry' && definitionOf(decider.events, standing.type).permanent)
    throw new Refused('entry-permanent', 'Everything else of this case rests on this entry, so it cannot be voided. Amend it, or record why the case should not be counted.');
  const fact: CorrectionFact | undefined =
    command.type === 'VoidEntry'
      ? { type: 'EntryVoided', data: { entry: command.entry, why: command.why } }
      : amendment(command, standing, decider.events);
  if (!fact) return [];
  const of = subjectOf(standing.stream);
  mustHold([decider, ...beside], effective(history, of), effective([...history, { ...standing, ...fact, id: '', position: Infinity, stream: standing.stream }], of));
  return [fact];
}

/** One participant's stream of the kind an entry is on. */
export interface Side {
  readonly participant: string;
  readonly history: readonly Entry[];
}

/**
 * Decides that an entry is another participant's: one fact for each of the two streams, which both must hold without it and with it.
 * What travels is the entry as it stands. Nothing when it was given to the same participant already.
 *
 * @throws Refused as for other corrections, and `same-participant`, `entry-stays`, `entry-erased`
 */
export function reattribute(id: string, decider: Holding, from: Side, to: Side, beside: readonly Holding[] = []): { from: CorrectionFact; to: CorrectionFact } | undefined {
  if (from.participant === to.participant) throw new Refused('same-participant', 'The entry is this participant’s already. Name the one it belongs to.');
  const standing = standingOf(id, from.history);
  if (!standing) {
    if (movedTo(id, from.history) === to.participant) return undefined;
    throw gone(id, from.history);
  }
  const { type, data, occurred, actor, recordedAt, source, reason, protocol, erased } = standing;
  if (erased) throw new Refused('entry-erased', 'This entry can no longer be read, so nobody can say whose it is.');
  const { version, permanent, stays } = definitionOf(decider.events, type);
  if (permanent ?? stays ?? Object.hasOwn(decider.events.remarks ?? {}, type))
    throw new Refused('entry-stays', `${type} is about this very case and means nothing in another. Void it if it should never have been recorded, and record the right one there.`);
  const move = { entry: id, from: from.participant, to: to.participant };
  const carried: Carried = { type, version, data: data as object, occurred, actor, recordedAt, source, ...(reason && { reason }), ...(protocol && { protocol }) };
  const facts = { from: { type: 'EntryReattributed', data: move }, to: { type: 'EntryReattributed', data: { ...move, carried } } } as const;
  const mustStillHold = ({ participant, history }: Side, fact: CorrectionFact) =>
    mustHold([decider, ...beside], effective(history, participant), effective([...history, { ...standing, ...fact, id: '', position: Infinity, stream: `${decider.events.stream}-${participant}` }], participant));
  mustStillHold(from, facts.from);
  try {
    mustStillHold(to, facts.to);
  } catch (error) {
    throw error instanceof Refused ? new Refused(error.code, `At the participant it would be given to this cannot stand. ${error.message.split('. ')[0]?.replace(/\.$/, '') ?? ''}. Record there what it rests on, or void there what it contradicts, first.`) : error;
  }
  return facts;
}

/** The entry as it stands; undefined when it does not. @throws Refused `not-an-entry` */
function standingOf(id: string, history: readonly Entry[]): Effective | undefined {
  const standing = effective(history).find((entry) => entry.id === id);
  if (history.some((entry) => entry.id === id && isMerge(entry.type))) throw new Refused('not-an-entry', 'A merge is not corrected: undo it, and merge the right ones.');
  if (!standing && history.some((entry) => entry.id === id && isCorrection(entry.type)))
    throw new Refused('not-an-entry', 'This is itself a correction. Correct the entry it names; the latest amendment wins.');
  return standing;
}

function gone(id: string, history: readonly Entry[]): Refused {
  if (naming(id, history).some(({ type }) => type === 'EntryVoided')) return new Refused('entry-voided', 'This entry is no longer part of the history, and a void is final. Record the fact anew.');
  if (movedTo(id, history) !== undefined) return new Refused('entry-moved', 'This entry was given to another participant. Correct it there.');
  return new Refused('entry-unknown', 'There is no such entry in this history.');
}

function movedTo(id: string, history: readonly Entry[]): string | undefined {
  const last = naming(id, history).findLast(({ type }) => type === 'EntryReattributed');
  return last && (last.data as EntryReattributed).to;
}

function naming(id: string, history: readonly Entry[]): Entry[] {
  return history.filter(({ type, data }) => isCorrection(type) && (data as { entry?: string }).entry === id);
}

/** What did not hold before is no reason to refuse: separating two registrations may leave on one what rests on the other, and it is mended entry by entry. */
function mustHold(deciders: readonly Holding[], before: readonly Effective[], after: readonly Effective[]): void {
  for (const decider of deciders) {
    const broken = (history: readonly Effective[]) => decider.holds?.(fold(decider, history as unknown as EntryOf<Fact>[]));
    const now = broken(after);
    if (now && now.message !== broken(before)?.message) throw now;
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
