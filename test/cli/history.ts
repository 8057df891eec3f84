import * as example from '@cairn/record/programme/examples.js';

const people = {
  david: { role: 'investigator', subject: 'investigator', sites: ['s1'] },
  leila: { role: 'researcher', subject: 'researcher-s1', sites: ['s1'] },
  helen: { role: 'supervisor', subject: 'supervisor-s1', sites: ['s1'] },
  amina: { role: 'worker', subject: 'w1', sites: ['s1'] },
  kofi: { role: 'worker', subject: 'w3', sites: ['s1'] },
};

export const programmeLines = [
  { as: 'david', do: 'programme', programme: 'core', facts: example.programme },
  { as: 'david', do: 'protocol', programme: 'core', version: '1', facts: example.protocol },
  { as: 'david', do: 'workbook-version', programme: 'core', version: '1', facts: example.workbook },
  { as: 'david', do: 'site', programme: 'core', site: 's1', facts: example.site },
];

type Line = Record<string, unknown>;

/** What a line makes that the participant's history shows. */
const ENTRIES_EACH = 10;

/** Eleven lines about one participant, which make ten entries and two corrections; the worker changes on the way. */
export function pathOf(participant: string): Line[] {
  const of = (line: Line): Line => ({ participant, ...line });
  return [
    of({ as: 'leila', do: 'register', when: '2026-01-12', programme: 'core', site: 's1' }),
    of({ as: 'leila', do: 'consent', when: '2026-01-12', facts: { scopes: ['contact'], formVersion: '2.1', capacity: true } }),
    of({ as: 'leila', do: 'enrolment', when: '2026-01-12' }),
    of({ as: 'helen', do: 'worker', when: '2026-01-14', facts: { worker: 'w1' } }),
    of({ as: 'amina', do: 'offer', when: '2026-01-16', session: 'first', facts: { plannedStart: '2026-01-20T14:00', mode: 'in-person', method: 'telephone' } }),
    of({ as: 'amina', do: 'visit', label: `${participant} visit`, when: '2026-01-20T14:00', session: 'first', facts: { minutes: 60, mode: 'in-person', punctuality: 'on-time' } }),
    of({ as: 'amina', do: 'amend', entry: `${participant} visit`, facts: { minutes: 45 }, because: { code: 'entry-error', text: 'Read wrongly.' } }),
    of({ as: 'amina', do: 'attendance', label: `${participant} twice`, when: '2026-01-20T14:00', session: 'again', facts: { minutes: 60, mode: 'in-person', punctuality: 'on-time' } }),
    of({ as: 'amina', do: 'void', entry: `${participant} twice`, why: 'duplicate' }),
    of({ as: 'helen', do: 'worker', when: '2026-02-01', facts: { worker: 'w3' } }),
    of({ as: 'kofi', do: 'offer', when: '2026-02-02', session: 'second', facts: { plannedStart: '2026-02-10T14:00', mode: 'in-person', method: 'telephone' } }),
  ];
}

export const entriesOfPath = ENTRIES_EACH + 2;

export function fileWith(lines: readonly Line[], more: Line = {}): Line {
  return { format: 'cairn-record/1', namespace: 'a-spec-of-the-command-line', zone: 'Europe/London', people, lines, ...more };
}
