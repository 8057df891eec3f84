import type { Decider } from '@cairn/kernel/decider.js';
import { studyNumberEvents, type StudyNumberEvent } from './events.js';

export const studyNumbers: Decider<{ last: number }, { type: 'IssueStudyNumber' }, StudyNumberEvent> = {
  events: studyNumberEvents,
  initial: { last: 0 },
  decide: (_, { last }) => [{ type: 'StudyNumberIssued', data: { number: last + 1 } }],
  evolve: (_, { data }) => ({ last: data.number }),
};

// Thirty-one characters, without I, L, O, Q and U, which are misread. Over a prime, with weights that double from right to left (the pure systems
// of ISO 7064), no wrong character and no swapped neighbours go unseen; MOD 37,36 would miss one swap in three hundred.
const checks = '0123456789ABCDEFGHJKMNPRSTVWXYZ';

/** `HX-0001-S`: site code, number, check character, which finds any one wrong character and any two swapped neighbours. */
export function studyNumber(siteCode: string, number: number): string {
  const digits = String(number).padStart(4, '0');
  return `${siteCode}-${digits}-${checkCharacter(siteCode + digits)}`;
}

export function isStudyNumber(text: string): boolean {
  const [code, digits, check] = text.split('-');
  return code !== undefined && digits !== undefined && /^[A-Z]{2,4}-\d{4,6}-[0-9A-Z]$/.test(text) && checkCharacter(code + digits) === check;
}

function checkCharacter(text: string): string {
  let sum = 0;
  // Letters count from 10: all twenty-six differ over 31, and the form alone tells a letter from a digit.
  for (const character of text) sum = ((sum + parseInt(character, 36)) * 2) % checks.length;
  return checks[(checks.length - sum) % checks.length] ?? '';
}
