import type { Terminal } from '../terminal.js';
import type { Outcome } from './send.js';

const said: Record<Outcome['outcome'], string> = { recorded: 'recorded', 'already-there': 'already there', refused: 'REFUSED', 'held-back': 'held back' };

/** One line of a file and what became of it, in one line of text; a refusal with its reason below. */
export function lineText({ line, outcome, code, message }: Outcome, { colour }: Terminal): string {
  const paint = { recorded: colour.green, 'already-there': colour.dim, refused: colour.red, 'held-back': colour.yellow }[outcome];
  const what = [line.as.padEnd(12), line.do.padEnd(18), [line.participant?.name, line.label].filter(Boolean).join(' · ').padEnd(24), line.when ?? ''].join(' ');
  const text = `${String(line.line).padStart(5)}  ${paint(said[outcome].padEnd(13))}  ${what}`.trimEnd();
  if (outcome === 'refused') return `${text}\n       ${colour.red(code ?? '')}: ${message ?? ''}`;
  return outcome === 'held-back' ? `${text}\n       because ${message ?? ''}` : text;
}

export interface Totals {
  readonly recorded: number;
  readonly alreadyThere: number;
  readonly refused: number;
  readonly heldBack: number;
}

export function totals(outcomes: readonly Outcome[]): Totals {
  const count = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === kind).length;
  return { recorded: count('recorded'), alreadyThere: count('already-there'), refused: count('refused'), heldBack: count('held-back') };
}

export function totalsText(outcomes: readonly Outcome[], { colour }: Terminal): string {
  const { recorded, alreadyThere, refused, heldBack } = totals(outcomes);
  const parts = [`${recorded} recorded`, `${alreadyThere} already there`, ...(refused + heldBack > 0 ? [`${refused} refused`, `${heldBack} held back`] : [])];
  const next = refused > 0 ? '\nCorrect what was refused, and run the same command again: nothing is recorded twice.' : '';
  return `${colour.bold(`${outcomes.length} lines: ${parts.join(', ')}.`)}${next}`;
}

export function outcomeJson({ line, outcome, events, code, message }: Outcome) {
  const { label, participant } = line;
  return { line: line.line, do: line.do, as: line.as, ...(label !== undefined && { label }), ...(participant && { participant: participant.name, participantId: participant.id }), outcome, events, ...(code !== undefined && { code }), ...(message !== undefined && { message }) };
}
