import { isCorrection } from '@cairn/kernel/corrections.js';
import { subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { effective, remains, type Effective } from '@cairn/kernel/history.js';
import { isMerge, mergesIn, personsOf, survivorOf, type Merges } from '@cairn/kernel/merges.js';

export interface Refolding {
  readonly after: Merges;
  /** Whose past a batch makes new: those corrected, and all registrations of a person with several, whichever of them an entry is about. */
  readonly participants: ReadonlySet<string>;
}

export function refoldingOf(batch: readonly Entry[], before: Merges): Refolding {
  const after = batch.some(({ type }) => isMerge(type)) ? mergesIn(batch, before) : before;
  const persons = [before, after].map((merges) => [merges, personsOf(merges)] as const);
  const participants = new Set<string>();
  for (const { type, stream } of batch) {
    const subject = subjectOf(stream);
    const together = persons.flatMap(([merges, known]) => known.get(survivorOf(merges, subject)) ?? []);
    // Also one that is undone within the batch: its entries are never folded as they come.
    if (isCorrection(type) || isMerge(type)) participants.add(subject);
    for (const registration of together) participants.add(registration);
  }
  return { after, participants };
}

/** What folds are given of some participants, at one position. */
export interface Standing {
  readonly standing: readonly Effective[];
  /** What remains of registrations that live on under another, for the models that keep it. */
  readonly left: readonly Effective[];
}

/** The histories of these participants as they stand, from all their raw entries up to a position. */
export function standingOf(participants: readonly string[], raw: readonly Entry[], merges: Merges): Standing {
  const merged = participants.filter((participant) => survivorOf(merges, participant) !== participant);
  return { standing: effective(raw), left: merged.flatMap((participant) => remains(raw, participant)) };
}

/** The entries that stand otherwise, or elsewhere, or no longer, or only now: what else there is of a history is folded already. */
export function changedBetween(before: Standing, after: Standing): Standing {
  return { standing: changed(before.standing, after.standing), left: changed(before.left, after.left) };
}

function changed(before: readonly Effective[], after: readonly Effective[]): Effective[] {
  const old = new Map(before.map((entry) => [signatureOf(entry), entry]));
  const come = after.filter((entry) => !old.delete(signatureOf(entry)));
  return [...old.values(), ...come];
}

/** What an entry says never changes; how it stands follows from these. */
function signatureOf({ id, stream, position, registration = '', corrections }: Effective): string {
  return `${id} ${stream} ${position} ${registration} ${corrections.join(' ')}`;
}
