import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Effective } from '@cairn/kernel/history.js';
import { endOf } from '@cairn/kernel/occurred.js';
import { readModel, type Lookup, type ReadModel, type Row } from '@cairn/kernel/read-model.js';

/** An entry as it stands, with what a person should look at in it by the entry alone: what follows from others is found when it is asked. */
type Told = Pick<Effective, 'stream' | 'version' | 'occurred' | 'recordedAt' | 'actor' | 'source' | 'reason' | 'protocol' | 'data' | 'corrections' | 'registration' | 'erased'> & { readonly flags: readonly string[] };

/** One entry of a participant's effective history; voided and given-away entries have none. */
export abstract class TimelineLine implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') entry: string;
  @Column('bigint') position: number;
  @Column('text') type: string;
  /** Epoch milliseconds at which it counts; null when not known. */
  @Column('bigint', { name: 'happened_at', nullable: true }) happenedAt: number | null;
  /** Text: nobody asks for a part of it, and to take it apart would cost more than all else about the row. */
  @Column('simple-json') told: Told;
}

/** What flags of other entries follow from is found however long the history is. */
const GROUNDS = { where: "type in ('Died', 'ConsentGiven', 'Reconsented', 'ConsentScopeWithdrawn', 'EntryAttested')" };

@Entity({ schema: 'read', name: 'timeline' })
@Index('timeline_in_order', ['participant', 'happenedAt', 'position'])
@Index('timeline_grounds', ['participant', 'position'], GROUNDS)
export class TimelineRow extends TimelineLine {}

/** The same, from streams that tell nothing of the arm: what masked roles are shown. */
@Entity({ schema: 'read', name: 'timeline_masked' })
@Index('timeline_masked_in_order', ['participant', 'happenedAt', 'position'])
@Index('timeline_masked_grounds', ['participant', 'position'], GROUNDS)
export class MaskedTimelineRow extends TimelineLine {}

/** What the record flags in an entry, from the entry and the programme version it names. */
export type EntryFlags = (entry: Entry, lookup: Lookup) => readonly string[];

export function timelineRows(row: new () => TimelineLine, groups: readonly Catalogue[], flagsOf: EntryFlags): ReadModel<TimelineLine> {
  return readModel(
    row,
    groups,
    {
      key: { column: 'entry', of: ({ id }: Entry) => id, single: true },
      initial: { entry: '', type: '', happenedAt: null, told: { stream: '', version: 1, occurred: { precision: 'unknown', zone: 'UTC' }, recordedAt: '', actor: { id: '', role: '' }, source: 'api', data: {}, corrections: [], flags: [] } },
      every: (before, entry, _, lookup) => ({ ...before, type: entry.type, happenedAt: endOf(entry.occurred) ?? null, told: toldOf(entry, entry.erased ? [] : flagsOf(entry, lookup)) }),
    },
    {},
  );
}

function toldOf({ stream, version, occurred, recordedAt, actor, source, reason, protocol, data, corrections = [], registration, erased }: Entry & Partial<Effective>, flags: readonly string[]): Told {
  return { stream, version, occurred, recordedAt, actor, source, data, corrections, flags, ...(reason && { reason }), ...(protocol && { protocol }), ...(registration !== undefined && { registration }), ...(erased && { erased }) };
}

/** The entry a row was folded from, as far as anybody is ever shown it. */
export function entryOf({ entry: id, position, type, told: { flags: _, ...told } }: TimelineLine): Entry {
  return { ...told, id, position, type, revision: 0, commandId: '', fingerprint: '', correlationId: '' };
}
