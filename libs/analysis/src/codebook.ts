import { getMetadataStorage } from 'class-validator';
import { definitionOf, type Catalogue } from '@cairn/kernel/catalogue.js';
import { disclosureClasses, disclosureOf, envelopeDisclosure, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import { csvOf } from './csv.js';
import type { Column } from './declared.js';
import { views } from './views.js';

/** What an analyst must know of one column. */
export interface CodebookEntry {
  readonly view: string;
  readonly column: string;
  readonly type: Column['type'];
  /** The strictest of the fields it is told by. */
  readonly class: DisclosureClass;
  /** Whether a field it is told by lies where its very existence tells the arm. */
  readonly revealsAllocation: boolean;
  /** Fields of events, and envelope fields after an @. */
  readonly sources: readonly string[];
  readonly unit: string | null;
  readonly codes: Readonly<Record<string, string>> | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly about: string;
  /** What an empty cell means; null where there is none. */
  readonly missing: string | null;
}

/**
 * Every column of every view, from its declaration and the catalogues of what it is told by.
 *
 * @throws Error when a column names a field that no event has, or one that points at a person
 */
export function codebook(catalogues: readonly Catalogue[]): CodebookEntry[] {
  return views.flatMap((view) => view.columns.map((column) => entryOf(view.name, column, catalogues)));
}

const EMPTY = '';

export function codebookCsv(entries: readonly CodebookEntry[]): string {
  const columns = ['view', 'column', 'type', 'class', 'reveals_allocation', 'sources', 'unit', 'codes', 'minimum', 'maximum', 'about', 'missing'];
  const rows = entries.map(({ view, column, type, class: disclosure, revealsAllocation, sources, unit, codes, minimum, maximum, about, missing }) => [
    view, column, type, disclosure, revealsAllocation, sources.join('; '), unit ?? EMPTY, Object.entries(codes ?? {}).map(([code, label]) => `${code} = ${label}`).join('; '), minimum, maximum, about, missing ?? EMPTY,
  ]);
  return csvOf(columns, rows);
}

function entryOf(view: string, column: Column, catalogues: readonly Catalogue[]): CodebookEntry {
  const { name, type, sources, unit, codes, about, missing } = column;
  const found = sources.map((source) => sourceOf(`${view}.${name}`, source, catalogues));
  const disclosure = strictest([...(column.class ? [column.class] : []), ...found.map((source) => source.class)]);
  if (disclosure === undefined || disclosure === 'worker' || disclosure === 'personal') throw new Error(`${view}.${name} is ${disclosure ?? 'of no class'}: analysts see nothing that points at a person.`);
  const [only] = found.length === 1 && codes === undefined ? found : [];
  const known = codes ?? only?.codes;
  return {
    view, column: name, type, class: disclosure, revealsAllocation: found.some(({ reveals }) => reveals), sources, unit: unit ?? null,
    codes: known ?? null, minimum: (type === 'integer' ? only?.minimum : undefined) ?? null, maximum: (type === 'integer' ? only?.maximum : undefined) ?? null, about, missing: missing ?? null,
  };
}

function strictest(classes: readonly DisclosureClass[]): DisclosureClass | undefined {
  return disclosureClasses[Math.max(...classes.map((each) => disclosureClasses.indexOf(each)))];
}

interface Source {
  readonly class: DisclosureClass;
  readonly reveals: boolean;
  readonly codes?: Readonly<Record<string, string>> | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

function sourceOf(column: string, source: string, catalogues: readonly Catalogue[]): Source {
  const [, stream = '', type = '', field, envelope] = /^(\w+)\.(\w+)(?:\.(\w+)|@(\w+))$/.exec(source) ?? [];
  const group = catalogues.find((each) => each.stream === stream);
  if (!group) throw new Error(`${column} is told by ${source}, but there are no ${stream || 'such'} streams.`);
  const reveals = group.reveals === 'allocation';
  const { data } = definitionOf(group, type);
  if (envelope !== undefined) return { class: envelopeDisclosure[envelope as keyof typeof envelopeDisclosure], reveals };
  const disclosure = disclosureOf(data).get(field ?? '');
  if (!disclosure) throw new Error(`${column} is told by ${source}, which ${type} does not have.`);
  return { class: disclosure.class, reveals, ...rulesOf(data, field ?? '') };
}

/** What the validators of a field say of its values. */
function rulesOf(data: Function, field: string): Pick<Source, 'codes' | 'minimum' | 'maximum'> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(data, '', false, false).filter(({ propertyName }) => propertyName === field);
  const constraint = (name: string): unknown => (rules.find((rule) => rule.name === name)?.constraints as unknown[] | undefined)?.[0];
  const codes = constraint('isIn') as readonly string[] | undefined;
  return {
    codes: codes && Object.fromEntries(codes.map((code) => [code, code.replaceAll('-', ' ')])),
    minimum: constraint('min') as number | undefined,
    maximum: constraint('max') as number | undefined,
  };
}
