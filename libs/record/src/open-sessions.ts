import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dateOf } from '@cairn/kernel/occurred.js';
import { CLOCK, type Clock } from './case-record.js';
import { ProgrammeContexts, type ProtocolContext } from './contexts.js';
import { dueOf, workingDaysSince, type Due } from './due.js';
import type { ConsentScope } from './participants/events.js';

/** A session that was offered, not declined, and has no outcome yet. */
export interface OpenSession {
  readonly participant: string;
  readonly studyNumber: string | null;
  readonly session: string;
  readonly ordinal: number | null;
  readonly plannedStart: string;
  readonly mode: string | null;
  readonly response: string | null;
  readonly worker: string | null;
  readonly due: Due;
  /** Working days since the planned day, by the nation's bank holidays; 0 until then. */
  readonly workingDaysSince: number;
}

/** Somebody on a caseload, and whether they may be contacted. */
export interface Charge {
  readonly participant: string;
  readonly studyNumber: string | null;
  readonly site: string | null;
  readonly worker: string | null;
  readonly standing: string;
  readonly lastContact: string | null;
  readonly nextPlannedStart: string | null;
  /** The local date from which nobody contacts them any more, and why. */
  readonly stopped: { readonly since: string | null; readonly why: 'died' | 'contact-withdrawn' | 'discontinued' } | null;
  /** Today, by the clock of their programme. */
  readonly today: string;
}

export interface Caseload {
  readonly charges: readonly Charge[];
  readonly sessions: readonly OpenSession[];
}

interface Row {
  participant: string; studyNumber: string | null; site: string | null; programme: string | null; protocolVersion: string | null; diedOn: string | null; stage: string;
  withdrawn: Partial<Record<ConsentScope, string | null>>; discontinued: { on: string | null } | null; worker: string | null; standing: string; lastContact: string | null; nextPlannedStart: string | null;
  open: { session: string; ordinal: number | null; plannedStart: string; mode: string | null; response: string | null }[];
}

const CASELOAD = `
  select p.participant, p.study_number as "studyNumber", p.site, p.programme, p.protocol_version as "protocolVersion", to_char(p.died_on, 'YYYY-MM-DD') as "diedOn", p.stage, p.withdrawn, p.discontinued,
    c.worker, c.standing, to_char(c.last_contact, 'YYYY-MM-DD') as "lastContact", c.next_planned_start as "nextPlannedStart",
    coalesce((
      select jsonb_agg(jsonb_build_object('session', s.session, 'ordinal', s.ordinal, 'plannedStart', s.planned_start, 'mode', s.mode, 'response', s.response) order by s.planned_start::timestamptz)
      from read.sessions s where s.participant = p.participant and s.outcome = 'open' and s.planned_start is not null and s.response is distinct from 'declined'
    ), '[]') as open
  from read.courses c join read.participants p using (participant)
  where p.stage not in ('erased', 'merged') and ($1::text is null or c.worker = $1) and ($2::text[] is null or p.site = any($2))
  order by p.study_number, p.participant`;

/** What people start the day with: whom they have, and which sessions wait for an outcome. */
@Injectable()
export class OpenSessions {
  constructor(
    private readonly database: DataSource,
    private readonly contexts: ProgrammeContexts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Everyone one worker has, or everyone at some sites who has a course of sessions. */
  async of({ worker, sites }: { readonly worker?: string; readonly sites?: readonly string[] }): Promise<Caseload> {
    const rows: Row[] = await this.database.query(CASELOAD, [worker ?? null, sites ?? null]);
    const refs = rows.flatMap((row) => refOf(row) ?? []);
    await this.contexts.load([...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()]);
    const found = rows.map((row) => this.charge(row));
    return { charges: found.map(({ charge }) => charge), sessions: found.flatMap(({ sessions }) => sessions) };
  }

  /** Today where nobody's programme says whose clock counts. */
  today(zone = 'UTC'): string {
    return dateOf({ at: this.clock(), precision: 'minute', zone }) ?? '';
  }

  private charge(row: Row): { charge: Charge; sessions: OpenSession[] } {
    const ref = refOf(row);
    const context: ProtocolContext | undefined = ref && this.contexts.lookup(ref);
    const today = this.today(context?.zone);
    const rules = { today, nation: context?.nation ?? 'england', lateEntryWorkingDays: context?.protocol?.lateEntryWorkingDays ?? 5 } as const;
    const { participant, studyNumber, site, worker, standing, lastContact, nextPlannedStart, open } = row;
    const stopped = stoppedOf(row, today);
    return {
      charge: { participant, studyNumber, site, worker, standing, lastContact, nextPlannedStart: stopped ? null : nextPlannedStart, stopped, today },
      // What was to happen after contact stopped is waited for no more.
      sessions: open
        .filter(({ plannedStart }) => !stopped || (stopped.since !== null && plannedStart.slice(0, 10) < stopped.since))
        .map((session) => ({ participant, studyNumber, worker, ...session, due: dueOf(session.plannedStart, rules), workingDaysSince: workingDaysSince(session.plannedStart, today, rules.nation) })),
    };
  }
}

function refOf({ programme, site, protocolVersion }: Row) {
  return programme !== null && site !== null ? { programme, site, version: protocolVersion ?? '' } : undefined;
}

/** Death stops all contact from its date; so do a withdrawal of consent to contact and a discontinuation, once they hold. */
function stoppedOf({ stage, diedOn, withdrawn, discontinued }: Row, today: string): Charge['stopped'] {
  if (stage === 'died' || diedOn !== null) return { since: diedOn, why: 'died' };
  const { contact } = withdrawn;
  if (contact !== undefined && (contact === null || contact <= today)) return { since: contact, why: 'contact-withdrawn' };
  if (discontinued && (discontinued.on === null || discontinued.on <= today)) return { since: discontinued.on, why: 'discontinued' };
  return null;
}
