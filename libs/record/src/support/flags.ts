import type { SessionRow } from './sessions.read.js';

export type SessionFlag = 'not-offered' | 'beyond-planned' | 'outside-span' | 'after-withdrawal' | 'late-entry' | 'late-entry-without-reason' | 'possible-duplicate';

export interface FlagContext {
  readonly plannedSessions: number | undefined;
  /** Last local date of the span in which sessions are to be held. */
  readonly spanEnd: string | undefined;
  /** Local date from which contact is no longer consented to. */
  readonly contactWithdrawn: string | undefined;
}

/** What a person should look at in a participant's sessions. Derived each time it is asked, never stored as a fact. */
export function flagsOf(sessions: readonly SessionRow[], { plannedSessions, spanEnd, contactWithdrawn }: FlagContext): Map<string, SessionFlag[]> {
  const attended = sessions.filter(({ outcome }) => outcome === 'attended').sort((a, b) => (`${a.occurredOn ?? '9999'} ${a.session}` < `${b.occurredOn ?? '9999'} ${b.session}` ? -1 : 1));
  const beyond = new Set(plannedSessions === undefined ? [] : attended.slice(plannedSessions).map(({ session }) => session));
  const together = new Map<string, number>();
  for (const row of attended) together.set(visitOf(row), (together.get(visitOf(row)) ?? 0) + 1);
  return new Map(
    sessions.flatMap((row) => {
      const { outcome, occurredOn } = row;
      const flags: SessionFlag[] = [];
      if (!row.offered && outcome !== 'open') flags.push('not-offered');
      if (beyond.has(row.session)) flags.push('beyond-planned');
      if (outcome === 'attended' && occurredOn !== null && spanEnd !== undefined && occurredOn > spanEnd) flags.push('outside-span');
      if (outcome === 'attended' && occurredOn !== null && contactWithdrawn !== undefined && occurredOn >= contactWithdrawn) flags.push('after-withdrawal');
      if (row.late) flags.push(row.lateUnexplained ? 'late-entry-without-reason' : 'late-entry');
      if (outcome === 'attended' && occurredOn !== null && (together.get(visitOf(row)) ?? 0) > 1) flags.push('possible-duplicate');
      return flags.length > 0 ? [[row.session, flags] as const] : [];
    }),
  );
}

/** Same participant, local date and actual worker under different session ids: a possible duplicate. */
function visitOf({ occurredOn, worker, session }: SessionRow): string {
  return occurredOn === null ? session : `${occurredOn} ${worker ?? ''}`;
}
