import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { Entry, Envelope } from '@cairn/kernel/envelope.js';
import type { Effective } from '@cairn/kernel/history.js';
import { endOf } from '@cairn/kernel/occurred.js';
import { readModel, type Lookup, type ReadModel, type Row } from '@cairn/kernel/read-model.js';

/** One entry of a participant's effective history; voided and given-away entries have none. */
export abstract class TimelineLine implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') entry: string;
  @Column('bigint') position: number;
  @Column('text') stream: string;
  @Column('text') type: string;
  @Column('int') version: number;
  /** Epoch milliseconds at which it counts; null when not known. */
  @Column('bigint', { name: 'happened_at', nullable: true }) happenedAt: number | null;
  @Column('jsonb') occurred: Envelope['occurred'];
  @Column('text', { name: 'recorded_at' }) recordedAt: string;
  @Column('jsonb') actor: Envelope['actor'];
  @Column('text') source: Envelope['source'];
  @Column('jsonb', { nullable: true }) reason: Envelope['reason'] | null;
  @Column('jsonb', { nullable: true }) protocol: Envelope['protocol'] | null;
  @Column('jsonb') data: object;
  @Column('jsonb') corrections: readonly string[];
  /** The registration it was recorded under, where that was merged into this one. */
  @Column('uuid', { nullable: true }) registration: string | null;
  @Column('boolean') erased: boolean;
  /** What a person should look at in it by the entry alone: what follows from others is found when it is asked. */
  @Column('jsonb') flags: readonly string[];
}

@Entity({ schema: 'read', name: 'timeline' })
@Index('timeline_in_order', ['participant', 'happenedAt', 'position'])
export class TimelineRow extends TimelineLine {}

/** The same, from streams that tell nothing of the arm: what masked roles are shown. */
@Entity({ schema: 'read', name: 'timeline_masked' })
@Index('timeline_masked_in_order', ['participant', 'happenedAt', 'position'])
export class MaskedTimelineRow extends TimelineLine {}

/** What the record flags in an entry, from the entry and the programme version it names. */
export type EntryFlags = (entry: Entry, lookup: Lookup) => readonly string[];

export function timelineRows(row: new () => TimelineLine, groups: readonly Catalogue[], flagsOf: EntryFlags): ReadModel<TimelineLine> {
  return readModel(
    row,
    groups,
    {
      key: { column: 'entry', of: ({ id }: Entry) => id, single: true },
      initial: {
        entry: '', stream: '', type: '', version: 1, happenedAt: null, occurred: { precision: 'unknown', zone: 'UTC' }, recordedAt: '', actor: { id: '', role: '' }, source: 'api', reason: null, protocol: null, data: {}, corrections: [], registration: null, erased: false, flags: [],
      },
      every: (before, entry, group, lookup) => ({
        ...before,
        stream: group.stream,
        type: entry.type,
        version: entry.version,
        happenedAt: endOf(entry.occurred) ?? null,
        occurred: entry.occurred,
        recordedAt: entry.recordedAt,
        actor: entry.actor,
        source: entry.source,
        reason: entry.reason ?? null,
        protocol: entry.protocol ?? null,
        data: entry.data as object,
        corrections: (entry as Effective).corrections ?? [],
        registration: entry.registration ?? null,
        erased: entry.erased ?? false,
        flags: entry.erased ? [] : flagsOf(entry, lookup),
      }),
    },
    {},
  );
}

/** The entry a row was folded from, as far as anybody is ever shown it. */
export function entryOf(row: TimelineLine): Entry {
  const { entry: id, reason, protocol, erased, registration, happenedAt: _, flags: __, participant, ...rest } = row;
  return {
    ...rest,
    id,
    stream: `${row.stream}-${participant}`,
    revision: 0,
    commandId: '',
    fingerprint: '',
    correlationId: '',
    ...(reason && { reason }),
    ...(protocol && { protocol }),
    ...(registration !== null && { registration }),
    ...(erased && { erased: true as const }),
  };
}
