/** What looking closely answers, for the API's documentation, shortened. */
const participant = '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10';
const session = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';
const occurred = { at: '2026-01-20T14:00:00+00:00', precision: 'minute', zone: 'Europe/London' };
const worker = { id: 'w1', role: 'worker', site: 's1' };
const data = { session, minutes: 60, mode: 'in-person', worker: 'w1', punctuality: 'on-time' };

const attended = { id: '0ef04bac-603f-4eb6-9f0c-a2dcae360be8', type: 'SessionAttended', stream: 'support', version: 1, occurred, recordedAt: '2026-01-20T15:12:09.104233Z', actor: worker, source: 'api', protocol: { programme: 'core', site: 's1', version: '1' }, data };
const amendment = { id: '1b25beaf-933b-42d9-8c1f-1615ea7ebed3', type: 'EntryAmended', stream: 'support', version: 1, occurred: { at: '2026-01-22T09:01:44+00:00', precision: 'minute', zone: 'Europe/London' }, recordedAt: '2026-01-22T09:01:44.730915Z', actor: worker, source: 'api', reason: { code: 'entry-error' }, data: { entry: attended.id, type: 'SessionAttended', version: 1, data: { ...data, minutes: 45 }, occurred } };
const changes = [{ field: 'minutes', label: 'minutes', former: 60, present: 45 }];
const outcome = { readmission: 'unknown', day: null, reason: 'not-searched', timeDays: null, spells: [] };

export const difference = {
  clock: 'recorded',
  from: '2026-01-21',
  to: '2026-01-23',
  zone: 'Europe/London',
  participant,
  came: [],
  went: [],
  amended: [{ entry: { ...attended, data: { ...data, minutes: 45 } }, changes, by: [amendment] }],
  state: { support: { before: { worker: 'w1' }, after: { worker: 'w1' }, changed: true } },
  outcome: { before: outcome, after: outcome, changed: false },
};

export const entry = {
  participant,
  entry: attended,
  stands: true,
  flags: ['after-death'],
  values: [
    { data, occurred, recordedAt: attended.recordedAt, actor: worker, source: 'api', changes: [] },
    { data: { ...data, minutes: 45 }, occurred, recordedAt: amendment.recordedAt, actor: worker, source: 'api', reason: amendment.reason, correction: amendment.id, changes },
  ],
  corrections: [amendment],
  remarks: [],
  consent: { whenItHappened: { contact: { given: true, on: '2026-01-13' } }, knownWhenRecorded: { contact: { given: true, on: '2026-01-13' } } },
};

export const sight = {
  participant,
  user: 'w1',
  at: '2026-01-21T00:00:00.000000Z',
  standing: { basis: 'grants', roles: ['worker'], sites: ['s1'], staff: 'w1' },
  reachedThrough: [{ role: 'worker', reach: 'caseload' }],
  streams: ['participant', 'support', 'workbook', 'acute'],
  fieldClasses: ['open', 'linked', 'blinded', 'worker', 'personal'],
  entries: [{ ...attended, reason: { code: 'told-late' }, beyondYou: ['reason.text'] }],
  allocation: {
    disclosed: [],
    recorded: [{ user: 'w1', roles: ['worker'], first: attended.recordedAt, entries: 1 }],
    read: [{ user: 'w1', roles: ['worker'], first: '2026-01-20T13:40:00.000000Z', last: '2026-01-20T15:20:00.000000Z', readings: 4 }],
  },
};
