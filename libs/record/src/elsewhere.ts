import { reaching } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import type { Journal } from '@cairn/journal/journal.js';
import { Refused } from '@cairn/kernel/refused.js';
import type { ParticipantRegistered } from './participants/events.js';
import { participants } from './participants/participants.js';
import { support } from './support/support.js';

/** The no to what is new of a registration that was merged: where it lives on is named to those alone who reach it. */
export async function elsewhere(journal: Journal, { caller, roles }: Asking, mergedInto: string): Promise<Refused> {
  let survivor = mergedInto;
  for (const passed = new Set<string>(); !passed.has(survivor); ) {
    passed.add(survivor);
    survivor = (await journal.state(participants, survivor)).mergedInto ?? survivor;
  }
  const home = (await journal.state(participants, survivor)).registered;
  if (!home) return new Refused('participant-merged', 'This registration was merged into one that was erased since. Ask the data manager to undo that merge: then it goes on by itself.');
  const { worker } = await journal.state(support, survivor);
  const reached = reaching(roles, caller, { site: home.site, worker }).length > 0;
  return new Refused('participant-merged', reached ? `This registration was merged into ${survivor}. Record it there.` : 'This registration was merged into another, which is out of your reach. Ask the data manager.');
}

/** What is recorded is given to another of the same programme and site only. @throws Refused */
export function stayHome(from: ParticipantRegistered, to: ParticipantRegistered | undefined): void {
  if (to?.programme !== from.programme) throw new Refused('other-programme', 'An entry stays in its programme. Void it here, and record it where it belongs.');
  if (to.site !== from.site) throw new Refused('other-site', 'An entry stays at its site. Void it here, and record it where it belongs.');
}
