import type { Decider } from '@cairn/kernel/decider.js';
import { studyNumberEvents, type StudyNumberEvent } from './events.js';

export const studyNumbers: Decider<{ last: number }, { type: 'IssueStudyNumber' }, StudyNumberEvent> = {
  events: studyNumberEvents,
  initial: { last: 0 },
  decide: (_, { last }) => [{ type: 'StudyNumberIssued', data: { number: last + 1 } }],
  evolve: (_, { data }) => ({ last: data.number }),
};

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** `HX-0001-K`: site code, number, check character (ISO 7064 MOD 37,36), which finds any one wrong character and any two swapped neighbours. */
export function studyNumber(siteCode: string, number: number): string {
  const digits = String(number).padStart(4, '0');
  return `${siteCode}-${digits}-${checkCharacter(siteCode + digits)}`;
}

export function isStudyNumber(text: string): boolean {
  const [code, digits, check] = text.split('-');
  return code !== undefined && digits !== undefined && /^[A-Z]{2,4}-\d{4,6}-[0-9A-Z]$/.test(text) && checkCharacter(code + digits) === check;
}

function checkCharacter(text: string): string {
  let product = 36;
  for (const character of text) {
    const sum = (product + alphabet.indexOf(character)) % 36 || 36;
    product = (sum * 2) % 37;
  }
  return alphabet[(37 - product) % 36] ?? '';
}
