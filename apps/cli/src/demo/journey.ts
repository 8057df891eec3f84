import type { Line } from '../record/format.js';

/** Whom the demonstration follows. A made-up name: the record itself holds none. */
export const protagonist = 'rowan';

const of = (line: Omit<Line, 'participant'>): Line => ({ participant: protagonist, ...line });
const asked = { mode: 'in-person', method: 'telephone' };
const held = { minutes: 60, mode: 'in-person', place: 'home', punctuality: 'on-time' };

const enrolled: Line[] = [
  of({ as: 'leila', do: 'register', when: '2026-01-12', programme: 'core', site: 's1' }),
  of({ as: 'leila', do: 'screening', when: '2026-01-12', facts: { criteria: [{ code: 'crisis-care', met: true }, { code: 'risk', met: false }], result: 'eligible' } }),
  of({ as: 'leila', do: 'consent', when: '2026-01-12', facts: { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true } }),
  of({ as: 'priya', do: 'index-discharge', when: '2026-01-09', episode: 'index', facts: { setting: 'crisis-team' } }),
  of({ as: 'leila', do: 'enrolment', when: '2026-01-12' }),
  of({ as: 'helen', do: 'worker', when: '2026-01-14', facts: { worker: 'w1' } }),
];

const firstWeeks: Line[] = [
  of({ as: 'amina', do: 'offer', when: '2026-01-16', session: 'first', facts: { plannedStart: '2026-01-20T14:00', ...asked } }),
  of({ as: 'amina', do: 'response', when: '2026-01-16', session: 'first', facts: { response: 'accepted' } }),
  of({ as: 'amina', do: 'workbook', when: '2026-01-20T14:00', facts: { version: '1', delivery: 'in-person' } }),
  of({ as: 'amina', do: 'visit', when: '2026-01-20T14:00', session: 'first', facts: { ...held, sections: [{ section: 'recovery-means', progress: 'started' }] } }),
  of({ as: 'amina', do: 'offer', when: '2026-01-20', session: 'second', facts: { plannedStart: '2026-01-27T14:00', mode: 'in-person', method: 'in-person' } }),
  of({ as: 'amina', do: 'visit', when: '2026-01-27T14:00', session: 'second', facts: { ...held, sections: [{ section: 'recovery-means', progress: 'completed' }, { section: 'moving-on', progress: 'started' }] } }),
  of({ as: 'amina', do: 'offer', when: '2026-01-27', session: 'third', facts: { plannedStart: '2026-02-03T14:00', mode: 'in-person', method: 'in-person' } }),
  of({ as: 'amina', do: 'non-attendance', when: '2026-02-03T14:00', session: 'third', facts: { kind: 'no-warning' } }),
  of({ as: 'amina', do: 'offer', when: '2026-02-04', session: 'fourth', facts: { plannedStart: '2026-02-10T14:00', ...asked } }),
  of({ as: 'amina', do: 'schedule', when: '2026-02-09', session: 'fourth', facts: { plannedStart: '2026-02-11T10:30', by: 'participant' } }),
  of({ as: 'amina', do: 'visit', label: 'fourth visit', when: '2026-02-11T10:30', session: 'fourth', facts: { ...held, sections: [{ section: 'moving-on', progress: 'completed' }] } }),
];

const laterWeeks: Line[] = [
  of({ as: 'amina', do: 'offer', when: '2026-02-11', session: 'fifth', facts: { plannedStart: '2026-02-18T14:00', ...asked } }),
  of({ as: 'amina', do: 'visit', when: '2026-02-18T14:00', session: 'fifth', facts: { ...held, punctuality: 'late', minutes: 40 }, because: { code: 'late-log', text: 'The paper log came back three weeks after the visit.' } }),
  of({ as: 'amina', do: 'workbook-reissue', when: '2026-02-18', facts: { delivery: 'in-person', cause: 'lost', filled: true } }),
  of({ as: 'amina', do: 'visit', when: '2026-02-25T11:15', session: 'by chance', facts: { ...held, minutes: 35, place: 'community', sections: [{ section: 'keeping-well', progress: 'started' }] } }),
  of({ as: 'amina', do: 'offer', when: '2026-02-25', session: 'sixth', facts: { plannedStart: '2026-03-04T14:00', mode: 'in-person', method: 'in-person' } }),
  of({ as: 'amina', do: 'visit', when: '2026-03-04T14:00', session: 'sixth', facts: { ...held, sections: [{ section: 'keeping-well', progress: 'completed' }] } }),
  of({ as: 'amina', do: 'attendance', label: 'sixth again', when: '2026-03-04T14:00', session: 'sixth on the tablet', via: 'offline', facts: held }),
  of({ as: 'amina', do: 'offer', when: '2026-03-04', session: 'seventh', facts: { plannedStart: '2026-03-11T14:00', mode: 'in-person', method: 'in-person' } }),
  of({ as: 'amina', do: 'cancellation', when: '2026-03-10', session: 'seventh', facts: { by: 'participant', noticeHours: 26 } }),
  of({ as: 'amina', do: 'contact-attempt', when: '2026-03-11', attempt: 'after the seventh', facts: { method: 'telephone', result: 'no-answer' } }),
  of({ as: 'amina', do: 'course-pause', when: '2026-03-12', course: '1', facts: { reason: 'unwell' } }),
  of({ as: 'amina', do: 'course-reopening', when: '2026-03-23', course: '1' }),
];

const corrected: Line[] = [
  of({ as: 'amina', do: 'amend', label: 'a call', entry: 'fourth visit', facts: { minutes: 45, mode: 'telephone', plannedMode: 'in-person', place: null }, because: { code: 'entry-error', text: 'It was a call of 45 minutes, not a visit.' } }),
  of({ as: 'amina', do: 'void', entry: 'sixth again', why: 'duplicate', because: { code: 'duplicate', text: 'Entered on the tablet and at the office.' } }),
  of({ as: 'amina', do: 'course-end', when: '2026-03-31', course: '1', facts: { reason: 'participant-choice' } }),
  of({ as: 'helen', do: 'log-reconciliation', when: '2026-04-14', course: '1', facts: { attended: 6 } }),
];

const readmitted: Line[] = [
  of({ as: 'leila', do: 'admission', when: '2026-06-21', episode: 'summer', facts: { setting: 'ward', source: 'site-records', foundOn: '2026-09-14' } }),
  of({ as: 'leila', do: 'transfer', when: '2026-06-25', episode: 'summer', facts: { to: 'crisis-house' } }),
  of({ as: 'leila', do: 'discharge', when: '2026-07-03', episode: 'summer' }),
  of({ as: 'leila', do: 'outcome-window', when: '2026-09-14', facts: { sources: ['site-records'], searchedTo: '2026-09-14', noneFound: false } }),
];

/**
 * One participant in the order in which the record learned of it: offers, a missed session, one moved and one cancelled, a log that came
 * back late, a lost workbook, a visit nobody offered, a visit entered twice, a pause, a correction, a paper log held against the record, and a
 * readmission found months after it happened.
 */
export const journey: readonly Line[] = [...enrolled, ...firstWeeks, ...laterWeeks, ...corrected, ...readmitted];
