import type { SessionCancelled, SessionNotAttended, SessionAttended } from './events.js';

/** NHS Data Dictionary attendance codes, as DOMAIN.md maps them. `0`: still to come, or nothing was recorded. */
export type AttendanceCode = '0' | '2' | '3' | '4' | '5' | '6' | '7';

export const attendanceCodes: Record<AttendanceCode, string> = {
  '5': 'attended on time',
  '6': 'arrived late but seen',
  '7': 'arrived too late to be seen',
  '3': 'did not attend, no warning',
  '2': 'cancelled by the participant',
  '4': 'cancelled or postponed by the provider',
  '0': 'no outcome recorded',
};

export const attendedCode = ({ punctuality }: SessionAttended): AttendanceCode => (punctuality === 'on-time' ? '5' : '6');
export const missedCode = ({ kind }: SessionNotAttended): AttendanceCode => (kind === 'too-late' ? '7' : '3');
export const cancelledCode = ({ by }: SessionCancelled): AttendanceCode => (by === 'participant' ? '2' : '4');
