import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { workbookEvents } from './events.js';

export interface WorkbookSectionState {
  readonly section: string;
  readonly version: string;
  readonly startedOn?: string | null;
  readonly completedOn?: string | null;
  readonly completed?: true;
  /** Not of the version issued last when it was recorded. */
  readonly otherVersion?: true;
}

/** How far a participant's workbook has come. Its density reveals allocation. */
@Entity({ schema: 'read', name: 'workbooks' })
export class WorkbookRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  /** The version issued last. */
  @Column('text', { nullable: true }) current: string | null;
  @Column('jsonb') issued: Readonly<Record<string, { readonly delivery: string; readonly on: string | null }>>;
  @Column('jsonb') sections: Readonly<Record<string, WorkbookSectionState>>;
  @Column('int') completed: number;
  @Column('int') erased: number;
}

function section(row: WorkbookRow, { section, version }: { section: string; version: string }, more: Partial<WorkbookSectionState>): WorkbookRow {
  const key = `${version}/${section}`;
  const other = row.current !== null && row.current !== version ? { otherVersion: true as const } : {};
  const sections = { ...row.sections, [key]: { ...row.sections[key], section, version, ...other, ...more } };
  return { ...row, sections, completed: Object.values(sections).filter(({ completed }) => completed).length };
}

export const workbookRows = readModel(
  WorkbookRow,
  [workbookEvents],
  { initial: { current: null, issued: {}, sections: {}, completed: 0, erased: 0 }, erased: (row) => ({ ...row, erased: row.erased + 1 }) },
  {
    WorkbookIssued: (row, { data, occurred }) => ({ ...row, current: data.version, issued: { ...row.issued, [data.version]: { delivery: data.delivery, on: dateOf(occurred) ?? null } } }),
    SectionStarted: (row, { data, occurred }) => section(row, data, { startedOn: dateOf(occurred) ?? null }),
    SectionCompleted: (row, { data, occurred }) => section(row, data, { completedOn: dateOf(occurred) ?? null, completed: true }),
  },
);
