import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { EntryOf } from '@cairn/kernel/envelope.js';
import { dateOf, firstDateOf } from '@cairn/kernel/occurred.js';
import { readModel, type Row } from '@cairn/kernel/read-model.js';
import { laterStanding, participantEvents, type ScopeStanding } from '../participants/events.js';
import { contextOf } from '../contexts.js';
import type { ProtocolVersionPublished } from '../programme/events.js';
import { acuteEvents, type AcuteEvent } from './events.js';
import { accessSaid, foundOn, quarantined, usable, type AccessSaid } from './record-access.js';
import { outcomeOf, spellsOf, type Episode, type OutcomeFacts, type OutcomeReason, type OutcomeRules, type Spell } from './spells.js';

interface Findings {
  readonly byEpisode: Readonly<Record<string, Episode & { readonly quarantined?: true }>>;
  readonly standing?: { readonly given: boolean; readonly on: string | null };
  readonly said: readonly AccessSaid[];
  /** Entry to the local date on which a search found it. */
  readonly found: Readonly<Record<string, string>>;
}

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
  /** Entries found without the consent it takes: kept, and not used for the outcome. */
  @Column('jsonb') quarantined: string[];
  @Column('jsonb') facts: OutcomeFacts & Findings;
  @Column('jsonb', { nullable: true }) rules: OutcomeRules | null;
}

const nothing: OutcomeRow['facts'] = { enrolled: false, t0: null, indexDischarge: null, episodes: [], searches: [], access: null, died: null, erased: false, byEpisode: {}, said: [], found: {} };

function know(row: OutcomeRow, more: Partial<OutcomeRow['facts']>): OutcomeRow {
  return { ...row, facts: { ...row.facts, ...more } };
}

function episode(row: OutcomeRow, id: string, more: Partial<Episode>): OutcomeRow {
  const known = row.facts.byEpisode[id] ?? { start: null, end: null, setting: 'unknown', ended: false };
  return know(row, { byEpisode: { ...row.facts.byEpisode, [id]: { ...known, ...more } } });
}

function found(row: OutcomeRow, entry: EntryOf<AcuteEvent>): OutcomeRow {
  const on = foundOn(entry);
  return on === undefined ? row : know(row, { found: { ...row.facts.found, [entry.id]: on } });
}

function said(row: OutcomeRow, entry: Parameters<typeof accessSaid>[0]): OutcomeRow {
  const next = accessSaid(entry);
  return next ? access(know(row, { said: [...row.facts.said, next] }), { given: next.given, on: next.undated ? undefined : next.on }) : row;
}

/** What nobody consented to is marked, and left out of what the outcome follows from. */
function sorted(row: OutcomeRow): OutcomeRow {
  const kept = quarantined(row.facts.found, row.facts.said);
  const marked = Object.entries(row.facts.byEpisode).map(([id, { quarantined: _, ...known }]) => [id, { ...known, ...(kept.includes(known.entry ?? '') && { quarantined: true as const }) }] as const);
  return { ...know(row, { byEpisode: Object.fromEntries(marked) }), quarantined: kept };
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
    initial: { readmission: 'unknown', day: null, reason: 'not-enrolled', timeDays: null, diedDay: null, spells: [], quarantined: [], facts: nothing, rules: null },
    erased: (row) => know(row, { erased: true }),
    derive: (told) => {
      const row = sorted(told);
      const rules = row.rules ?? { windowDays: 365, gapDays: 0, settings: [], sources: [] };
      const facts = usable(row.facts, row.facts.byEpisode, row.quarantined);
      return { ...row, ...outcomeOf(facts, rules), spells: spellsOf(facts.episodes, rules.gapDays) };
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
    ConsentGiven: said,
    Reconsented: said,
    ConsentScopeWithdrawn: said,
    Died: (row, { occurred }) => {
      const [known, on] = [row.facts.died?.on ?? null, dateOf(occurred) ?? null];
      return know(row, { died: { on: known !== null && (on === null || known < on) ? known : on } });
    },
    IndexDischargeRecorded: (row, { occurred }) => know(row, { indexDischarge: dateOf(occurred) ?? null }),
    AdmissionFound: (row, entry) => {
      const { id, data, occurred } = entry;
      return episode(found(row, entry), data.episode, { entry: id, start: dateOf(occurred) ?? null, earliest: firstDateOf(occurred) ?? null, setting: data.setting });
    },
    AssessedNotAccepted: found,
    TransferFound: (row, entry) => {
      const { id, data, occurred } = entry;
      return episode(found(row, entry), data.episode, { transfers: [...(row.facts.byEpisode[data.episode]?.transfers ?? []), { to: data.to, on: dateOf(occurred) ?? null, entry: id }] });
    },
    DischargeFound: (row, entry) => episode(found(row, entry), entry.data.episode, { discharge: entry.id, end: dateOf(entry.occurred) ?? null, ended: true }),
    OutcomeAdjudicated: (row, { data }) => episode(row, data.episode, { adjudicated: data.decision }),
    OutcomeWindowAscertained: (row, entry) => know(found(row, entry), { searches: [...row.facts.searches, { ...entry.data, entry: entry.id }] }),
  },
);
