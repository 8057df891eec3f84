import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Envelope } from '@cairn/kernel/envelope.js';
import { dateOf, firstDateOf, type Occurred } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { laterStanding, participantEvents, type AllocationDisclosed, type ConsentGiven, type ConsentScope, type ContactPreferencesRecorded, type ScopeStanding, type Screened } from './events.js';
import { contextOf } from '../contexts.js';
import type { Criterion } from '../programme/events.js';

/** How far a participant has come, each beyond those before it. Whoever discontinues the intervention stays enrolled. */
export const stages = ['registered', 'screened', 'consented', 'excluded', 'enrolled', 'lost', 'completed', 'died', 'merged', 'erased'] as const;
export type Stage = (typeof stages)[number];

/** Something that holds from a local date; null when that is not known. */
interface Dated {
  readonly on: string | null;
}

export type ScreeningDoubt = 'eligible-with-exclusion' | 'eligible-without-inclusion' | 'not-eligible-without-reason';

/** A participant as those who are masked may see one: from the participant's own stream alone. */
@Entity({ schema: 'read', name: 'participants' })
@Index('participants_by_site', ['site', 'studyNumber'])
@Index('participants_in_order', { synchronize: false })
export class ParticipantRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text', { nullable: true }) programme: string | null;
  @Column('text', { nullable: true }) site: string | null;
  @Column('text', { name: 'study_number', nullable: true }) studyNumber: string | null;
  @Column('text') stage: Stage;
  @Column('text', { nullable: true }) eligibility: 'eligible' | 'not-eligible' | null;
  /** Where the result of the screening and the answers to its criteria do not go together. */
  @Column('jsonb', { name: 'screening_doubts' }) screeningDoubts: readonly ScreeningDoubt[];
  @Column('date', { name: 'registered_on', nullable: true }) registeredOn: string | null;
  @Column('date', { name: 'enrolled_on', nullable: true }) enrolledOn: string | null;
  @Column('text', { name: 'protocol_version', nullable: true }) protocolVersion: string | null;
  /** Scope to the local date it was given on; null when that is not known. */
  @Column('jsonb') consent: Partial<Record<ConsentScope, string | null>>;
  /** Scope to the local date its withdrawal holds from; null when that is not known. */
  @Column('jsonb') withdrawn: Partial<Record<ConsentScope, string | null>>;
  /** The day of the first, by which an enrolment is to be judged. */
  @Column('jsonb', { name: 'first_consent', nullable: true }) firstConsent: Dated | null;
  /** Whether each consent was given with capacity; Mental Capacity Act 2005. */
  @Column('boolean', { name: 'capacity', nullable: true }) capacity: boolean | null;
  /** The information sheet given last. */
  @Column('jsonb', { nullable: true }) information: (Dated & { readonly version: string }) | null;
  /** Capacity as found last; null while it is presumed. */
  @Column('jsonb', { name: 'capacity_now', nullable: true }) capacityNow: (Dated & { readonly has: boolean }) | null;
  @Column('jsonb', { name: 'contact_preferences', nullable: true }) contactPreferences: (Dated & ContactPreferencesRecorded) | null;
  /** The intervention discontinued. */
  @Column('jsonb', { nullable: true }) discontinued: Dated | null;
  @Column('jsonb', { nullable: true }) lost: Dated | null;
  @Column('jsonb', { nullable: true }) completed: Dated | null;
  /** All contact stops from this date, whenever it became known. The stage says that somebody died on a date nobody knows. */
  @Column('date', { name: 'died_on', nullable: true }) diedOn: string | null;
  /** The registration under which this one lives on; nothing else is kept of it here. */
  @Column('uuid', { name: 'merged_into', nullable: true }) mergedInto: string | null;
  /** The registrations merged into this one. */
  @Column('jsonb') merged: readonly string[];
  /** Who learned the allocation, never which it is. */
  @Column('jsonb') disclosures: readonly (Dated & Pick<AllocationDisclosed, 'to' | 'kind'>)[];
}

function reached(row: ParticipantRow, stage: Stage): Stage {
  return stages.indexOf(stage) > stages.indexOf(row.stage) ? stage : row.stage;
}

/** What was found or wanted later stands, by its date. */
function later<Fact extends Dated>(known: Fact | null, next: Fact): Fact {
  return known?.on != null && next.on !== null && next.on < known.on ? known : next;
}

/** What happened first stands, where two registrations of one person both tell of it. */
function earlier(known: Dated | null, next: Dated): Dated {
  return known && !(next.on !== null && (known.on === null || next.on < known.on)) ? known : next;
}

/** The earliest there may have been: one on a day nobody knows may be before all others. */
function first(known: Dated | null, next: Dated): Dated {
  return known && (known.on === null || (next.on !== null && known.on <= next.on)) ? known : next;
}

function onDate({ occurred }: Pick<Envelope, 'occurred'>): Dated {
  return { on: dateOf(occurred) ?? null };
}

function consented(row: ParticipantRow, { data, occurred }: { readonly data: ConsentGiven; readonly occurred: Occurred }): ParticipantRow {
  const known = data.scopes.reduce((known, scope) => said(known, scope, { given: true, on: dateOf(occurred) }), row);
  const firstConsent = first(row.firstConsent, { on: firstDateOf(occurred) ?? null });
  return { ...known, firstConsent, stage: reached(row, 'consented'), capacity: data.capacity && row.capacity !== false };
}

/** By the criteria of the protocol version in force; what nobody answered is no contradiction. */
function doubtsOf({ criteria, result }: Screened, known: readonly Criterion[]): ScreeningDoubt[] {
  const answered = known.flatMap(({ code, kind }) => criteria.filter((answer) => answer.code === code).map(({ met }) => ({ kind, met })));
  const excluded = answered.some(({ kind, met }) => kind === 'exclusion' && met);
  const missing = answered.some(({ kind, met }) => kind === 'inclusion' && !met);
  if (result === 'eligible') return [...(excluded ? ['eligible-with-exclusion' as const] : []), ...(missing ? ['eligible-without-inclusion' as const] : [])];
  return !excluded && !missing && answered.length === known.length && known.length > 0 ? ['not-eligible-without-reason'] : [];
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
      programme: null, site: null, studyNumber: null, stage: 'registered', eligibility: null, screeningDoubts: [], registeredOn: null, enrolledOn: null, protocolVersion: null, consent: {}, withdrawn: {}, firstConsent: null, capacity: null,
      information: null, capacityNow: null, contactPreferences: null, discontinued: null, lost: null, completed: null, diedOn: null, disclosures: [], mergedInto: null, merged: [],
    },
    keepsMerged: true,
    erased: (row) => ({ ...row, stage: 'erased' as const }),
  },
  {
    ParticipantRegistered: (row, { data, occurred }) => ({ ...row, ...data, registeredOn: dateOf(occurred) ?? null }),
    Screened: (row, { data, protocol }, lookup) => ({ ...row, stage: reached(row, 'screened'), eligibility: data.result, screeningDoubts: doubtsOf(data, contextOf(lookup, protocol)?.protocol?.eligibility ?? []) }),
    Excluded: (row) => ({ ...row, stage: reached(row, 'excluded') }),
    ConsentGiven: consented,
    Reconsented: consented,
    ConsentScopeWithdrawn: (row, { data, occurred }) => said(row, data.scope, { given: false, on: data.effective ?? dateOf(occurred) }),
    Enrolled: (row, { data, occurred }) => {
      const on = dateOf(occurred) ?? null;
      // Where two registrations are one person's, the first enrolment stands.
      const stands = row.protocolVersion === null || (row.enrolledOn !== null && on !== null && on < row.enrolledOn);
      return { ...row, stage: reached(row, 'enrolled'), ...(stands && { protocolVersion: data.protocolVersion, enrolledOn: on }) };
    },
    InformationGiven: (row, entry) => ({ ...row, information: later(row.information, { version: entry.data.version, ...onDate(entry) }) }),
    CapacityLost: (row, entry) => ({ ...row, capacityNow: later(row.capacityNow, { has: false, ...onDate(entry) }) }),
    CapacityRegained: (row, entry) => ({ ...row, capacityNow: later(row.capacityNow, { has: true, ...onDate(entry) }) }),
    ContactPreferencesRecorded: (row, entry) => ({ ...row, contactPreferences: later(row.contactPreferences, { ...entry.data, ...onDate(entry) }) }),
    InterventionDiscontinued: (row, entry) => ({ ...row, discontinued: earlier(row.discontinued, onDate(entry)) }),
    LostToFollowUp: (row, entry) => ({ ...row, stage: reached(row, 'lost'), lost: onDate(entry) }),
    Completed: (row, entry) => ({ ...row, stage: reached(row, 'completed'), completed: onDate(entry) }),
    Died: (row, entry) => ({ ...row, stage: reached(row, 'died'), diedOn: earlier({ on: row.diedOn }, onDate(entry)).on }),
    AllocationDisclosed: (row, { data: { to, kind }, ...entry }) => ({ ...row, disclosures: [...row.disclosures, { to, kind, ...onDate(entry) }] }),
    ParticipantsMerged: (row, { data: { kept, merged } }) => (merged === row.participant ? { ...row, stage: 'merged' as const, mergedInto: kept } : { ...row, merged: [...row.merged, merged] }),
    ParticipantsUnmerged: (row, { data: { merged } }) => ({ ...row, merged: row.merged.filter((one) => one !== merged) }),
  },
);
