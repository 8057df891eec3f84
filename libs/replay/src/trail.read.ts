import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { endOf } from '@cairn/kernel/occurred.js';
import type { Lookup } from '@cairn/kernel/read-model.js';
import type { RawLog } from '@cairn/journal/raw-table.js';

/**
 * The audit trail: one row for every entry ever recorded, as it was recorded. What an entry says is not in it, and no correction or merge
 * changes a row. ICH E6(R3) 4.2.2.
 */
@Entity({ schema: 'read', name: 'trail' })
@Index('trail_recorded', ['recordedAt'], { type: 'brin' })
@Index('trail_participant', ['participant', 'position'])
@Index('trail_actor', ['actor', 'position'])
@Index('trail_type', ['type'])
@Index('trail_site', ['programme', 'site'])
@Index('trail_corrects', ['corrects', 'position'], { where: 'corrects is not null' })
@Index('trail_custody', ['participant', 'position'], { where: "type in ('ParticipantRegistered', 'WorkerAssigned', 'WorkerUnassigned')" })
export class TrailRow {
  @PrimaryColumn('bigint') position: number;
  @Column('uuid') event: string;
  /** RFC 3339, UTC, microseconds: texts in the order of time. */
  @Column('text', { name: 'recorded_at' }) recordedAt: string;
  /** As precisely as it is known; null when not known. */
  @Column('text', { nullable: true }) happened: string | null;
  /** Epoch milliseconds at which it counts; null when not known. */
  @Column('bigint', { name: 'happened_at', nullable: true }) happenedAt: number | null;
  /** First part of the stream's name, and whom or what the stream is about. */
  @Column('text') stream: string;
  @Column('text') subject: string;
  @Column('uuid', { nullable: true }) participant: string | null;
  @Column('text', { nullable: true }) programme: string | null;
  @Column('text', { nullable: true }) site: string | null;
  @Column('text', { name: 'protocol_version', nullable: true }) protocolVersion: string | null;
  @Column('text') actor: string;
  @Column('text') role: string;
  @Column('text') type: string;
  @Column('text', { nullable: true }) reason: string | null;
  @Column('text') source: string;
  @Column('boolean') late: boolean;
  /** Working days from the day it happened to the day it was recorded; null where that is not known. */
  @Column('int', { nullable: true }) delay: number | null;
  @Column('boolean') correction: boolean;
  @Column('uuid', { nullable: true }) corrects: string | null;
  /** The staff member an assignment entry names, assigned or no longer so. */
  @Column('text', { nullable: true }) worker: string | null;
}

/** How long an entry took to be recorded, by the programme version it names. */
export type DelayOf = (entry: Entry, lookup: Lookup) => { readonly workingDays: number | null; readonly late: boolean };

export interface TrailGroups {
  /** Streams about participants. */
  readonly participants: ReadonlySet<string>;
  /** Streams about programmes. */
  readonly programmes: ReadonlySet<string>;
}

export function trailLog({ participants, programmes }: TrailGroups, delayOf: DelayOf): RawLog<TrailRow> {
  return {
    row: TrailRow,
    of(entry, lookup) {
      const { id, position, recordedAt, occurred, actor, type, reason, source, protocol, erased } = entry;
      const stream = categoryOf(entry.stream);
      const subject = subjectOf(entry.stream);
      const data = entry.data as { entry?: string; worker?: string };
      const { workingDays, late } = erased ? { workingDays: null, late: false } : delayOf(entry, lookup);
      return {
        position,
        event: id,
        recordedAt,
        happened: occurred.at ?? null,
        happenedAt: endOf(occurred) ?? null,
        stream,
        subject,
        participant: participants.has(stream) ? subject : null,
        programme: protocol?.programme ?? (programmes.has(stream) ? subject : null),
        site: protocol?.site ?? actor.site ?? null,
        protocolVersion: protocol?.version ?? null,
        actor: actor.id,
        role: actor.role,
        type,
        reason: reason?.code ?? null,
        source,
        late,
        delay: workingDays,
        correction: isCorrection(type),
        corrects: isCorrection(type) ? (data.entry ?? null) : null,
        worker: type === 'WorkerAssigned' || type === 'WorkerUnassigned' ? (data.worker ?? null) : null,
      };
    },
  };
}
