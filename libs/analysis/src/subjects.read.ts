import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import type { ProtocolRef } from '@cairn/kernel/envelope.js';
import { readModel, type Lookup, type ReadModel, type Row } from '@cairn/kernel/read-model.js';

/** Whom the analysts' views are about, told from what even an erased participant leaves: the kinds of their entries and the programme versions these name. */
@Entity({ schema: 'read', name: 'subjects' })
export class SubjectRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text', { nullable: true }) programme: string | null;
  @Column('text', { nullable: true }) site: string | null;
  /** By any version of the protocol that their entries name; by one nobody knows as well. */
  @Column('boolean') masked: boolean;
  @Column('boolean') enrolled: boolean;
  /** Planned sessions of the version they were enrolled under. */
  @Column('int', { nullable: true }) planned: number | null;
  /** Entries that can no longer be read: what they said is unknown, never zero. */
  @Column('int') erased: number;
}

/** What the views must know of the programme version an entry names. */
export type RulesOf = (lookup: Lookup, protocol: ProtocolRef) => { readonly masked: boolean; readonly plannedSessions: number | undefined };

export function subjectRows(groups: readonly Catalogue[], rulesOf: RulesOf): ReadModel<SubjectRow> {
  return readModel(
    SubjectRow,
    groups,
    {
      initial: { programme: null, site: null, masked: false, enrolled: false, planned: null, erased: 0 },
      every: (row, { type, protocol, erased }, _, lookup) => {
        const enrols = type === 'Enrolled';
        const { masked, plannedSessions } = protocol ? rulesOf(lookup, protocol) : { masked: false, plannedSessions: null };
        const told = {
          programme: protocol?.programme ?? row.programme,
          site: protocol?.site ?? row.site,
          masked: row.masked || masked,
          enrolled: row.enrolled || enrols,
          planned: enrols && protocol ? (plannedSessions ?? null) : row.planned,
          erased: row.erased + (erased ? 1 : 0),
        };
        // Most entries tell nothing new of whom they are about.
        return (Object.keys(told) as (keyof typeof told)[]).every((name) => row[name] === told[name]) ? row : { ...row, ...told };
      },
    },
    {},
  );
}
