import { In, type DataSource } from 'typeorm';
import type { Whereabouts } from '@cairn/access/policy.js';
import type { Contexts } from '@cairn/journal/read-models.js';
import { fold } from '@cairn/kernel/decider.js';
import type { Entry, EntryOf } from '@cairn/kernel/envelope.js';
import { refold } from '@cairn/kernel/read-model.js';
import { outcomeRows } from './acute-care/outcomes.read.js';
import { outcomeView } from './case-summary.js';
import type { Summary } from './case-views.js';
import type { ParticipantEvent } from './participants/events.js';
import { ParticipantRow } from './participants/participants.read.js';
import { participants, type ParticipantState } from './participants/participants.js';
import type { SupportEvent } from './support/events.js';
import { support } from './support/support.js';

/** The primary outcome as it follows from an effective history, whichever it is: of now, as known then, as of a day. */
export async function outcomeOf(entries: readonly Entry[], contexts: Contexts): Promise<Summary['outcome']> {
  await contexts.load(entries.flatMap(({ protocol }) => protocol ?? []));
  const [row] = refold(outcomeRows, entries, contexts.lookup).values();
  return outcomeView(row);
}

/** What is consented to, scope by scope, as it follows from an effective history. */
export function consentOf(entries: readonly Entry[]): ParticipantState['scopes'] {
  return fold(participants, entries as unknown as EntryOf<ParticipantEvent>[]).scopes;
}

/** The study numbers of those of these participants that have one. */
export async function studyNumbersOf(ids: readonly string[], { manager }: DataSource): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await manager.find(ParticipantRow, { select: { participant: true, studyNumber: true }, where: { participant: In([...ids]) } });
  return new Map(rows.flatMap(({ participant, studyNumber }) => (studyNumber === null ? [] : [[participant, studyNumber] as const])));
}

/** The site and the worker of a participant by an effective history; undefined before they were registered. */
export function placeIn(entries: readonly Entry[]): Whereabouts | undefined {
  const home = fold(participants, entries as unknown as EntryOf<ParticipantEvent>[]).registered;
  return home && { site: home.site, worker: fold(support, entries as unknown as EntryOf<SupportEvent>[]).worker };
}
