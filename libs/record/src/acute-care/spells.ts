import { addDays, daysBetween } from '@cairn/kernel/occurred.js';

/** One stretch of acute care as records tell it; dates are local. Null: not known. */
export interface Episode {
  /** The last day it may have begun on: an imprecise date counts at the end of its interval. */
  readonly start: string | null;
  /** The first day it may have begun on, where that is another. */
  readonly earliest?: string | null;
  readonly end: string | null;
  /** It is over, though perhaps nobody knows since when. */
  readonly ended: boolean;
  readonly setting: string;
  readonly transfers?: readonly Transfer[];
  readonly adjudicated?: Adjudication;
  /** The entries that told of its start and of its end. */
  readonly entry?: string;
  readonly discharge?: string;
}

/** What was decided of an admission on day 0. */
export type Adjudication = 'readmission' | 'index-care';

export interface Transfer {
  readonly to: string;
  readonly on: string | null;
  readonly entry?: string;
}

export interface Spell {
  readonly start: string;
  /** Null while it goes on, or when its end is not known. */
  readonly end: string | null;
  readonly settings: readonly string[];
}

/** A spell, and the first day in it that was spent in a setting that counts. */
interface Counted extends Spell {
  readonly acute: string | null;
  /** What was decided of each admission that brought that day about. */
  readonly decisions: readonly (Adjudication | undefined)[];
}

/** Episodes joined when the next start date ≤ the previous end date plus the gap; so a move on the same day is a transfer. */
export function spellsOf(episodes: readonly Episode[], gapDays: number): Spell[] {
  return joined(episodes, gapDays, []).map(({ start, end, settings }) => ({ start, end, settings }));
}

function joined(episodes: readonly Episode[], gapDays: number, counting: readonly string[]): Counted[] {
  const dated = episodes.flatMap((episode) => (episode.start === null ? [] : [{ ...episode, start: episode.start }])).sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const spells: Counted[] = [];
  for (const { start, end, setting, transfers = [], adjudicated } of dated) {
    const visited = [{ to: setting, on: start as string | null }, ...transfers];
    const acute = visited.filter(({ to }) => counting.includes(to)).map(({ on }) => on ?? start).sort()[0] ?? null;
    const settings = visited.map(({ to }) => to);
    const last = spells.at(-1);
    if (last && (last.end === null || start <= addDays(last.end, gapDays))) {
      const later = last.end === null || end === null ? null : end > last.end ? end : last.end;
      const begins = acute !== null && (last.acute === null || last.acute === acute);
      spells[spells.length - 1] = { start: last.start, end: later, settings: [...new Set([...last.settings, ...settings])], acute: last.acute ?? acute, decisions: begins ? [...last.decisions, adjudicated] : last.decisions };
    } else spells.push({ start, end, settings: [...new Set(settings)], acute, decisions: acute === null ? [] : [adjudicated] });
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
  readonly enrolled: boolean;
  /** Local date of the anchor: day 0. */
  readonly t0: string | null;
  readonly indexDischarge: string | null;
  readonly episodes: readonly Episode[];
  readonly searches: readonly { readonly sources: readonly string[]; readonly searchedTo: string; readonly noneFound: boolean; readonly entry?: string }[];
  /** Consent to search records: none, or up to (not including) the day its withdrawal holds from; null is without end. */
  readonly access: { readonly until: string | null } | null;
  /** Null on: on a date nobody knows. */
  readonly died: { readonly on: string | null } | null;
  readonly erased: boolean;
}

export interface Outcome {
  readonly readmission: 'yes' | 'no' | 'unknown';
  /** Day of the readmission, T0 being day 0. */
  readonly day: number | null;
  readonly reason: OutcomeReason;
  /** Days under observation: to the readmission, else to death, else to the end of what was searched clear, at most the window. Null without T0, or when the date of death is not known. */
  readonly timeDays: number | null;
  /** Day of a death within the window, T0 being day 0: a competing event. */
  readonly diedDay: number | null;
}

export type OutcomeReason =
  | 'readmitted' | 'searched-clear' | 'not-enrolled' | 'anchor-date-unknown' | 'no-record-access' | 'day-0-to-adjudicate' | 'admission-date-unknown' | 'dates-uncertain'
  | 'not-searched' | 'search-incomplete' | 'searched-clear-to-death' | 'found-but-not-recorded' | 'erased';

/**
 * Readmission within the window, by DOMAIN.md's "Derived variables": days 1 to the last inclusive; day 0 as it was adjudicated.
 * Yes: a new spell in a setting of the protocol. No: every required source searched clear through the last day or death. Unknown: otherwise,
 * which includes dates so imprecise that they allow both.
 */
export function outcomeOf(facts: OutcomeFacts, rules: OutcomeRules): Outcome {
  const outcome = outcomeBy(facts, rules);
  const others = [earliest, endedAtOnce, (known: Episode) => endedAtOnce(earliest(known))].map((read) => outcomeBy({ ...facts, episodes: facts.episodes.map(read) }, rules));
  const doubtful = others.some(({ readmission }) => readmission !== outcome.readmission);
  const uncertain: Readmission = { readmission: 'unknown', day: null, reason: 'dates-uncertain', timeDays: outcome.readmission === 'yes' ? null : outcome.timeDays };
  return untilDeath(doubtful ? uncertain : outcome, facts, rules);
}

type Readmission = Omit<Outcome, 'diedDay'>;

/** Death competes with readmission: whoever was not readmitted by then is observed to it and no further. */
function untilDeath(outcome: Readmission, { died, t0, erased }: OutcomeFacts, { windowDays }: OutcomeRules): Outcome {
  if (erased || !died || t0 === null) return { ...outcome, diedDay: null };
  const { readmission, reason, timeDays } = outcome;
  const day = died.on === null ? null : daysBetween(t0, died.on);
  const diedDay = day !== null && day <= windowDays ? day : null;
  const open = readmission === 'yes' || (reason === 'dates-uncertain' && timeDays === null);
  const time = diedDay !== null ? Math.max(0, diedDay) : day === null ? null : timeDays;
  return { ...outcome, timeDays: open ? timeDays : time, diedDay };
}

/** The same episode, had it begun on the first day it may have. */
function earliest(episode: Episode): Episode {
  return { ...episode, start: episode.earliest ?? episode.start };
}

/** The same episode, had it ended on the day it began, where all that is known is that it is over. */
function endedAtOnce(episode: Episode): Episode {
  return episode.ended && episode.end === null ? { ...episode, end: episode.start } : episode;
}

function outcomeBy({ enrolled, t0, indexDischarge, episodes: found, searches, access, died, erased }: OutcomeFacts, { windowDays, gapDays, settings, sources }: OutcomeRules): Readmission {
  const unknown = (reason: OutcomeReason, timeDays: number | null = null): Readmission => ({ readmission: 'unknown', day: null, reason, timeDays });
  if (erased) return unknown('erased');
  if (t0 === null) return unknown(enrolled ? 'anchor-date-unknown' : 'not-enrolled');
  if (access === null) return unknown('no-record-access', 0);
  // What was found of the time after the withdrawal is not used.
  const episodes = found.filter(({ start }) => access.until === null || start === null || start < access.until);
  const spells = joined(episodes, gapDays, settings).filter(({ start }) => indexDischarge === null || start > addDays(indexDischarge, gapDays));
  const days = spells.flatMap(({ acute }) => (acute === null ? [] : [daysBetween(t0, acute)]));
  const day = days.find((day) => day >= 1 && day <= windowDays);
  const clear = searches.filter(({ noneFound }) => noneFound);
  const searched = Math.min(windowDays, ...sources.map((source) => through(clear, source)));
  const timeDays = Math.max(0, searched);
  const onDay0 = spells.filter(({ acute }) => acute === t0).flatMap(({ decisions }) => decisions);
  if (onDay0.includes('readmission')) return { readmission: 'yes', day: 0, reason: 'readmitted', timeDays: 0 };
  if (day !== undefined) return { readmission: 'yes', day, reason: 'readmitted', timeDays: day };
  if (onDay0.includes(undefined)) return unknown('day-0-to-adjudicate', timeDays);
  if (episodes.some(({ start, setting, transfers = [] }) => start === null && [setting, ...transfers.map(({ to }) => to)].some((one) => settings.includes(one)))) return unknown('admission-date-unknown', timeDays);
  if (searches.length === 0) return unknown('not-searched', 0);
  if (searched >= windowDays) return { readmission: 'no', day: null, reason: 'searched-clear', timeDays: windowDays };
  if (died?.on && searched >= daysBetween(t0, died.on)) return { readmission: 'no', day: null, reason: 'searched-clear-to-death', timeDays };
  return unknown(clear.length < searches.length ? 'found-but-not-recorded' : 'search-incomplete', timeDays);

  /** Days from T0 through which a source was searched; withdrawn access truncates what may be searched. */
  function through(searches: OutcomeFacts['searches'], source: string): number {
    const until = searches.filter((search) => search.sources.includes(source)).map(({ searchedTo }) => (access?.until && access.until <= searchedTo ? addDays(access.until, -1) : searchedTo));
    return until.length === 0 ? -Infinity : Math.max(...until.map((date) => daysBetween(t0 ?? date, date)));
  }
}
