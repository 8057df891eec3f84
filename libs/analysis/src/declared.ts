/*
 * What an analyst sees is declared once: the SQL of the views, their comments in the database, the codebook and the files of a cut all follow
 * from these declarations.
 */

import type { DisclosureClass } from '@cairn/kernel/disclosure.js';

export type ColumnType = 'token' | 'text' | 'integer' | 'boolean' | 'date';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly sql: string;
  /**
   * The fields it is told by: `support.SessionAttended.minutes`, or `support.SessionAttended@occurred` of an envelope. They give its
   * disclosure class and, where it is one field as it was recorded, its codes and range. None: made by the release itself.
   */
  readonly sources: readonly string[];
  /** Where no source gives it. */
  readonly class?: DisclosureClass;
  /** What it says. */
  readonly about: string;
  /** What an empty cell means; left out where there is none. */
  readonly missing?: string;
  readonly unit?: string;
  /** Code to label, where the source does not give them or does not label them. */
  readonly codes?: Readonly<Record<string, string>>;
}

export interface View {
  readonly name: string;
  /** What one row is, of whom, and what is unknown. */
  readonly about: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  /** What follows `select …`, over `{read}` (the schema of the read models), `{log}` (the log, as far as it is wanted) and `{release}` (the pads of the release's key). */
  readonly from: string;
  /** What comes before `select`. */
  readonly with?: string;
}

/** Programmes, and whether their rows are open: not masked by any protocol version, or unblinded. Until then figures alone, and pooled. */
export const programmes = `
  select programme, not bool_or(masked) or exists (select from {log} e where e.stream = 'programme-' || s.programme and e.type = 'Unblinded') as open
  from {read}.subjects s where programme is not null group by programme`;

/** Everybody in a programme whose rows are open. */
export const people = `{read}.subjects s join (${programmes}) g on g.programme = s.programme and g.open cross join {release} r`;

/** HMAC-SHA-256 (RFC 2104) under the key of the release, whose two pads are at hand. The letter keeps kinds apart, and numbers from being read into it. */
export function token(kind: string, of: string): string {
  return `'${kind}' || encode(substr(sha256(r.outer_pad || sha256(r.inner_pad || convert_to('${kind}' || (${of}), 'UTF8'))), 1, 16), 'hex')`;
}

export const participant: Column = {
  name: 'participant',
  type: 'token',
  sql: token('p', 's.participant::text'),
  sources: [],
  class: 'linked',
  about: 'The participant, by a token of this release. Two releases have no token in common, and none tells the study number.',
};

export interface Where {
  /** Schema of the read models. */
  readonly read: string;
  readonly log: string;
  readonly release: string;
}

export function sqlOf({ columns, from, with: before }: View, where: Where): string {
  const sql = `${before ? `with ${before} ` : ''}select ${columns.map(({ name, sql }) => `${sql} as ${name}`).join(',\n  ')}\nfrom ${from}`;
  return sql.replace(/\{(read|log|release)\}/g, (_, name: keyof Where) => where[name]);
}

export const sqlTypes: Record<ColumnType, string> = { token: 'text', text: 'text', integer: 'integer', boolean: 'boolean', date: 'date' };
