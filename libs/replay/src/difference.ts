import { Inject, Injectable } from '@nestjs/common';
import type { Temporal } from 'temporal-polyfill';
import type { EntryView } from '@cairn/access/redact.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { isCorrection, type CorrectionFact } from '@cairn/kernel/corrections.js';
import { asOf, chronological, effective, knownAt, type Effective } from '@cairn/kernel/history.js';
import { same } from '@cairn/kernel/same.js';
import { labelOf } from './labels.js';
import { REPLAYED, type Replayed } from './replayed.js';
import { seenBy, statesOf, toldOf, viewing } from './shown.js';

/** A field whose value is another at the second point than at the first. */
export interface Change {
  readonly field: string;
  readonly label: string;
  readonly former?: unknown;
  readonly present?: unknown;
}

/** Two points on one clock, both inclusive. */
export interface Between {
  readonly clock: 'recorded' | 'happened';
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

interface Gone {
  readonly entry: EntryView;
  /** The correction that took it away; none where the other clock alone did. */
  readonly by?: EntryView;
}

export interface CaseDifference {
  readonly participant: string;
  readonly came: readonly EntryView[];
  readonly went: readonly Gone[];
  readonly amended: readonly { readonly entry: EntryView; readonly changes: readonly Change[]; readonly by: readonly EntryView[] }[];
  readonly state: Readonly<Record<string, { readonly before: unknown; readonly after: unknown; readonly changed: boolean }>>;
  readonly outcome: { readonly before: unknown; readonly after: unknown; readonly changed: boolean };
}

/** What changed in a case between two points: what came, what went, what was amended, and what follows from it. */
@Injectable()
export class Differences {
  constructor(
    private readonly journal: Journal,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** And whom it tells of. */
  async between(asking: Asking, participant: string, { clock, from, to }: Between): Promise<{ readonly difference: CaseDifference; readonly told: readonly string[] }> {
    const aspects = seenBy(asking, this.replayed.aspects);
    const raw = await this.journal.history(aspects.map((aspect) => [aspect, participant] as const));
    const standing = effective(raw, participant);
    const at = (point: Temporal.Instant) => (clock === 'happened' ? asOf(standing, point.epochMilliseconds) : effective(knownAt(raw, point.toString()), participant));
    const [before, after] = [at(from), at(to)];
    const view = viewing(aspects, asking.roles);
    const was = new Map(before.map((entry) => [entry.id, entry]));
    const is = new Map(after.map((entry) => [entry.id, entry]));
    const corrections = new Map(raw.filter(({ type }) => isCorrection(type)).map((entry) => [entry.id, entry]));
    const by = ({ corrections: ids }: Effective) => ids.flatMap((id) => corrections.get(id) ?? []).map(view);
    const amended = after.flatMap((entry) => {
      const earlier = was.get(entry.id);
      if (!earlier || (same(earlier.data, entry.data) && same(earlier.occurred, entry.occurred))) return [];
      return [{ entry: view(entry), changes: changesOf(view(earlier), view(entry)), by: by(entry).slice(earlier.corrections.length) }];
    });
    const went = before.filter(({ id }) => !is.has(id)).map((entry): Gone => {
      const takenBy = [...corrections.values()].find(({ type, data }) => type !== 'EntryAmended' && (data as CorrectionFact['data']).entry === entry.id);
      return { entry: view(entry), ...(takenBy && clock === 'recorded' && { by: view(takenBy) }) };
    });
    const [stateBefore, stateAfter] = [statesOf(before, aspects, view), statesOf(after, aspects, view)];
    const [outcomeBefore, outcomeAfter] = await Promise.all([this.replayed.outcomeOf(before), this.replayed.outcomeOf(after)]);
    const pair = (one: unknown, other: unknown) => ({ before: one, after: other, changed: !same(one, other) });
    const difference: CaseDifference = {
      participant,
      came: chronological(after.filter(({ id }) => !was.has(id))).map(view),
      went,
      amended,
      state: Object.fromEntries(Object.keys(stateAfter).map((stream) => [stream, pair(stateBefore[stream], stateAfter[stream])])),
      outcome: pair(outcomeBefore, outcomeAfter),
    };
    return { difference, told: toldOf(participant, [...before, ...after]) };
  }
}

/** Field by field, of what may be seen of both. */
export function changesOf(former: Pick<EntryView, 'data' | 'occurred'>, present: Pick<EntryView, 'data' | 'occurred'>): Change[] {
  const was: Readonly<Record<string, unknown>> = { ...former.data, occurred: former.occurred };
  const is: Readonly<Record<string, unknown>> = { ...present.data, occurred: present.occurred };
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((field) => !same(was[field], is[field]));
  return fields.map((field) => ({ field, label: labelOf(field), ...(was[field] !== undefined && { former: was[field] }), ...(is[field] !== undefined && { present: is[field] }) }));
}
