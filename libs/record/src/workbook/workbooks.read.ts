import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { workbookEvents } from './events.js';

interface Section {
  readonly section: string;
  readonly version: string;
  readonly startedOn?: string | null;
  readonly completedOn?: string | null;
  readonly completed?: true;
}

/** How far a participant's workbook has come. Its density reveals allocation. */
@Entity({ schema: 'read', name: 'workbooks' })
export class WorkbookRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('jsonb') issued: Readonly<Record<string, { readonly delivery: string; readonly on: string | null }>>;
  @Column('jsonb') sections: Readonly<Record<string, Section>>;
  @Column('int') completed: number;
  @Column('int') erased: number;
}

function section(row: WorkbookRow, { section, version }: { section: string; version: string }, more: Partial<Section>): WorkbookRow {
  const key = `${version}/${section}`;
  const sections = { ...row.sections, [key]: { ...row.sections[key], section, version, ...more } };
  return { ...row, sections, completed: Object.values(sections).filter(({ completed }) => completed).length };
}

export const workbookRows = readModel(
  WorkbookRow,
  [workbookEvents],
  { initial: { issued: {}, sections: {}, completed: 0, erased: 0 }, erased: (row) => ({ ...row, erased: row.erased + 1 }) },
  {
    WorkbookIssued: (row, { data, occurred }) => ({ ...row, issued: { ...row.issued, [data.version]: { delivery: data.delivery, on: dateOf(occurred) ?? null } } }),
    SectionStarted: (row, { data, occurred }) => section(row, data, { startedOn: dateOf(occurred) ?? null }),
    SectionCompleted: (row, { data, occurred }) => section(row, data, { completedOn: dateOf(occurred) ?? null, completed: true }),
  },
);
