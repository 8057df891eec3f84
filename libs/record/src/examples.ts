/** What the reads answer, for the API's documentation: a participant of the demonstration, shortened. */
const participant = '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10';
const session = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';
const who = { participant, studyNumber: 'HX-0001-S', site: 's1' };

export const participants = { items: [{ ...who, programme: 'core', stage: 'enrolled', enrolledOn: '2026-01-12', readmission: 'unknown' }], next: 'WyJIWC0wMDAxLVMiLCI3ZDNmNWE1MiJd' };

export const caseload = { items: [{ ...who, worker: 'w1', offered: 7, attended: 6, lastContact: '2026-03-04', nextPlannedStart: null, ended: null }] };

export const summary = {
  ...who,
  programme: 'core',
  stage: 'enrolled',
  eligibility: 'eligible',
  registeredOn: '2026-01-12',
  enrolledOn: '2026-01-12',
  protocolVersion: '1',
  consent: { contact: '2026-01-12', 'record-access': '2026-01-12' },
  withdrawn: {},
  capacity: true,
  information: { version: '2.0', on: '2026-01-10' },
  capacityNow: null,
  contactPreferences: { methods: ['text', 'telephone'], timesOfDay: ['afternoon'], on: '2026-01-12' },
  discontinued: null,
  lost: null,
  completed: null,
  diedOn: null,
  mergedInto: null,
  merged: [],
  disclosures: [],
  outcome: { readmission: 'yes', day: 160, reason: 'readmitted', timeDays: 160, diedDay: null, spells: [{ start: '2026-06-21', end: '2026-07-03', settings: ['ward', 'crisis-house'] }] },
  support: {
    worker: 'w1', offered: 7, attended: 6, planned: 10, byCode: [{ code: '5', meaning: 'attended on time', sessions: 5 }], lastContact: '2026-03-04', nextPlannedStart: null, course: 1, standing: 'ended', log: 'reconciled', ended: 'participant-choice',
    contactAttempts: { reached: 1 }, erased: 0,
    courses: [
      {
        course: 1, standing: 'ended', begunOn: null, pauses: [{ from: '2026-03-05', to: '2026-03-09' }], ended: 'participant-choice', endedOn: '2026-03-31', offered: 7, attended: 6, byCode: { 5: 5, 6: 1, 3: 1, 2: 1 },
        log: 'reconciled', attendedByLog: 6, allPlanned: false,
      },
    ],
  },
  workbook: { issued: { 1: { delivery: 'in-person', on: '2026-01-20' } }, completed: 1, erased: 0, sections: [{ section: 'recovery-means', version: '1', completedOn: '2026-01-27', completed: true }] },
  flags: [{ session, flags: ['not-offered'] }],
};

export const sessions = {
  items: [
    {
      session, course: 1, ordinal: 1, offered: true, plannedStart: '2026-01-20T14:00:00+00:00', response: 'accepted', outcome: 'attended', code: '5', entry: '1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11',
      occurred: { at: '2026-01-20T14:00:00+00:00', precision: 'minute', zone: 'Europe/London' }, occurredOn: '2026-01-20', minutes: 60, mode: 'in-person', worker: 'w1', flags: [],
    },
  ],
};

export const leadTable = {
  programme: 'core',
  policy: { version: '1', suppressed: '1-7', roundedTo: 5 },
  columns: { offered: 'sessions offered, by the month of the offer', 'code-5': 'attended on time (NHS code 5)', unrecorded: 'planned start has passed and nothing is recorded' },
  months: [{ month: '2026-01', cells: { offered: 40, 'code-5': 25, unrecorded: '*' }, medianWaitDays: 9 }],
  all: { month: 'all', cells: { offered: 40, 'code-5': 25, unrecorded: '*' }, medianWaitDays: 9 },
};

const open = { ...who, session, ordinal: 4, plannedStart: '2026-02-11T10:30:00+00:00', mode: 'in-person', response: 'accepted', worker: 'w1', due: 'due', workingDaysSince: 0 };
export const myDay = { date: '2026-02-11', due: [open], unrecorded: [], overdue: [], ahead: [], toPlan: [], stopped: [], queries: [], caseload: 7 };

export const board = {
  workers: [
    {
      worker: 'w1', engaged: true, caseload: 7, running: 6, due: 1, unrecorded: 2, overdue: 1, held: 14, late: 2, left: null, tasks: ['home-visits'],
      trainings: [{ training: 'lone-working', completedOn: '2025-11-03', validUntil: '2026-11-03', expired: false }], lastSupervision: { meeting: '6d0f3a0e-0b9e-4c39-8a55-6c1b0f8f0c55', kind: 'group', minutes: 60, on: '2026-02-04' },
    },
  ],
  overdue: [{ ...open, due: 'overdue', workingDaysSince: 8 }],
  toAssign: [{ ...who, site: 's1', worker: 'w9', standing: 'running', lastContact: null, nextPlannedStart: null, stopped: null, today: '2026-02-11', why: 'not-engaged' }],
  attestations: [],
  queries: [],
};
