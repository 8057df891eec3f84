import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { categoryOf, subjectOf, type Entry } from '@cairn/kernel/envelope.js';
import { endOf, endOfDay } from '@cairn/kernel/occurred.js';
import type { RawLog } from '@cairn/journal/raw-table.js';

/** What gave somebody authority or ended it: engagements, delegations, access; each as it was recorded. ICH E6(R3) 4.2.2: roles and access are traced. */
@Entity({ schema: 'read', name: 'authority' })
@Index('authority_account', ['account', 'position'])
@Index('authority_staff', ['staff', 'position'])
export class AuthorityRow {
  @PrimaryColumn('bigint') position: number;
  /** RFC 3339, UTC, microseconds. */
  @Column('text', { name: 'recorded_at' }) recordedAt: string;
  @Column('text') type: string;
  /** The subject of the tokens that access was given to or taken from. */
  @Column('text', { nullable: true }) account: string | null;
  @Column('text', { nullable: true }) staff: string | null;
  @Column('jsonb', { nullable: true }) roles: readonly string[] | null;
  @Column('jsonb', { nullable: true }) sites: readonly string[] | null;
  /** Epoch milliseconds from which it holds, and up to which it does where it ends by itself. */
  @Column('bigint', { nullable: true }) since: number | null;
  @Column('bigint', { nullable: true }) until: number | null;
}

const types = ['Engaged', 'TasksDelegated', 'Left', 'AccessGranted', 'AccessRevoked'];

export const authorityLog: RawLog<AuthorityRow> = {
  row: AuthorityRow,
  of(entry) {
    if (!types.includes(entry.type)) return undefined;
    const data = entry.data as { account?: string; staff?: string; roles?: string[]; sites?: string[]; from?: string; until?: string };
    return {
      position: entry.position,
      recordedAt: entry.recordedAt,
      type: entry.type,
      account: data.account ?? null,
      staff: categoryOf(entry.stream) === 'staff' ? subjectOf(entry.stream) : (data.staff ?? null),
      roles: data.roles ?? null,
      sites: data.sites ?? null,
      since: data.from === undefined ? (endOf(entry.occurred) ?? Date.parse(entry.recordedAt)) : Date.parse(`${data.from}T00:00:00Z`),
      until: untilOf(entry, data.until),
    };
  },
};

/** An instant, or the end of a local date. */
function untilOf({ occurred: { zone } }: Entry, until: string | undefined): number | null {
  if (until === undefined) return null;
  return /^\d{4}-\d\d-\d\d$/.test(until) ? endOfDay(until, zone) : Date.parse(until);
}
