import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A saved report: what was asked, by whom, where it was cut, and the hash of what it said. The lines are not kept: they are made again. */
@Entity({ schema: 'access', name: 'documents' })
@Index('documents_saved', ['savedAt', 'id'])
export class SavedDocument {
  @PrimaryColumn('uuid') id: string;
  @Column({ type: 'timestamptz', name: 'saved_at', insert: false, default: () => 'clock_timestamp()' }) savedAt: Date;
  @Column('text', { name: 'saved_by' }) savedBy: string;
  /** Through which it was seen: they decide which values it shows. */
  @Column('jsonb') roles: string[];
  @Column('text') report: string;
  @Column('jsonb') filters: object;
  @Column('text') format: string;
  @Column('bigint') position: number;
  @Column('bigint') access: number;
  @Column('int') lines: number;
  @Column('text') sha256: string;
}
