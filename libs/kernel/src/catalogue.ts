import { disclosureOf } from './disclosure.js';
import { EntryAmended, EntryReattributed, EntryVoided, isCorrection } from './corrections.js';
import { fieldsOf, rulesOf, type DataClass } from './declared.js';
import type { Fact } from './envelope.js';
import { faultsOf } from './faults.js';
import { named } from './named.js';
import { Invalid } from './refused.js';

export interface Definition<Data extends object = object> {
  /** The version written now, from 1. */
  readonly version: number;
  readonly data: DataClass<Data>;
  /** `upcast[n]` lifts data of version n to version n + 1. */
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
  /** Fields that say which thing the fact is about; an amendment may not change them. */
  readonly fixed?: readonly string[];
  /** Everything else rests on such a fact: it is amended, never voided. */
  readonly permanent?: true;
  /** Such a fact is about this very case: it is never given to another participant. */
  readonly stays?: true;
  /** Anybody may tell it, also those whose role tells the arm: masked roles never learn who did, through what, or why. */
  readonly teller?: 'withheld';
}

export interface Group {
  /** First part of the stream's name: `support` of `support-6f1c…`. */
  readonly stream: string;
  /** Whose streams they are. A participant's are sealed under that participant's key and can be corrected. */
  readonly about: 'participant' | 'programme' | 'site' | 'staff' | 'account';
  /** The very existence or density of these streams tells the arm: masked roles never see them. */
  readonly reveals?: 'allocation';
  /** Facts about entries that the stream takes beside its own; a decider of their own folds them. */
  readonly remarks?: Definitions;
}

export type Definitions = Readonly<Record<string, Definition>>;

/** Everything that can be written to one kind of stream. */
export interface Catalogue<D extends Definitions = Definitions> extends Group {
  readonly definitions: D;
}

/** The facts of a catalogue, as a union discriminated by `type`. */
export type FactOf<C extends Catalogue> = C extends Catalogue<infer D>
  ? { [T in keyof D & string]: Fact<T, InstanceType<D[T]['data']>> }[keyof D & string]
  : never;

/** A type this program does not know, or a version newer than it: the reader stops here, it never skips. Release readers before writers. */
export class UnreadableEvent extends Error {}

/** @throws Error when a field has no disclosure class or no validation, or an upcast is missing: the program does not start with such a catalogue */
export function catalogue<D extends Definitions>(group: Group, definitions: D): Catalogue<D> {
  if (!/^[a-z]+$/.test(group.stream)) throw new Error(`${group.stream} cannot name streams: use small letters only, a hyphen ends the name.`);
  for (const type of Object.keys(group.remarks ?? {})) if (type in definitions) throw new Error(`${type} is a remark: ${group.stream} streams have it already.`);
  for (const [type, definition] of Object.entries({ ...group.remarks, ...definitions })) {
    const classed = disclosureOf(definition.data);
    const fields = fieldsOf(definition.data);
    const validated = new Set(rulesOf(definition.data).map(({ propertyName }) => propertyName));
    if (isCorrection(type)) throw new Error(`${type} is the name of a correction: every participant's stream has it already.`);
    if (!Number.isInteger(definition.version) || definition.version < 1) throw new Error(`${type} cannot have version ${definition.version}: versions count from 1.`);
    for (const field of definition.fixed ?? []) if (!fields.includes(field)) throw new Error(`${type} fixes ${field}, which is not one of its fields.`);
    for (const field of fields) if (!classed.has(field)) throw new Error(`${type}.${field} has no disclosure class: declare @Open, @Linked, @Blinded, @Worker or @Personal.`);
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
  const found = named(group.definitions, type) ?? named(group.remarks ?? {}, type) ?? (group.about === 'participant' ? named(corrections, type) : undefined);
  if (!found) throw new UnreadableEvent(`This program knows no event ${type} on ${group.stream} streams. Run a release that does.`);
  return found;
}

/** Checks data before it is written, as the version written now. @throws Invalid naming every field at fault */
export function check(group: Catalogue, type: string, data: unknown, at = ''): void {
  const faults = faultsOf(definitionOf(group, type).data, data, at);
  if (faults.length > 0) throw new Invalid(faults);
}

/** Brings data written at any known version to the version of now. @throws UnreadableEvent */
export function lift(group: Catalogue, type: string, version: number, data: unknown): unknown {
  const definition = definitionOf(group, type);
  if (!Number.isInteger(version) || version < 1) throw new UnreadableEvent(`${type} cannot have version ${version}: versions count from 1.`);
  if (version > definition.version)
    throw new UnreadableEvent(`${type} version ${version} is newer than this program, which knows ${definition.version}. Run the release that wrote it.`);
  let lifted = data;
  for (let from = version; from < definition.version; from++) lifted = definition.upcast?.[from]?.(lifted as never);
  return lifted;
}
