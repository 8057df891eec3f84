import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { staffEvents, type Engaged, type StaffEvent } from './events.js';
import { engagedAt, lastSupervision, leftAt, staff, staffFlags, tasksOn, trainingsOn, type StaffFlagged, type StaffState, type Training } from './staff.js';

/** A member of staff as the rules themselves know them: what stands today is worked out when asked. */
@Entity({ schema: 'read', name: 'staff' })
export class StaffRow implements Row {
  @PrimaryColumn('text') staff: string;
  @Column('bigint') position: number;
  /** Where they are engaged, or were when they left. */
  @Column('jsonb') sites: string[];
  @Column('jsonb') state: StaffState;
}

export const staffRows = readModel(
  StaffRow,
  [staffEvents],
  {
    initial: { sites: [], state: staff.initial },
    every(row, entry) {
      const state = entry.erased ? row.state : staff.evolve(row.state, entry as EntryOf<StaffEvent>);
      return { ...row, state, sites: engagedAt(state).map(({ site }) => site) };
    },
  },
  {},
);

/** Somebody as they stand on a local date. */
export interface StaffMember {
  readonly staff: string;
  readonly engagements: readonly Engaged[];
  /** When they left; null while they are here. */
  readonly left: string | null;
  readonly tasks: readonly string[];
  readonly trainings: readonly Training[];
  readonly lastSupervision: { readonly meeting: string; readonly kind: string; readonly minutes: number; readonly on: string | null } | null;
  /** What a person should look at. */
  readonly flags: readonly StaffFlagged[];
}

export function memberOn(id: string, state: StaffState, date: string): StaffMember {
  const left = leftAt(state);
  const held = lastSupervision(state);
  return {
    staff: id,
    engagements: engagedAt(state),
    left: left ? (left.at ?? 'unknown') : null,
    tasks: left ? [] : tasksOn(state, date),
    trainings: trainingsOn(state, date),
    lastSupervision: held ? { ...held.data, on: dateOf(held.occurred) ?? null } : null,
    flags: staffFlags(state),
  };
}
