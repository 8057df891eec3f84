import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Entry, Envelope } from '@cairn/kernel/envelope.js';
import { dateOf, firstDateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { readModel, type Lookup, type Row } from '@cairn/kernel/read-model.js';
import { contextOf } from '../contexts.js';
import { attendedCode, cancelledCode, missedCode, type AttendanceCode } from './codes.js';
import { supportEvents, type Mode } from './events.js';
import { isLate } from '../late.js';

@Entity({ schema: 'read', name: 'sessions' })
export class SessionRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') session: string;
  @Column('bigint') position: number;
  @Column('int', { nullable: true }) ordinal: number | null;
  @Column('boolean') offered: boolean;
  @Column('jsonb', { name: 'offered_when', nullable: true }) offeredWhen: Occurred | null;
  /** The first local date on which it may have been offered; null where nobody offered it, or nobody knows when. */
  @Column('text', { name: 'offered_on', nullable: true }) offeredOn: string | null;
  @Column('text', { name: 'planned_start', nullable: true }) plannedStart: string | null;
  @Column('text', { nullable: true }) response: 'accepted' | 'declined' | null;
  @Column('text') outcome: 'open' | 'attended' | 'not-attended' | 'cancelled';
  @Column('text') code: AttendanceCode;
  /** The entry the outcome came from. */
  @Column('uuid', { nullable: true }) entry: string | null;
  @Column('jsonb', { nullable: true }) occurred: Occurred | null;
  /** The local date of the outcome; null while open or undated. */
  @Column('date', { name: 'occurred_on', nullable: true }) occurredOn: string | null;
  @Column('int', { nullable: true }) minutes: number | null;
  @Column('text', { nullable: true }) mode: Mode | null;
  @Column('text', { nullable: true }) worker: string | null;
  /** Entered more than the protocol's working days after it happened. */
  @Column('boolean') late: boolean;
  /** A late entry without a reason. */
  @Column('boolean', { name: 'late_unexplained' }) lateUnexplained: boolean;
}

function outcome(row: SessionRow, entry: Envelope, lookup: Lookup, how: SessionRow['outcome'], code: AttendanceCode): SessionRow {
  const late = isLate(entry, contextOf(lookup, entry.protocol));
  return { ...row, outcome: how, code, entry: entry.id, occurred: entry.occurred, occurredOn: dateOf(entry.occurred) ?? null, late, lateUnexplained: late && !entry.reason };
}

export const sessionRows = readModel(
  SessionRow,
  [supportEvents],
  {
    key: { column: 'session', of: ({ data }: Entry) => (data as { session?: string }).session },
    initial: {
      session: '', ordinal: null, offered: false, offeredWhen: null, offeredOn: null, plannedStart: null, response: null, outcome: 'open', code: '0', entry: null, occurred: null, occurredOn: null, minutes: null, mode: null, worker: null, late: false, lateUnexplained: false,
    },
  },
  {
    SessionOffered: (row, { data: { ordinal, plannedStart, mode }, occurred }) => ({ ...row, ordinal, plannedStart: row.plannedStart ?? plannedStart, mode: row.mode ?? mode, offered: true, offeredWhen: occurred, offeredOn: firstDateOf(occurred) ?? null }),
    OfferAccepted: (row) => ({ ...row, response: 'accepted' as const }),
    OfferDeclined: (row) => ({ ...row, response: 'declined' as const }),
    SessionRescheduled: (row, { data }) => ({ ...row, plannedStart: data.plannedStart }),
    SessionCancelled: (row, entry, lookup) => outcome(row, entry, lookup, 'cancelled', cancelledCode(entry.data)),
    SessionNotAttended: (row, entry, lookup) => outcome(row, entry, lookup, 'not-attended', missedCode(entry.data)),
    SessionAttended: (row, entry, lookup) => {
      const { minutes, mode, worker } = entry.data;
      return { ...outcome(row, entry, lookup, 'attended', attendedCode(entry.data)), minutes, mode, worker };
    },
  },
);
