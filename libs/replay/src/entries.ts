import { Inject, Injectable } from '@nestjs/common';
import { Unknown } from '@cairn/access/denied.js';
import type { EntryView } from '@cairn/access/redact.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { isCorrection, type CorrectionFact, type EntryReattributed } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { asOf, corrected, effective, recordedOf } from '@cairn/kernel/history.js';
import { endOf } from '@cairn/kernel/occurred.js';
import { changesOf, type Change } from './difference.js';
import { REPLAYED, type Aspect, type Replayed } from './replayed.js';
import { judgedOf, seenBy, toldOf, viewOf } from './shown.js';

/** What the entry said from one moment on, who said so, and what was different from before. */
interface Value extends Pick<EntryView, 'data' | 'occurred' | 'recordedAt' | 'actor' | 'source' | 'reason'> {
  /** The correction that gave it; none for the first. */
  readonly correction?: string;
  readonly changes: readonly Change[];
}

export interface WholeEntry {
  readonly participant: string;
  readonly entry: EntryView;
  /** Whether it counts in this participant's history now. */
  readonly stands: boolean;
  /** What a person should look at in it as it stands. */
  readonly flags: readonly string[];
  /** Oldest first; the last is the present one. */
  readonly values: readonly Value[];
  readonly corrections: readonly EntryView[];
  readonly reattributed?: { readonly from: string; readonly to: string };
  /** What was said about it: queries and their answers, attestations, deviations, signatures. */
  readonly remarks: readonly EntryView[];
  /** The consent in force when it happened: as the record stands now, and as it was known when this was recorded. */
  readonly consent: { readonly whenItHappened: unknown; readonly knownWhenRecorded: unknown };
}

/** One entry with everything that is known about it. EMA 2023 6.2.1: who, role, organisation, what, when, why, per field. */
@Injectable()
export class Entries {
  constructor(
    private readonly journal: Journal,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** And whom it tells of. @throws Unknown when there is no such entry in what the caller may see of this participant */
  async of(asking: Asking, participant: string, id: string): Promise<{ readonly entry: WholeEntry; readonly told: readonly string[] }> {
    const aspects = seenBy(asking, this.replayed.aspects);
    const raw = recordedOf(participant, await this.journal.history(aspects.map((aspect) => [aspect, participant] as const)));
    const first = raw.find((entry) => entry.id === id) ?? arrived(raw, participant, id);
    if (!first) throw new Unknown('entry');
    const view = (entry: Entry) => viewOf(entry, aspects, asking.roles);
    const corrections = raw.filter(({ type, data, erased }) => isCorrection(type) && !erased && (data as CorrectionFact['data']).entry === id);
    const moved = corrections.find(({ type }) => type === 'EntryReattributed')?.data as EntryReattributed | undefined;
    const standing = effective(raw, participant);
    const present = standing.find((entry) => entry.id === id);
    const entry: WholeEntry = {
      participant,
      entry: view(first),
      stands: isCorrection(first.type) || corrected(raw).some((entry) => entry.id === id),
      flags: present ? this.replayed.flagsBy(standing)(judgedOf(present), (await this.replayed.ownFlags([present]))(present)) : [],
      values: valuesOf(first, corrections, view),
      corrections: corrections.map(view),
      ...(moved && { reattributed: { from: moved.from, to: moved.to } }),
      remarks: remarksAbout(id, raw, aspects).map(view),
      consent: this.consentAt(participant, first, raw),
    };
    return { entry, told: toldOf(participant, raw) };
  }

  private consentAt(participant: string, { occurred, position }: Entry, raw: readonly Entry[]): WholeEntry['consent'] {
    const until = endOf(occurred) ?? Infinity;
    const at = (known: readonly Entry[]) => this.replayed.consentOf(asOf(effective(known, participant), until));
    return { whenItHappened: at(raw), knownWhenRecorded: at(raw.filter((entry) => entry.position < position)) };
  }
}

/** An entry that was given to this participant, as its author wrote it for another. */
function arrived(raw: readonly Entry[], participant: string, id: string): Entry | undefined {
  return corrected(raw.filter(({ type, data }) => type === 'EntryReattributed' && (data as EntryReattributed).entry === id)).find(({ stream }) => subjectOf(stream) === participant);
}

function valuesOf(first: Entry, corrections: readonly Entry[], view: (entry: Entry) => EntryView): Value[] {
  const amendments = corrections.filter(({ type, position }) => type === 'EntryAmended' && position > first.position);
  let former = view(first);
  const { data, occurred } = former;
  const values: Value[] = [{ data, occurred, ...tellingOf(former), changes: [] }];
  for (const amendment of amendments) {
    const said = amendment.data as { data: object; occurred: Entry['occurred'] };
    const present = view({ ...first, data: said.data, occurred: said.occurred });
    values.push({ data: present.data, occurred: present.occurred, ...tellingOf(view(amendment)), correction: amendment.id, changes: changesOf(former, present) });
    former = present;
  }
  return values;
}

/** By whom, when and why, as far as it is shown. */
function tellingOf({ recordedAt, actor, source, reason }: EntryView): Pick<EntryView, 'recordedAt' | 'actor' | 'source' | 'reason'> {
  return { recordedAt, ...(actor && { actor }), ...(source !== undefined && { source }), ...(reason && { reason }) };
}

/** The remarks that name an entry, and those that answer, close or drop one that does. */
function remarksAbout(id: string, raw: readonly Entry[], aspects: readonly Aspect[]): Entry[] {
  const remarkable = new Map(aspects.map(({ events }) => [events.stream, events.remarks ?? {}]));
  const remarks = raw.filter(({ stream, type, erased }) => !erased && Object.hasOwn(remarkable.get(categoryOf(stream)) ?? {}, type));
  const threads = new Set<string>();
  return remarks.filter(({ data }) => {
    const { entry, entries = [], query, signature } = data as { entry?: string; entries?: readonly string[]; query?: string; signature?: string };
    const thread = query ?? signature;
    const about = entry === id || entries.includes(id) || (thread !== undefined && threads.has(thread));
    if (about && thread !== undefined) threads.add(thread);
    return about;
  });
}
