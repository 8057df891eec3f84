const start = '2026-01-20T14:00:00+00:00';
const told = { occurred: { at: '2026-01-16' } };

export const worker = { worker: 'w1', ...told };
export const offer = { plannedStart: start, mode: 'in-person', method: 'telephone', ...told };
export const response = { response: 'accepted', ...told };
export const schedule = { plannedStart: '2026-01-21T10:30:00+00:00', by: 'participant', ...told };
export const cancellation = { by: 'participant', noticeHours: 26, ...told };
export const attendance = { minutes: 60, mode: 'in-person', place: 'home', punctuality: 'on-time', occurred: { at: start } };
export const nonAttendance = { kind: 'no-warning', occurred: { at: start } };
export const visit = { session: '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', ...attendance, sections: [{ section: 'recovery-means', progress: 'completed' }] };
export const onCourse = { occurred: { at: '2026-02-24' } };
export const pause = { reason: 'unwell', ...onCourse };
export const reconciliation = { attended: 6, occurred: { at: '2026-04-14' } };
export const contactAttempt = { method: 'telephone', result: 'message-left', occurred: { at: '2026-02-05T11:20:00+00:00' } };
export const end = { reason: 'completed', occurred: { at: '2026-04-02' } };
