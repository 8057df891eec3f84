import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { unredacted, type EntryView } from '@cairn/access/redact.js';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { dateOf, endOf } from '@cairn/kernel/occurred.js';
import { readModel, type Lookup, type ReadModel, type Row } from '@cairn/kernel/read-model.js';

/** One entry of a participant's effective history; voided and given-away entries have none. */
export abstract class TimelineLine implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') entry: string;
  @Column('bigint') position: number;
  @Column('text') type: string;
  /** Epoch milliseconds at which it counts; null when not known. */
  @Column('bigint', { name: 'happened_at', nullable: true }) happenedAt: number | null;
  /** Local date by which flags judge it; null where there is none, or nothing of it is known any more. */
  @Column('text', { nullable: true }) dated: string | null;
  /** What a person should look at in it by the entry alone, if anything: what follows from others is found when it is asked. */
  @Column('simple-json', { nullable: true }) flags: readonly string[] | null;
  /** The registration it was recorded under, where that was merged into this one. */
  @Column('uuid', { nullable: true }) registration: string | null;
  /** The entry as it stands, as JSON: word for word what those are told from whom nothing is withheld. The others are told a part of it. */
  @Column('text') told: string;
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
      initial: { entry: '', type: '', happenedAt: null, dated: null, flags: null, registration: null, told: '' },
      every: (before, entry, group, lookup) => {
        const own = entry.erased ? [] : flagsOf(entry, lookup);
        return {
          ...before,
          type: entry.type,
          happenedAt: endOf(entry.occurred) ?? null,
          dated: dateOf(entry.occurred) ?? null,
          flags: own.length > 0 ? own : null,
          registration: entry.registration ?? null,
          told: JSON.stringify(unredacted(entry, group)),
        };
      },
    },
    {},
  );
}

/** The entry that a row tells of, as far as anybody is ever shown it. */
export function entryOf(position: number, participant: string, told: string): Entry {
  const { stream, ...view } = JSON.parse(told) as EntryView;
  return { ...view, stream: `${stream}-${participant}`, position, revision: 0, commandId: '', fingerprint: '', correlationId: '' } as Entry;
}
