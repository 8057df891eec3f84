/** What the reports of oversight answer, for the API's documentation, shortened. */
const cut = '0ef04bac-603f-4eb6-9f0c-a2dcae360be8';
const participant = '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10';

const amended = {
  recorded: '2026-01-22T09:01:44.730915Z', happened: '2026-01-22T09:01:44+00:00', person: 'w1', role: 'worker', programme: 'core', site: 's1', studyNumber: 'HX-0001-R', about: 'support', what: 'amended',
  changes: [{ what: 'minutes', from: 60, to: 45 }], reason: 'entry-error', source: 'api', late: false, workingDays: 0, corrected: false, protocolVersion: '1', participant, entry: '1b25beaf-933b-42d9-8c1f-1615ea7ebed3', corrects: cut,
};

export const trail = { report: 'audit-trail', filters: { site: 's1' }, cut, next: 'WyJhdWRpdC10cmFpbCIsMTAyMywxMDU3LDIwNF0', columns: { recorded: 'Recorded', person: 'Person', what: 'What' }, items: [amended] };
export const people = {
  report: 'audit-trail-people', filters: {}, cut, columns: { person: 'Person', late: 'Late entries' },
  items: [{ person: 'w1', role: 'worker', site: 's1', entries: 212, late: 9, lateWithoutReason: 2, corrections: 4, corrected: 3, first: '2026-01-16T09:00:00.000000Z', last: '2026-04-02T15:10:11.004100Z' }],
};
export const afterAuthority = {
  report: 'after-authority', filters: {}, cut, columns: { person: 'Person', authority: 'What had ended' },
  items: [{ recorded: '2026-05-04T09:12:00.000000Z', happened: '2026-04-29T10:00:00+01:00', person: 'w1', role: 'worker', what: 'session attended', authority: 'left', endedAt: '2026-04-30T22:59:59.999Z', happenedBefore: true, entry: cut }],
};
export const accessReview = {
  report: 'access-review', filters: {}, cut, columns: { person: 'Reader', readings: 'Readings' },
  items: [{ person: 'w2', roles: ['worker'], studyNumber: 'HX-0001-R', site: 's1', readings: 3, outsideCaseload: 3, outsideSites: 0, first: '2026-01-20T09:00:00.000000Z', last: '2026-01-21T09:00:00.000000Z', routes: ['/v1/participants/:participant'], participant }],
};
export const document = {
  document: '5a0b0c2e-9a51-4c52-8d3e-0b6e2f7a1c11', savedAt: '2026-04-03T08:00:00.000Z', savedBy: 'auditor', report: 'access-review', filters: { site: 's1' }, format: 'csv', cut, lines: 12,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};
export const documents = { items: [document], next: document.document };
export const text = 'Reader,Roles,Study number,Site,Readings\r\nw2,worker,HX-0001-R,s1,3\r\n';
