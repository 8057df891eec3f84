import type { Cell } from './cells.js';
import type { Step } from './together.js';

/** Adds rows to a table. By far the cheapest way, also for one row: nothing is planned or cast. */
export function copyInto({ name, columns }: { readonly name: string; readonly columns: readonly string[] }, lines: readonly string[], how = ''): Step[] {
  return lines.length === 0 ? [] : [{ text: `copy ${name} (${columns.join(', ')}) from stdin ${how}`, lines }];
}

/** One row as COPY reads it, its end included. */
export function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(textOf).join('\t')}\n`;
}

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function textOf(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'string') return special.test(cell) ? cell.replace(/[\\\n\r\t]/g, (found) => escapes[found] ?? found) : cell;
  return cell instanceof Date ? cell.toISOString() : String(cell);
}
