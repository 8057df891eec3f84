/** The reference programme (CORE, ISRCTN01027104): the examples of the API's documentation and the demonstration's configuration. */
export const programme = { title: 'Peer-supported self-management after crisis care', zone: 'Europe/London', registration: 'ISRCTN01027104' };

export const protocol = {
  plannedSessions: 10,
  sessionMinutes: 60,
  spanMonths: 4,
  timePoints: [
    { code: 'baseline', anchor: 'enrolment', offsetMonths: 0, windowDaysBefore: 14, windowDaysAfter: 0 },
    { code: 'four-months', anchor: 'enrolment', offsetMonths: 4, windowDaysBefore: 14, windowDaysAfter: 28 },
    { code: 'eighteen-months', anchor: 'enrolment', offsetMonths: 18, windowDaysBefore: 28, windowDaysAfter: 56 },
  ],
  arms: [
    { code: 'peer-support', delivery: 'peer-support' },
    { code: 'workbook', delivery: 'post' },
  ],
  masked: true,
  acuteSettings: ['ward', 'crisis-team', 'crisis-house', 'acute-day-unit'],
  instruments: ['qpr-15', 'csq-8', 'bprs-24'],
  outcomeAnchor: 'enrolment',
  outcomeWindowDays: 365,
  outcomeSources: ['site-records'],
  spellGapDays: 0,
  lateEntryWorkingDays: 5,
  eligibility: [
    { code: 'crisis-care', text: 'On the caseload of the crisis team for at least a week', kind: 'inclusion' },
    { code: 'risk', text: 'Too high a risk to others or to the worker for visits', kind: 'exclusion' },
  ],
  attendanceReviewThreshold: 3,
  anonymityThreshold: 10,
};

export const workbook = {
  sections: [
    { id: 'recovery-means', title: 'Recovery means', order: 1 },
    { id: 'moving-on', title: 'Moving on after a crisis', order: 2 },
    { id: 'keeping-well', title: 'Keeping well', order: 3 },
    { id: 'ups-and-downs', title: 'Managing ups and downs', order: 4 },
    { id: 'ambitions', title: 'Ambitions and dreams', order: 5 },
    { id: 'problem-solving', title: 'Problem-solving', order: 6 },
    { id: 'self-help', title: 'Self-help and learning from others', order: 7 },
  ],
};

export const site = { name: 'Hexley crisis team', code: 'HX', nation: 'england', protocolVersion: '1', on: '2026-01-05' };

export const approval = { on: '2026-05-18', reference: 'REC 26/LO/0112, amendment 2' };
export const lock = { manifest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', position: 'Zk3vQb0mT1u9xW7c_8sRfA', reason: 'primary-analysis' };
export const unlocking = { reason: 'error-found' };
export const unblinding = { on: '2027-02-01', reason: 'planned-analysis' };

export const answer = {
  programme: 'core',
  ...programme,
  protocols: { 1: { version: '1', ...protocol } },
  workbooks: { 1: { version: '1', ...workbook } },
  sites: { s1: { code: 'HX', nation: 'england', activations: [{ site: 's1', ...site }] } },
  original: '1',
  approvals: { 2: { protocolVersion: '2', ...approval } },
  datasets: { 'primary-2027': lock },
  unblinded: unblinding,
};
