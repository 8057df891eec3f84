import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { disclosureOf } from './disclosure.js';
import { EntryAmended, EntryReattributed, EntryVoided } from './corrections.js';
import type { Fact } from './envelope.js';
import { Invalid, type Fault } from './refused.js';

export type DataClass<Data = object> = new () => Data;

export interface Definition<Data extends object = object> {
  /** The version written now, from 1. */
  readonly version: number;
  readonly data: DataClass<Data>;
  /** `upcast[n]` lifts data of version n to version n + 1. */
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
  /** Fields that say which thing the fact is about; an amendment may not change them. */
  readonly fixed?: readonly string[];
}

export interface Group {
  /** First part of the stream's name: `support` of `support-6f1c…`. */
  readonly stream: string;
  /** Whose streams they are. A participant's are sealed under that participant's key and can be corrected. */
  readonly about: 'participant' | 'programme' | 'site';
  /** The very existence or density of these streams tells the arm: masked roles never see them. */
  readonly reveals?: 'allocation';
}

type Definitions = Readonly<Record<string, Definition>>;

/** Everything that can be written to one kind of stream. */
export interface Catalogue<D extends Definitions = Definitions> extends Group {
  readonly definitions: D;
}

/** The facts of a catalogue, as a union discriminated by `type`. */
export type FactOf<C extends Catalogue> = {
  [T in keyof C['definitions'] & string]: Fact<T, InstanceType<C['definitions'][T]['data']>>;
}[keyof C['definitions'] & string];

/** A type this program does not know, or a version newer than it: the reader stops here, it never skips. Release readers before writers. */
export class UnreadableEvent extends Error {}

/** @throws Error when a field has no disclosure class or no validation, or an upcast is missing: the program does not start with such a catalogue */
export function catalogue<D extends Definitions>(group: Group, definitions: D): Catalogue<D> {
  for (const [type, definition] of Object.entries(definitions)) {
    const classed = disclosureOf(definition.data);
    const validated = new Set(fieldsOf(definition.data));
    for (const field of validated) if (!classed.has(field)) throw new Error(`${type}.${field} has no disclosure class: declare @Open, @Linked, @Blinded, @Worker or @Personal.`);
    for (const field of classed.keys()) if (!validated.has(field)) throw new Error(`${type}.${field} has no validation: declare what may be written.`);
    for (let version = 1; version < definition.version; version++)
      if (!definition.upcast?.[version]) throw new Error(`${type} has no upcast from version ${version}.`);
  }
  return { ...group, definitions };
}

const corrections: Definitions = {
  EntryAmended: { version: 1, data: EntryAmended },
  EntryVoided: { version: 1, data: EntryVoided },
  EntryReattributed: { version: 1, data: EntryReattributed },
};

/** @throws UnreadableEvent */
export function definitionOf(group: Catalogue, type: string): Definition {
  const found = Object.hasOwn(group.definitions, type) ? group.definitions[type] : group.about === 'participant' ? corrections[type] : undefined;
  if (!found) throw new UnreadableEvent(`This program knows no event ${type} on ${group.stream} streams. Run a release that does.`);
  return found;
}

/** Checks data before it is written, as the version written now. @throws Invalid naming every field at fault */
export function check(group: Catalogue, type: string, data: unknown, at = ''): void {
  const faults = faultsOf(definitionOf(group, type).data, data, at);
  if (faults.length > 0) throw new Invalid(faults);
}

/** What is wrong with a value read as an instance of a class; unknown fields and NUL characters included. */
export function faultsOf(data: DataClass, value: unknown, at = ''): Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ field: at || 'body', message: 'must be an object' }];
  const errors = validateSync(plainToInstance(data, value), { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  return [...errors.flatMap((error) => flatten(error, at)), ...nulls(value, at)];
}

/** Brings data written at any known version to the version of now. @throws UnreadableEvent */
export function lift(group: Catalogue, type: string, version: number, data: unknown): unknown {
  const definition = definitionOf(group, type);
  if (version > definition.version)
    throw new UnreadableEvent(`${type} version ${version} is newer than this program, which knows ${definition.version}. Run the release that wrote it.`);
  let lifted = data;
  for (let from = version; from < definition.version; from++) lifted = definition.upcast?.[from]?.(lifted as never);
  return lifted;
}

/** The names of the fields a class validates, those of its parents included. */
export function fieldsOf(data: DataClass): string[] {
  const found = getMetadataStorage().getTargetValidationMetadatas(data, '', false, false);
  return [...new Set(found.map(({ propertyName }) => propertyName))];
}

function flatten(error: ValidationError, at: string): Fault[] {
  const field = /^\d+$/.test(error.property) ? `${at}[${error.property}]` : at ? `${at}.${error.property}` : error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    field,
    message: rule === 'whitelistValidation' ? 'is not a field of this' : message.replace(new RegExp(`^${error.property} `), ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}

function nulls(value: unknown, at: string): Fault[] {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? [{ field: at, message: 'holds a NUL or a broken character' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => nulls(inner, Array.isArray(value) ? `${at}[${name}]` : at ? `${at}.${name}` : name));
}
