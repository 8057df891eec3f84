/** For the API's documentation: somebody of the demonstration, in short. */
const occurred = { at: '2026-03-05', precision: 'date', zone: 'Europe/London' };
const meeting = '5a1c0f9e-7b46-4a55-8f0a-2f3f6f0c1a22';
const home = { programme: 'core', site: 's1', role: 'worker', from: '2026-01-05' };

export const engagement = home;
export const delegation = { tasks: ['offer-sessions', 'workbook'], until: '2026-12-31' };
export const training = { validUntil: '2027-03-05', occurred: { at: '2026-03-05' } };
export const supervision = { kind: 'group', minutes: 90, attendees: ['w1'], occurred: { at: '2026-03-05T13:00:00+00:00' } };
export const leaving = { occurred: { at: '2026-09-30T17:00:00+01:00' } };

const person = {
  staff: 'w1',
  engagements: [home],
  left: null,
  tasks: ['offer-sessions', 'workbook'],
  trainings: [{ training: 'safeguarding', completedOn: '2026-03-05', validUntil: '2027-03-05', expired: false }],
  lastSupervision: { meeting, kind: 'group', minutes: 90, on: '2026-03-05' },
  flags: [],
};

export const staffList = { items: [{ ...person, caseload: 7 }], next: 'dzE' };

export const member = {
  ...person,
  caseload: 7,
  entries: [
    { id: '1b1f5b5e-3c1e-4b5f-8a53-0f5b0c6a2f11', type: 'SupervisionHeld', data: { meeting, kind: 'group', minutes: 90 }, occurred, recordedAt: '2026-03-05T15:02:11.000000Z', by: { id: 'supervisor-s1', role: 'supervisor' }, source: 'api' },
  ],
};
