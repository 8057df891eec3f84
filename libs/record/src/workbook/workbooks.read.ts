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
  readonly reopenedOn?: string | null;
  /** Not of the version issued last when it was recorded. */
  readonly otherVersion?: true;
}

export interface Issue {
  readonly delivery: string;
  readonly on: string | null;
  /** Copies that replaced a lost or damaged one, and whether one that was lost had been written in. */
  readonly reissued?: number;
  readonly filledCopyLost?: true;
  /** The copy last sent came back: the participant holds none, as far as anybody knows. */
  readonly returnedOn?: string | null;
}

/** How far a participant's workbook has come. Its density reveals allocation. */
@Entity({ schema: 'read', name: 'workbooks' })
export class WorkbookRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  /** The version issued last. */
  @Column('text', { nullable: true }) current: string | null;
  @Column('jsonb') issued: Readonly<Record<string, Issue>>;
  @Column('jsonb') sections: Readonly<Record<string, WorkbookSectionState>>;
  @Column('int') completed: number;
  @Column('int') erased: number;
}

function section(row: WorkbookRow, { section, version }: { section: string; version: string }, change: (known: WorkbookSectionState) => WorkbookSectionState): WorkbookRow {
  const key = `${version}/${section}`;
  const other = row.current !== null && row.current !== version ? { otherVersion: true as const } : {};
  const sections = { ...row.sections, [key]: change({ section, version, ...row.sections[key], ...other }) };
  return { ...row, sections, completed: Object.values(sections).filter(({ completed }) => completed).length };
}

function issue(row: WorkbookRow, version: string, change: (known: Partial<Issue>) => Issue): WorkbookRow {
  return { ...row, issued: { ...row.issued, [version]: change(row.issued[version] ?? {}) } };
}

export const workbookRows = readModel(
  WorkbookRow,
  [workbookEvents],
  { initial: { current: null, issued: {}, sections: {}, completed: 0, erased: 0 }, erased: (row) => ({ ...row, erased: row.erased + 1 }) },
  {
    WorkbookIssued: (row, { data, occurred }) => ({ ...row, current: data.version, issued: { ...row.issued, [data.version]: { delivery: data.delivery, on: dateOf(occurred) ?? null } } }),
    WorkbookReissued: (row, { data: { version, delivery, cause, filled }, occurred }) =>
      issue(row, version, ({ returnedOn: _, ...known }) => ({ ...known, delivery, on: dateOf(occurred) ?? null, reissued: (known.reissued ?? 0) + 1, ...(cause === 'lost' && filled && { filledCopyLost: true as const }) })),
    DeliveryReturned: (row, { data: { version }, occurred }) => issue(row, version, ({ delivery = 'post', on = null, ...known }) => ({ ...known, delivery, on, returnedOn: dateOf(occurred) ?? null })),
    SectionStarted: (row, { data, occurred }) => section(row, data, (known) => ({ ...known, startedOn: dateOf(occurred) ?? null })),
    SectionCompleted: (row, { data, occurred }) => section(row, data, (known) => ({ ...known, completedOn: dateOf(occurred) ?? null, completed: true })),
    SectionReopened: (row, { data, occurred }) => section(row, data, ({ completed: _, completedOn: __, ...known }) => ({ ...known, reopenedOn: dateOf(occurred) ?? null })),
  },
);
