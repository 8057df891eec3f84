import { addDays, daysBetween } from '@cairn/kernel/occurred.js';

/** One stretch of acute care as records tell it; dates are local. Null: not known. */
export interface Episode {
  readonly start: string | null;
  readonly end: string | null;
  readonly setting: string;
  /** Settings it moved to. */
  readonly transfers?: readonly string[];
  readonly ended: boolean;
}

export interface Spell {
  readonly start: string;
  /** Null while it goes on, or when its end is not known. */
  readonly end: string | null;
  readonly settings: readonly string[];
}

/** Episodes joined when the next start date ≤ the previous end date plus the gap; so a move on the same day is a transfer. */
export function spellsOf(episodes: readonly Episode[], gapDays: number): Spell[] {
  const dated = episodes.flatMap((episode) => (episode.start === null ? [] : [{ ...episode, start: episode.start }])).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const spells: Spell[] = [];
  for (const { start, end, setting, transfers = [] } of dated) {
    const last = spells.at(-1);
    if (last && (last.end === null || start <= addDays(last.end, gapDays)))
      spells[spells.length - 1] = { start: last.start, end: last.end === null || end === null ? null : end > last.end ? end : last.end, settings: [...new Set([...last.settings, setting, ...transfers])] };
    else spells.push({ start, end, settings: [...new Set([setting, ...transfers])] });
  }
  return spells;
}

export interface OutcomeRules {
  readonly windowDays: number;
  readonly gapDays: number;
  readonly settings: readonly string[];
  readonly sources: readonly string[];
}

export interface OutcomeFacts {
  /** Local date of the anchor: day 0. */
  readonly t0: string | null;
  readonly indexDischarge: string | null;
  readonly episodes: readonly Episode[];
  readonly searches: readonly { readonly sources: readonly string[]; readonly searchedTo: string; readonly noneFound: boolean }[];
  /** The local date from which records may no longer be searched. */
  readonly accessUntil: string | null;
  readonly erased: boolean;
}

export interface Outcome {
  readonly readmission: 'yes' | 'no' | 'unknown';
  /** Day of the readmission, T0 being day 0. */
  readonly day: number | null;
  readonly reason: OutcomeReason;
  /** Days under observation: to the readmission, else to the end of what was searched clear, at most the window. Null without T0. */
  readonly timeDays: number | null;
}

export type OutcomeReason =
  | 'readmitted' | 'searched-clear' | 'not-enrolled' | 'day-0-to-adjudicate' | 'admission-date-unknown' | 'not-searched' | 'search-incomplete' | 'found-but-not-recorded' | 'erased';

/**
 * Readmission within the window, by DOMAIN.md's "Derived variables": days 1 to the last inclusive; day 0 is adjudicated.
 * Yes: a new spell in a setting of the protocol. No: every required source searched clear through the last day. Unknown: otherwise.
 */
export function outcomeOf({ t0, indexDischarge, episodes, searches, accessUntil, erased }: OutcomeFacts, { windowDays, gapDays, settings, sources }: OutcomeRules): Outcome {
  const unknown = (reason: OutcomeReason, timeDays: number | null = null): Outcome => ({ readmission: 'unknown', day: null, reason, timeDays });
  if (erased) return unknown('erased');
  if (t0 === null) return unknown('not-enrolled');
  const counted = episodes.filter(({ setting }) => settings.includes(setting));
  const spells = spellsOf(counted, gapDays).filter(({ start }) => indexDischarge === null || start > addDays(indexDischarge, gapDays));
  const days = spells.map(({ start }) => daysBetween(t0, start));
  const day = days.find((day) => day >= 1 && day <= windowDays);
  const searched = Math.min(windowDays, ...sources.map((source) => clearUntil(source)));
  const timeDays = Math.max(0, Math.min(searched, windowDays));
  if (day !== undefined) return { readmission: 'yes', day, reason: 'readmitted', timeDays: day };
  if (days.includes(0)) return unknown('day-0-to-adjudicate', timeDays);
  if (counted.some(({ start }) => start === null)) return unknown('admission-date-unknown', timeDays);
  if (searches.length === 0) return unknown('not-searched', 0);
  if (searches.some(({ noneFound }) => !noneFound) && counted.length === 0) return unknown('found-but-not-recorded', timeDays);
  return searched >= windowDays ? { readmission: 'no', day: null, reason: 'searched-clear', timeDays: windowDays } : unknown('search-incomplete', timeDays);

  /** Days from T0 through which a source was searched; withdrawn access truncates what may be searched. */
  function clearUntil(source: string): number {
    const until = searches.filter((search) => search.sources.includes(source)).map(({ searchedTo }) => (accessUntil !== null && accessUntil < searchedTo ? accessUntil : searchedTo));
    return until.length === 0 ? -Infinity : Math.max(...until.map((date) => daysBetween(t0 ?? date, date)));
  }
}
