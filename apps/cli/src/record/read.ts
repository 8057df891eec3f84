import { readFile } from 'node:fs/promises';
import { exits, Failure } from '../failure.js';
import type { Fault } from './format.js';
import { linesOf } from './positions.js';

export interface ReadFile {
  readonly content: unknown;
  /** Where in the text each of its lines begins. */
  readonly rows: readonly number[];
}

/** @throws Failure when it cannot be read or is not JSON */
export async function readRecordFile(path: string): Promise<ReadFile> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(exits.unusable, `${path} is not UTF-8 text.`, 'Save it as UTF-8 JSON.');
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(exits.unusable, code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code ?? 'unknown reason'}).`, 'Check the path. apps/cli/FORMAT.md says what stands in such a file.');
  }
  try {
    return { content: JSON.parse(text) as unknown, rows: linesOf(text) };
  } catch (error) {
    throw new Failure(exits.unusable, `${path} is not JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}.`, 'Correct it there; an editor that knows JSON shows the place.');
  }
}

const SHOWN = 40;

/** Every fault with its place, as one refusal. Nothing was sent. */
export function unusable(path: string, faults: readonly Fault[], rows: readonly number[]): Failure {
  const inOrder = [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const listed = inOrder.slice(0, SHOWN).map(({ line, message }) => `  ${place(line, rows)}: ${message}`);
  const rest = faults.length > SHOWN ? [`  and ${faults.length - SHOWN} more`] : [];
  return new Failure(exits.unusable, [`${path} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}; nothing was sent.`, ...listed, ...rest].join('\n'), 'Correct the file and run the same command again. apps/cli/FORMAT.md describes the format.');
}

function place(line: number | undefined, rows: readonly number[]): string {
  if (line === undefined) return 'file';
  const row = rows[line - 1];
  return row === undefined ? `line ${line}` : `line ${line} (row ${row} of the file)`;
}
