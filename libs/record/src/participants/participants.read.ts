import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { participantEvents, type ConsentScope } from './events.js';

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
  /** Scope to the local date it was given on. */
  @Column('jsonb') consent: Partial<Record<ConsentScope, string | null>>;
  /** Scope to the local date its withdrawal holds from. */
  @Column('jsonb') withdrawn: Partial<Record<ConsentScope, string | null>>;
}

const order: readonly Stage[] = ['registered', 'screened', 'consented', 'enrolled', 'excluded', 'erased'];

function reached(row: ParticipantRow, stage: Stage): Stage {
  return order.indexOf(stage) > order.indexOf(row.stage) ? stage : row.stage;
}

export const participantRows = readModel(
  ParticipantRow,
  [participantEvents],
  {
    initial: {
      programme: null, site: null, studyNumber: null, stage: 'registered', eligibility: null, registeredOn: null, enrolledOn: null, protocolVersion: null, consent: {}, withdrawn: {},
    },
    erased: (row) => ({ ...row, stage: 'erased' as const }),
  },
  {
    ParticipantRegistered: (row, { data, occurred }) => ({ ...row, ...data, registeredOn: dateOf(occurred) ?? null }),
    Screened: (row, { data }) => ({ ...row, stage: reached(row, 'screened'), eligibility: data.result }),
    Excluded: (row) => ({ ...row, stage: reached(row, 'excluded') }),
    ConsentGiven: (row, { data, occurred }) => {
      const given = Object.fromEntries(data.scopes.map((scope) => [scope, dateOf(occurred) ?? null]));
      const withdrawn = Object.fromEntries(Object.entries(row.withdrawn).filter(([scope]) => !(scope in given)));
      return { ...row, stage: reached(row, 'consented'), consent: { ...row.consent, ...given }, withdrawn };
    },
    ConsentScopeWithdrawn: (row, { data, occurred }) => {
      const { [data.scope]: _, ...consent } = row.consent;
      return { ...row, consent, withdrawn: { ...row.withdrawn, [data.scope]: data.effective ?? dateOf(occurred) ?? null } };
    },
    Enrolled: (row, { data, occurred }) => ({ ...row, stage: reached(row, 'enrolled'), protocolVersion: data.protocolVersion, enrolledOn: dateOf(occurred) ?? null }),
  },
);
