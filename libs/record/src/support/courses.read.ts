import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { attendedCode, cancelledCode, missedCode, type AttendanceCode } from './codes.js';
import { supportEvents } from './events.js';

/** A participant's course of sessions in numbers. Its very existence reveals allocation. */
@Entity({ schema: 'read', name: 'courses' })
@Index('courses_by_worker', ['worker'])
export class CourseRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text', { nullable: true }) worker: string | null;
  @Column('int') offered: number;
  /** Distinct attendances, codes 5 and 6, unplanned ones included. */
  @Column('int') attended: number;
  /** Sessions by attendance code, those without an outcome under 0. */
  @Column('jsonb', { name: 'by_code' }) byCode: Partial<Record<AttendanceCode, number>>;
  @Column('date', { name: 'last_contact', nullable: true }) lastContact: string | null;
  @Column('text', { name: 'next_planned_start', nullable: true }) nextPlannedStart: string | null;
  @Column('text', { nullable: true }) ended: string | null;
  /** Entries that can no longer be read: whatever they said is unknown, never zero. */
  @Column('int') erased: number;
  @Column('jsonb') sessions: Readonly<Record<string, { readonly offered?: true; readonly code?: AttendanceCode; readonly planned?: string; readonly declined?: true }>>;
}

type Session = CourseRow['sessions'][string];

function session(row: CourseRow, id: string, more: Session): CourseRow {
  return { ...row, sessions: { ...row.sessions, [id]: { ...row.sessions[id], ...more } } };
}

function seen(row: CourseRow, { occurred }: Pick<Entry, 'occurred'>): CourseRow {
  const date = dateOf(occurred);
  return date !== undefined && (row.lastContact === null || date > row.lastContact) ? { ...row, lastContact: date } : row;
}

export const courseRows = readModel(
  CourseRow,
  [supportEvents],
  {
    initial: { worker: null, offered: 0, attended: 0, byCode: {}, lastContact: null, nextPlannedStart: null, ended: null, erased: 0, sessions: {} },
    erased: (row) => ({ ...row, erased: row.erased + 1 }),
    derive: (row) => {
      const all = Object.values(row.sessions);
      const byCode: CourseRow['byCode'] = {};
      for (const { code = '0' } of all) byCode[code] = (byCode[code] ?? 0) + 1;
      const planned = row.ended !== null ? [] : all.filter(({ code, planned, declined }) => code === undefined && planned !== undefined && !declined).map(({ planned }) => planned ?? '');
      const nextPlannedStart = planned.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
      return { ...row, byCode, nextPlannedStart, offered: all.filter(({ offered }) => offered).length, attended: (byCode['5'] ?? 0) + (byCode['6'] ?? 0) };
    },
  },
  {
    WorkerAssigned: (row, { data }) => ({ ...row, worker: data.worker }),
    WorkerUnassigned: (row, { data }) => (row.worker === data.worker ? { ...row, worker: null } : row),
    SessionOffered: (row, { data }) => session(row, data.session, { offered: true, planned: row.sessions[data.session]?.planned ?? data.plannedStart }),
    OfferDeclined: (row, { data }) => session(row, data.session, { declined: true }),
    SessionRescheduled: (row, { data }) => session(row, data.session, { planned: data.plannedStart }),
    SessionCancelled: (row, { data }) => session(row, data.session, { code: cancelledCode(data) }),
    SessionNotAttended: (row, { data }) => session(row, data.session, { code: missedCode(data) }),
    SessionAttended: (row, entry) => seen(session(row, entry.data.session, { code: attendedCode(entry.data) }), entry),
    CourseEnded: (row, { data }) => ({ ...row, ended: data.reason }),
  },
);
