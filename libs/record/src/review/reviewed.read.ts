import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Catalogue } from '@cairn/kernel/catalogue.js';
import { readModel, type ReadModel, type Row } from '@cairn/kernel/read-model.js';
import { remarksOn } from './events.js';

/** What a person has looked at already, so that it need not be flagged any more. From every stream: not for masked roles. */
@Entity({ schema: 'read', name: 'reviewed' })
export class ReviewedRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  /** Entries somebody stands for. */
  @Column('jsonb') attested: readonly string[];
  /** Sets of entries that are not the same fact. */
  @Column('jsonb') dismissed: readonly (readonly string[])[];
}

export function reviewedRows(groups: readonly Catalogue[]): ReadModel<ReviewedRow> {
  return readModel(
    ReviewedRow,
    groups.map(remarksOn),
    { initial: { attested: [], dismissed: [] } },
    {
      EntryAttested: (row, { data }) => ({ ...row, attested: [...row.attested, data.entry] }),
      DuplicateDismissed: (row, { data }) => ({ ...row, dismissed: [...row.dismissed, data.entries] }),
    },
  );
}
