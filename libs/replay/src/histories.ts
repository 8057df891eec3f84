import { Inject, Injectable } from '@nestjs/common';
import type { EntryView } from '@cairn/access/redact.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { isCorrection, type CorrectionFact } from '@cairn/kernel/corrections.js';
import { asOf, chronological, corrected, effective, knownAt, recordedOf } from '@cairn/kernel/history.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { REPLAYED, type Aspect, type Replayed } from './replayed.js';
import { judgedOf, seenBy, statesOf, viewing } from './shown.js';

/** An entry of the raw history: what was first written, what became of it, and by which corrections. */
export interface RecordedEntry extends EntryView {
  /** False once it was voided or given to another participant. */
  readonly stands?: boolean;
  readonly corrections?: readonly Pick<EntryView, 'id' | 'type' | 'recordedAt' | 'actor' | 'reason'>[];
  /** The value as it stands, when it was amended; `data` and `occurred` keep the first one. */
  readonly current?: Pick<EntryView, 'data' | 'occurred'>;
}

export interface History {
  readonly participant: string;
  /** For each stream the etag a correction of its entries must name. */
  readonly streams: Readonly<Record<string, { readonly etag: string }>>;
  readonly entries: readonly RecordedEntry[];
}

/** An entry as it stands, and what a person should look at in it. */
export interface FlaggedEntry extends EntryView {
  readonly flags?: readonly string[];
}

export interface ReplayPoint {
  /** Epoch milliseconds; what had happened by then. */
  readonly asOf: number | undefined;
  /** RFC 3339; what the record knew by then. */
  readonly knownAt: string | undefined;
}

export interface ReplayedCase {
  readonly participant: string;
  /** The state of each aspect, folded from the entries below. */
  readonly state: Readonly<Record<string, unknown>>;
  readonly entries: readonly FlaggedEntry[];
}

@Injectable()
export class Histories {
  constructor(
    private readonly journal: Journal,
    @Inject(REPLAYED) private readonly replayed: Replayed,
  ) {}

  /** Everything ever recorded, in the order it was recorded, corrected entries and corrections included. */
  async history(asking: Asking, participant: string): Promise<History> {
    const aspects = this.visible(asking);
    const raw = recordedOf(participant, await this.journal.history(aspects.map((aspect) => [aspect, participant] as const)));
    const standing = new Map(corrected(raw).map((entry) => [entry.id, entry]));
    const made = Map.groupBy(raw.filter(({ type }) => isCorrection(type)), ({ data }) => (data as CorrectionFact['data']).entry);
    const view = viewing(aspects, asking.roles);
    const entries = raw.map((entry): RecordedEntry => {
      if (isCorrection(entry.type) || isMerge(entry.type)) return view(entry);
      const corrections = (made.get(entry.id) ?? []).map(view).map(({ id, type, recordedAt, actor, reason }) => ({ id, type, recordedAt, ...(actor && { actor }), ...(reason && { reason }) }));
      const now = standing.get(entry.id);
      const current = now && now.corrections.length > 0 ? view(now) : undefined;
      return { ...view(entry), stands: now !== undefined, ...(corrections.length > 0 && { corrections }), ...(current && { current: { data: current.data, occurred: current.occurred } }) };
    });
    // Of the very entries shown: a correction decided on them is refused once anything has come after.
    const streams = aspects.map((aspect) => [aspect.events.stream, { etag: this.journal.etag([aspect, participant], raw) }] as const);
    return { participant, streams: Object.fromEntries(streams), entries };
  }

  /** The case at a point on both clocks: `knownAt` on the raw entries, then corrections, then `asOf`. */
  async replay(asking: Asking, participant: string, point: ReplayPoint): Promise<ReplayedCase> {
    const aspects = this.visible(asking);
    const view = viewing(aspects, asking.roles);
    const raw = await this.journal.history(aspects.map((aspect) => [aspect, participant] as const));
    const known = point.knownAt === undefined ? raw : knownAt(raw, point.knownAt);
    const standing = effective(known, participant);
    const happened = point.asOf === undefined ? standing : asOf(standing, point.asOf);
    const [own, flagsOf] = [await this.replayed.ownFlags(happened), this.replayed.flagsBy(happened)];
    return { participant, state: statesOf(happened, aspects, view), entries: chronological(happened).map((entry) => flagged(view(entry), flagsOf(judgedOf(entry), own(entry)))) };
  }

  private visible(asking: Asking): Aspect[] {
    return seenBy(asking, this.replayed.aspects);
  }
}

function flagged(view: EntryView, flags: readonly string[]): FlaggedEntry {
  return { ...view, ...(flags.length > 0 && { flags }) };
}
