import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | boolean | null;

/** RFC 4180, lines ended by a line feed. A text that a spreadsheet would run as a formula gets an apostrophe before it; a number is left as it is. */
export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[], { header = true }: { header?: boolean } = {}): string {
  return stringify(rows as Cell[][], { header, columns: [...columns], escape_formulas: true, cast: { boolean: (value) => String(value) } });
}
