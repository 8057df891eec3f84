import type { Line } from '../record/format.js';

/** Enough others, so that the anonymous log has cells with ten people behind them. */
const OTHERS = 13;
const sections = ['recovery-means', 'moving-on', 'keeping-well'];

/** Made-up participants on shorter paths, the same in every run. */
export const crowd: readonly Line[] = Array.from({ length: OTHERS }, (_, index) => pathOf(index + 2)).flat();

function pathOf(number: number): Line[] {
  const participant = `p${String(number).padStart(2, '0')}`;
  const of = (line: Omit<Line, 'participant'>): Line => ({ participant, ...line });
  const start = number % 5;
  return [
    of({ as: 'leila', do: 'register', when: january(12 + start), programme: 'core', site: 's1' }),
    of({ as: 'leila', do: 'screening', when: january(12 + start), facts: { criteria: [{ code: 'crisis-care', met: true }, { code: 'risk', met: false }], result: 'eligible' } }),
    of({ as: 'leila', do: 'consent', when: january(12 + start), facts: { scopes: ['contact', 'record-access'], formVersion: '2.1', capacity: true } }),
    of({ as: 'priya', do: 'index-discharge', when: january(6 + start), episode: 'index', facts: { setting: 'crisis-team' } }),
    of({ as: 'leila', do: 'enrolment', when: january(12 + start) }),
    of({ as: 'helen', do: 'worker', when: january(16 + start), facts: { worker: 'w1' } }),
    of({ as: 'amina', do: 'workbook', when: january(20), facts: { version: '1', delivery: 'in-person' } }),
    ...sections.flatMap((section, week) => session(of, number, week, section)),
    of({ as: 'leila', do: 'outcome-window', when: '2026-09-14', facts: { sources: ['site-records'], searchedTo: '2026-09-14', noneFound: true } }),
  ];
}

/** One offered session: most are held, some are not. */
function session(of: (line: Omit<Line, 'participant'>) => Line, number: number, week: number, section: string): Line[] {
  const name = `week ${week + 1}`;
  const day = january(21 + week * 7 + (number % 3));
  const start = `${day}T${String(9 + (number % 8)).padStart(2, '0')}:00`;
  const offer = of({ as: 'amina', do: 'offer', when: january(20 + week * 7), session: name, facts: { plannedStart: start, mode: 'in-person', method: 'telephone' } });
  if ((number + week) % 6 === 0) return [offer, of({ as: 'amina', do: 'non-attendance', when: start, session: name, facts: { kind: 'no-warning' } })];
  const held = { minutes: 60, mode: (number + week) % 7 === 0 ? 'telephone' : 'in-person', punctuality: 'on-time' };
  return [offer, of({ as: 'amina', do: 'visit', when: start, session: name, facts: { ...held, sections: [{ section, progress: 'completed' }] } })];
}

/** A date so many days into January 2026, and on into February. */
function january(day: number): string {
  return new Date(Date.UTC(2026, 0, day)).toISOString().slice(0, 10);
}
