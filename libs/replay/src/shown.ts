import { seesGroup } from '@cairn/access/policy.js';
import { redact, type EntryView } from '@cairn/access/redact.js';
import type { Role } from '@cairn/access/roles.js';
import type { Asking } from '@cairn/access/routes.js';
import { fold } from '@cairn/kernel/decider.js';
import { categoryOf, type Entry } from '@cairn/kernel/envelope.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import type { Aspect, Judged } from './replayed.js';

/** The aspects whose streams somebody may see at all. */
export function seenBy({ caller }: Pick<Asking, 'caller'>, aspects: readonly Aspect[]): Aspect[] {
  return aspects.filter(({ events }) => seesGroup(caller, events));
}

/** An entry as these roles may see it. */
export function viewOf(entry: Entry, aspects: readonly Aspect[], roles: readonly Role[]): EntryView {
  const group = aspects.find(({ events }) => events.stream === categoryOf(entry.stream))?.events;
  if (!group) throw new Error(`No aspect is about ${entry.stream}.`);
  return redact(entry, group, roles);
}

/** Entries as these roles may see them, each made once however often it is asked for. */
export function viewing(aspects: readonly Aspect[], roles: readonly Role[]): (entry: Entry) => EntryView {
  const views = new Map<Entry, EntryView>();
  return (entry) => {
    const view = views.get(entry) ?? viewOf(entry, aspects, roles);
    views.set(entry, view);
    return view;
  };
}

/** The state of each aspect, folded from the entries as they are shown, so that it holds nothing else. */
export function statesOf(entries: readonly Entry[], aspects: readonly Aspect[], view: (entry: Entry) => EntryView): Record<string, unknown> {
  const shown = entries.map((entry) => ({ ...entry, data: view(entry).data }));
  return Object.fromEntries(aspects.map((aspect) => [aspect.events.stream, fold(aspect, shown.filter(({ stream }) => categoryOf(stream) === aspect.events.stream))]));
}

/** An entry as flags judge it. */
export function judgedOf({ id, type, erased, occurred }: Entry): Judged {
  return { id, type, date: dateOf(occurred), ...(erased && { erased }) };
}

/** Whom an answer tells of: those too whose registrations were merged into this one. */
export function toldOf(participant: string, entries: readonly { readonly registration?: string | null }[]): string[] {
  return [...new Set([participant, ...entries.flatMap(({ registration }) => registration ?? [])])];
}
