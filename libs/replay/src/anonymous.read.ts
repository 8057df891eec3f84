import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { definitionOf, type Catalogue } from '@cairn/kernel/catalogue.js';
import { disclosureOf, type AnonymousColumn } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { isMerge } from '@cairn/kernel/merges.js';
import { dateOf, daysBetween, addDays } from '@cairn/kernel/occurred.js';
import { readModel, type ReadModel, type Row } from '@cairn/kernel/read-model.js';

/**
 * What the anonymous log may say of one event, and whose it is so that people can be counted; the latter never leaves.
 * Filled from fields declared `@Open('mode' | 'outcome' | 'section')` alone: a field added tomorrow stays out until someone opens it.
 */
@Entity({ schema: 'read', name: 'anonymous_entries' })
@Index('anonymous_entries_by_programme', ['programme'])
export class AnonymousRow implements Row {
  @PrimaryColumn('uuid') participant: string;
  @PrimaryColumn('uuid') entry: string;
  @Column('bigint') position: number;
  @Column('text') programme: string;
  @Column('text') kind: string;
  /** 28 days, counted from Monday 5 January 1970: `2026-01-05/P28D`. */
  @Column('text') period: string;
  @Column('text') quarter: string;
  @Column('text') mode: string;
  @Column('text') outcome: string;
  @Column('text') section: string;
}

export function anonymousRows(groups: readonly Catalogue[]): ReadModel<AnonymousRow> {
  const facts = new Set(groups.flatMap(({ definitions }) => Object.keys(definitions)));
  const kinds = new Map(Array.from(facts, (type) => [type, kindOf(type)]));
  return readModel(
    AnonymousRow,
    groups,
    {
      // What is remarked on entries, and a merge, is about the record, not about care.
      key: { column: 'entry', of: ({ id, type }: Entry) => (facts.has(type) && !isMerge(type) ? id : undefined), single: true },
      initial: { entry: '', programme: '', kind: '', period: UNKNOWN, quarter: UNKNOWN, mode: '', outcome: '', section: '' },
      every: (row, entry, group) => ({ ...row, programme: entry.protocol?.programme ?? '', kind: kinds.get(entry.type) ?? '', ...periodOf(entry), ...columnsOf(entry, group) }),
    },
    {},
  );
}

const UNKNOWN = 'unknown';
const EPOCH = '1970-01-05';

/** `session-attended` of `SessionAttended`. */
function kindOf(type: string): string {
  return type.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}

function periodOf({ occurred }: Entry): Pick<AnonymousRow, 'period' | 'quarter'> {
  const date = dateOf(occurred);
  if (date === undefined) return { period: UNKNOWN, quarter: UNKNOWN };
  const quarter = `${date.slice(0, 4)}-Q${Math.ceil(Number(date.slice(5, 7)) / 3)}`;
  // A month does not say which period of 28 days; its quarter is all that is known.
  if (occurred.precision === 'month') return { period: quarter, quarter };
  return { period: `${addDays(EPOCH, Math.floor(daysBetween(EPOCH, date) / 28) * 28)}/P28D`, quarter };
}

function columnsOf({ type, data, erased }: Entry, group: Catalogue): Pick<AnonymousRow, 'mode' | 'outcome' | 'section'> {
  const columns = { mode: '', outcome: '', section: '' };
  if (erased) return columns;
  for (const [field, column] of openOf(definitionOf(group, type).data)) {
    const value = (data as Record<string, unknown>)[field];
    if (typeof value === 'string') columns[column] = value;
  }
  return columns;
}

const open = new Map<Function, (readonly [field: string, column: AnonymousColumn])[]>();

/** The fields that may appear, each with its column. */
function openOf(data: Function): (readonly [field: string, column: AnonymousColumn])[] {
  const known = open.get(data) ?? [...disclosureOf(data)].flatMap(([field, { class: disclosure, column }]) => (disclosure === 'open' && column ? [[field, column] as const] : []));
  open.set(data, known);
  return known;
}
