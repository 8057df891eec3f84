import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { laterStanding, participantEvents, type ConsentScope, type ScopeStanding } from './events.js';

export type Stage = 'registered' | 'screened' | 'excluded' | 'consented' | 'enrolled' | 'erased';

/** A participant as those who are masked may see one: from the participant's own stream alone. */
@Entity({ schema: 'read', name: 'participants' })
@Index('participants_by_site', ['site', 'studyNumber'])
export class ParticipantRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text', { nullable: true }) programme: string | null;
  @Column('text', { nullable: true }) site: string | null;
  @Column('text', { name: 'study_number', nullable: true }) studyNumber: string | null;
  @Column('text') stage: Stage;
  @Column('text', { nullable: true }) eligibility: 'eligible' | 'not-eligible' | null;
  @Column('date', { name: 'registered_on', nullable: true }) registeredOn: string | null;
  @Column('date', { name: 'enrolled_on', nullable: true }) enrolledOn: string | null;
  @Column('text', { name: 'protocol_version', nullable: true }) protocolVersion: string | null;
  /** Scope to the local date it was given on; null when that is not known. */
  @Column('jsonb') consent: Partial<Record<ConsentScope, string | null>>;
  /** Scope to the local date its withdrawal holds from; null when that is not known. */
  @Column('jsonb') withdrawn: Partial<Record<ConsentScope, string | null>>;
  /** Whether each consent was given with capacity; Mental Capacity Act 2005. */
  @Column('boolean', { name: 'capacity', nullable: true }) capacity: boolean | null;
}

const order: readonly Stage[] = ['registered', 'screened', 'consented', 'enrolled', 'excluded', 'erased'];

function reached(row: ParticipantRow, stage: Stage): Stage {
  return order.indexOf(stage) > order.indexOf(row.stage) ? stage : row.stage;
}

/** What was said of a scope last is what stands. */
function said(row: ParticipantRow, scope: ConsentScope, next: ScopeStanding): ParticipantRow {
  const { [scope]: given, ...consent } = row.consent;
  const { [scope]: ended, ...withdrawn } = row.withdrawn;
  const known = given !== undefined ? { given: true, on: given ?? undefined } : ended !== undefined ? { given: false, on: ended ?? undefined } : undefined;
  const standing = laterStanding(known, next);
  const dated = { [scope]: standing.on ?? null };
  return { ...row, consent: standing.given ? { ...consent, ...dated } : consent, withdrawn: standing.given ? withdrawn : { ...withdrawn, ...dated } };
}

export const participantRows = readModel(
  ParticipantRow,
  [participantEvents],
  {
    initial: {
      programme: null, site: null, studyNumber: null, stage: 'registered', eligibility: null, registeredOn: null, enrolledOn: null, protocolVersion: null, consent: {}, withdrawn: {}, capacity: null,
    },
    erased: (row) => ({ ...row, stage: 'erased' as const }),
  },
  {
    ParticipantRegistered: (row, { data, occurred }) => ({ ...row, ...data, registeredOn: dateOf(occurred) ?? null }),
    Screened: (row, { data }) => ({ ...row, stage: reached(row, 'screened'), eligibility: data.result }),
    Excluded: (row) => ({ ...row, stage: reached(row, 'excluded') }),
    ConsentGiven: (row, { data, occurred }) => {
      const consented = data.scopes.reduce((known, scope) => said(known, scope, { given: true, on: dateOf(occurred) }), row);
      return { ...consented, stage: reached(row, 'consented'), capacity: data.capacity && row.capacity !== false };
    },
    ConsentScopeWithdrawn: (row, { data, occurred }) => said(row, data.scope, { given: false, on: data.effective ?? dateOf(occurred) }),
    Enrolled: (row, { data, occurred }) => ({ ...row, stage: reached(row, 'enrolled'), protocolVersion: data.protocolVersion, enrolledOn: dateOf(occurred) ?? null }),
  },
);
