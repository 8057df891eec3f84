import type { Step } from './together.js';

/** Adds rows to a table. By far the cheapest way, also for one row: nothing is planned or cast. */
export function copyInto({ name, columns }: { readonly name: string; readonly columns: readonly string[] }, lines: readonly string[], how = ''): Step[] {
  return lines.length === 0 ? [] : [{ text: `copy ${name} (${columns.join(', ')}) from stdin ${how}`, lines }];
}

/** What COPY reads for nothing. */
export const NULL = '\\N';

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text as COPY reads it. */
export function escaped(text: string): string {
  return special.test(text) ? text.replace(/[\\\n\r\t]/g, (found) => escapes[found] ?? found) : text;
}
