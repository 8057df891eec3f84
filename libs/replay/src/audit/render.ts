import { stringify } from 'csv-stringify/sync';
import { Document } from '@cairn/access/disclosed.js';
import { canonical } from '@cairn/kernel/same.js';
import type { Line } from './report.js';

export const formats = ['json', 'ndjson', 'csv'] as const;
export type Format = (typeof formats)[number];

const contentTypes: Record<Format, string> = { json: 'application/json; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8' };
export const produces = ['application/json', 'application/x-ndjson', 'text/csv'];

export interface Rendered {
  readonly report: string;
  readonly filters: object;
  /** The token of the last entry it could hold; null in an empty record. */
  readonly cut: string | null;
  readonly columns: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
  readonly next?: string;
}

/** The format a request wants: what it says, else what it accepts, else JSON. */
export function formatOf(format: Format | undefined, accept = ''): Format {
  return format ?? (accept.includes('text/csv') ? 'csv' : accept.includes('application/x-ndjson') ? 'ndjson' : 'json');
}

/** How much of the report this is, after its last row: a spreadsheet shows no header. */
function extent(rows: number, next: string | undefined): string {
  return `# rows=${rows} ${next === undefined ? 'more=no' : `more=yes next=${next}`}\r\n`;
}

/** The same report in the same format is the same text, whenever it is made. */
export function render(format: Format, { report, filters, cut, columns, lines, next }: Rendered): Document {
  const about = { report, filters: JSON.parse(canonical(filters)) as object, cut, ...(next !== undefined && { next }) };
  const ordered = lines.map((line) => Object.fromEntries(Object.keys(columns).map((column) => [column, line[column] ?? null])));
  switch (format) {
    case 'json':
      return new Document(contentTypes.json, JSON.stringify({ ...about, columns, items: ordered }), next);
    case 'ndjson':
      return new Document(contentTypes.ndjson, [...ordered, { trailer: { ...about, lines: lines.length } }].map((line) => `${JSON.stringify(line)}\n`).join(''), next);
    case 'csv':
      // A cell that begins as a formula does is text to every spreadsheet: it is what somebody wrote, never what one made of it.
      return new Document(contentTypes.csv, `${stringify([Object.values(columns), ...ordered.map((line) => Object.values(line).map(cell))], { escape_formulas: true, record_delimiter: 'windows' })}${extent(lines.length, next)}`, next);
  }
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(cell).join('; ');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  if ('what' in value && 'from' in value && 'to' in value) return `${cell(value.what)}: ${cell(value.from)} → ${cell(value.to)}`;
  return 'at' in value ? cell(value.at) : JSON.stringify(value);
}
