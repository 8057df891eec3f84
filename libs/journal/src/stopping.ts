import { UnreadableEvent } from '@cairn/kernel/catalogue.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { SealBroken } from '@cairn/privacy/seal.js';

/** A read model could not take an entry. Folds are total, so this is a fault of the program. */
export class FoldFailed extends Error {
  constructor(model: string, { type, position }: Entry, cause: unknown) {
    super(`The read model ${model} cannot fold ${type} at position ${position} (${faultOf(cause)})`, { cause });
  }
}

/** What PostgreSQL says of a value or a table that will be no better the next time: data, constraints, syntax, privileges. */
const LASTING = /^(0A|21|22|23|42)/;

/**
 * Why the read models must not go on past an error, in words that hold no participant's data; undefined for what may pass,
 * such as a lost database.
 */
export function reasonToStop(error: unknown): string | undefined {
  if (error instanceof UnreadableEvent || error instanceof SealBroken || error instanceof FoldFailed) return error.message;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError || error instanceof ReferenceError)
    return `The program failed (${faultOf(error)})`;
  const { code, table, column, constraint } = error as { code?: unknown; table?: string; column?: string; constraint?: string };
  if (typeof code !== 'string' || code.length !== 5 || !LASTING.test(code)) return undefined;
  const place = [table, column, constraint].filter((part) => part !== undefined).join(', ');
  return `The database refused what was folded (SQLSTATE ${code}${place && `, ${place}`})`;
}

/** The kind of an error and where it was thrown. Never its message: a run-time's message may quote the value it met. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const { code } = error as { code?: unknown };
  const [first] = error.stack?.match(/^\s+at .*$/m) ?? [];
  return [error.constructor.name, typeof code === 'string' ? code : undefined, first?.trim()].filter((part) => part !== undefined).join(' ');
}
