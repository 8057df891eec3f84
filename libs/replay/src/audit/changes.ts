import { Inject, Injectable } from '@nestjs/common';
import type { Role } from '@cairn/access/roles.js';
import { Journal } from '@cairn/journal/journal.js';
import type { EntryAmended, EntryReattributed } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { isMerge, type ParticipantsMerged } from '@cairn/kernel/merges.js';
import { changesOf } from '../difference.js';
import { REPLAYED, type Replayed } from '../replayed.js';
import { viewOf } from '../shown.js';
import type { TrailRow } from '../trail.read.js';
import type { Cut } from './report.js';

const FEW = 8;

/** One field of an entry, former and new, by the words people use. */
export interface LabelledChange {
  readonly what: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What corrections changed, and which registrations a merge is of: read from the log itself, so that what was erased is in no report. */
@Injectable()
export class Changes {
  constructor(
    private readonly journal: Journal,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** By the correction's event id. */
  async of(rows: readonly TrailRow[], { position }: Cut, roles: readonly Role[]): Promise<Map<string, LabelledChange[]>> {
    const corrections = rows.filter(({ correction, type }) => correction || isMerge(type));
    const raw = await this.recorded([...new Set(corrections.map(({ stream, subject }) => `${stream}-${subject}`))], position);
    const byEntry = Map.groupBy(raw, ({ id, data }) => (data as { entry?: string }).entry ?? id);
    const byId = new Map(raw.map((entry) => [entry.id, entry]));
    return new Map(corrections.map(({ event }) => [event, this.changed(byId.get(event), byId, byEntry, roles)]));
  }

  /** One case is most often at hand already; many would push out of the journal's memory those that are being written to. */
  private async recorded(streams: readonly string[], upTo: number): Promise<Entry[]> {
    if (streams.length > FEW) return this.journal.upTo(streams, upTo);
    const known = await this.journal.history(streams.map((stream) => [{ events: { stream: categoryOf(stream) } }, subjectOf(stream)] as const));
    return known.filter(({ position, stream }) => position <= upTo && streams.includes(stream));
  }

  private changed(correction: Entry | undefined, byId: ReadonlyMap<string, Entry>, byEntry: ReadonlyMap<string, readonly Entry[]>, roles: readonly Role[]): LabelledChange[] {
    if (!correction || correction.erased) return [];
    if (isMerge(correction.type)) {
      const { kept, merged } = correction.data as ParticipantsMerged;
      return [{ what: 'participant', ...(correction.type === 'ParticipantsMerged' ? { from: merged, to: kept } : { from: kept, to: merged }) }];
    }
    if (correction.type === 'EntryReattributed') {
      const { from, to } = correction.data as EntryReattributed;
      return [{ what: 'participant', from, to }];
    }
    if (correction.type !== 'EntryAmended') return [];
    const { entry, data, occurred } = correction.data as EntryAmended;
    const told = (byEntry.get(entry) ?? []).filter(({ position, type }) => position < correction.position && (type === 'EntryAmended' || type === 'EntryReattributed'));
    const latest = told.at(-1);
    const former = latest?.type === 'EntryAmended' ? (latest.data as EntryAmended) : ((latest?.data as EntryReattributed | undefined)?.carried ?? byId.get(entry));
    const original = byId.get(entry) ?? correction;
    if (!former) return [];
    const view = (value: { data: unknown; occurred: Entry['occurred'] }) => viewOf({ ...original, type: (correction.data as EntryAmended).type, data: value.data, occurred: value.occurred }, this.replayed.aspects, roles);
    return changesOf(view(former), view({ data, occurred })).map(({ label, former: was = null, present = null }) => ({ what: label, from: was, to: present }));
  }
}
