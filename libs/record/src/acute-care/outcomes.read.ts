import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dateOf, firstDateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { laterStanding, participantEvents, type ScopeStanding } from '../participants/events.js';
import { contextOf } from '../contexts.js';
import type { ProtocolVersionPublished } from '../programme/events.js';
import { acuteEvents } from './events.js';
import { outcomeOf, spellsOf, type Episode, type OutcomeFacts, type OutcomeReason, type OutcomeRules, type Spell } from './spells.js';

/** The primary outcome of one participant, from streams that tell nothing of the arm. */
@Entity({ schema: 'read', name: 'outcomes' })
export class OutcomeRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @Column('bigint') position: number;
  @Column('text') readmission: 'yes' | 'no' | 'unknown';
  @Column('int', { nullable: true }) day: number | null;
  @Column('text') reason: OutcomeReason;
  @Column('int', { name: 'time_days', nullable: true }) timeDays: number | null;
  /** Day of a death within the window: a competing event. */
  @Column('int', { name: 'died_day', nullable: true }) diedDay: number | null;
  @Column('jsonb') spells: Spell[];
  @Column('jsonb') facts: OutcomeFacts & { readonly byEpisode: Readonly<Record<string, Episode>>; readonly standing?: { readonly given: boolean; readonly on: string | null } };
  @Column('jsonb', { nullable: true }) rules: OutcomeRules | null;
}

const nothing: OutcomeRow['facts'] = { enrolled: false, t0: null, indexDischarge: null, episodes: [], searches: [], access: null, died: null, erased: false, byEpisode: {} };

function know(row: OutcomeRow, more: Partial<OutcomeRow['facts']>): OutcomeRow {
  return { ...row, facts: { ...row.facts, ...more } };
}

function episode(row: OutcomeRow, id: string, more: Partial<Episode>): OutcomeRow {
  const known = row.facts.byEpisode[id] ?? { start: null, end: null, setting: 'unknown', ended: false };
  const byEpisode = { ...row.facts.byEpisode, [id]: { ...known, ...more } };
  return know(row, { byEpisode, episodes: Object.values(byEpisode) });
}

/** A withdrawal of unknown date leaves nothing that may surely be searched. */
function access(row: OutcomeRow, next: ScopeStanding): OutcomeRow {
  const known = row.facts.standing && { given: row.facts.standing.given, on: row.facts.standing.on ?? undefined };
  const { given, on } = laterStanding(known, next);
  return know(row, { standing: { given, on: on ?? null }, access: given ? { until: null } : on === undefined ? null : known || row.facts.access ? { until: on } : null });
}

function rulesOf(protocol: ProtocolVersionPublished | undefined): OutcomeRules | null {
  return protocol ? { windowDays: protocol.outcomeWindowDays, gapDays: protocol.spellGapDays, settings: protocol.acuteSettings, sources: protocol.outcomeSources } : null;
}

export const outcomeRows = readModel(
  OutcomeRow,
  [participantEvents, acuteEvents],
  {
    initial: { readmission: 'unknown', day: null, reason: 'not-enrolled', timeDays: null, diedDay: null, spells: [], facts: nothing, rules: null },
    erased: (row) => know(row, { erased: true }),
    derive: (row) => {
      const rules = row.rules ?? { windowDays: 365, gapDays: 0, settings: [], sources: [] };
      return { ...row, ...outcomeOf(row.facts, rules), spells: spellsOf(row.facts.episodes, rules.gapDays) };
    },
  },
  {
    Enrolled: (row, { occurred, protocol }, lookup) => {
      const version = contextOf(lookup, protocol)?.protocol;
      const t0 = version?.outcomeAnchor === 'enrolment' ? (dateOf(occurred) ?? null) : null;
      const { enrolled, t0: known } = row.facts;
      // Where two registrations are one person's, the first enrolment stands.
      if (enrolled && !(known !== null && t0 !== null && t0 < known)) return row;
      return { ...know(row, { enrolled: true, t0 }), rules: rulesOf(version) };
    },
    ConsentGiven: (row, { data, occurred }) => (data.scopes.includes('record-access') ? access(row, { given: true, on: dateOf(occurred) }) : row),
    Reconsented: (row, { data, occurred }) => (data.scopes.includes('record-access') ? access(row, { given: true, on: dateOf(occurred) }) : row),
    ConsentScopeWithdrawn: (row, { data, occurred }) => (data.scope === 'record-access' ? access(row, { given: false, on: data.effective ?? dateOf(occurred) }) : row),
    Died: (row, { occurred }) => know(row, { died: { on: dateOf(occurred) ?? null } }),
    IndexDischargeRecorded: (row, { occurred }) => know(row, { indexDischarge: dateOf(occurred) ?? null }),
    AdmissionFound: (row, { data, occurred }) => episode(row, data.episode, { start: dateOf(occurred) ?? null, earliest: firstDateOf(occurred) ?? null, setting: data.setting }),
    TransferFound: (row, { data, occurred }) => episode(row, data.episode, { transfers: [...(row.facts.byEpisode[data.episode]?.transfers ?? []), { to: data.to, on: dateOf(occurred) ?? null }] }),
    DischargeFound: (row, { data, occurred }) => episode(row, data.episode, { end: dateOf(occurred) ?? null, ended: true }),
    OutcomeAdjudicated: (row, { data }) => episode(row, data.episode, { adjudicated: data.decision }),
    OutcomeWindowAscertained: (row, { data }) => know(row, { searches: [...row.facts.searches, data] }),
  },
);
