import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { catalogue, check, definitionOf, lift, type Catalogue } from '@cairn/kernel/catalogue.js';
import { isCorrection } from '@cairn/kernel/corrections.js';
import { fieldsOf } from '@cairn/kernel/declared.js';
import { Blinded, disclosureOf, envelopeDisclosure, Linked, Open } from '@cairn/kernel/disclosure.js';
import { catalogues } from './aspects.js';

/*
 * `golden/` holds one example of every version of every fact ever written: `SessionAttended.v1.json` is data as it was stored. A file once there
 * is never edited: a fact that changes gets a new version, an upcast from the old one, and a file of its own.
 * `golden/disclosure.json` says who may see what; opening a field is a change to that file, for everyone to see.
 */
const folder = join(import.meta.dirname, '../golden');
const corrections = ['EntryAmended', 'EntryVoided', 'EntryReattributed'];

type Corpus = Readonly<Record<string, unknown>>;
const corpus: Corpus = Object.fromEntries(readdirSync(folder).filter((file) => file !== 'disclosure.json').map((file) => [file, parsed(file)]));

describe('the golden corpus', () => {
  it('holds what every version wrote, and all of it can still be read', () => expect(faultsOf(catalogues, corpus)).toEqual([]));

  it('is asked about every catalogue there is', () => {
    const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
    const made = sources.flatMap((file) => readFileSync(join(import.meta.dirname, file), 'utf8').match(/= catalogue\(/g) ?? []);
    expect(catalogues).toHaveLength(made.length);
  });

  it('has the classes of every field on record', () => expect(parsed('disclosure.json')).toEqual(disclosuresOf(catalogues)));
});

describe('a fault in the corpus', () => {
  class Visited {
    @Linked() @IsString() session: string;
    @Open('mode') @IsOptional() @IsIn(['in-person', 'video']) mode?: string;
  }
  const now = { version: 2, data: Visited, upcast: { 1: ({ id }: { id: string }) => ({ session: id }) } };
  const visits = (definition = now) => catalogue({ stream: 'visits', about: 'site' }, { Visited: definition });
  const good: Corpus = { 'Visited.v1.json': { id: 's1' }, 'Visited.v2.json': { session: 's1', mode: 'video' } };

  it('is not there when all is well', () => expect(faultsOf([visits()], good)).toEqual([]));
  it('is a version without an example', () => {
    const { 'Visited.v1.json': first, ...later } = good;
    expect(faultsOf([visits()], { 'Visited.v1.json': first })).toEqual(['Visited.v2.json is missing']);
    expect(faultsOf([visits()], later)).toEqual(['Visited.v1.json is missing']);
  });
  it('is a correction without an example', () => {
    const missing = faultsOf([catalogue({ stream: 'visits', about: 'participant' }, { Visited: now })], good);
    expect(missing).toEqual(corrections.map((type) => `${type}.v1.json is missing`));
  });
  it('is a file of a type, a version or a name that nobody knows', () => {
    for (const stray of ['Visitor.v1.json', 'Visited.v3.json', 'Visited.v0.json', 'Visited.json', 'notes.txt']) expect(faultsOf([visits()], { ...good, [stray]: {} })).toEqual([`${stray} belongs to nothing known`]);
  });
  it('is an example that is accepted no longer', () => {
    expect(faultsOf([visits()], { ...good, 'Visited.v2.json': { session: 's1', mode: 'telephone' } })).toEqual(['Visited.v2.json: mode: must be one of the following values: in-person, video']);
    expect(faultsOf([visits({ ...now, upcast: { 1: ({ id }) => ({ session: id, minutes: 5 }) } })], good)).toEqual(['Visited.v1.json: minutes: is not a field of this']);
    expect(faultsOf([visits()], { ...good, 'Visited.v1.json': null })).toEqual([expect.stringContaining('Visited.v1.json: Cannot') as string]);
  });
  it('is an example of today that leaves a field out', () => expect(faultsOf([visits()], { ...good, 'Visited.v2.json': { session: 's1' } })).toEqual(['Visited.v2.json shows nothing of mode']));
  it('is one name for two facts', () => {
    const [here, there] = [visits(), catalogue({ stream: 'calls', about: 'site' }, { Visited: now })];
    expect(faultsOf([here, there], good)).toEqual(['Visited is written to visits and calls: a name says one thing']);
  });
  it('is a correction of what cannot be read', () => {
    const participants = catalogue({ stream: 'visits', about: 'participant' }, { Visited: now });
    const entry = '6f1c8a4e-0000-4000-8000-000000000001';
    const inner = { type: 'Visited', version: 2, data: { session: 1 }, occurred: { precision: 'unknown', zone: 'UTC' } };
    const all = { ...good, 'EntryVoided.v1.json': { entry, why: 'duplicate' }, 'EntryAmended.v1.json': { entry, ...inner }, 'EntryReattributed.v1.json': { entry, from: entry, to: entry, carried: inner } };
    expect(faultsOf([participants], all)).toEqual(['EntryAmended.v1.json: session: must be a string', 'EntryReattributed.v1.json: session: must be a string']);
  });
});

describe('the classes on record', () => {
  it('tell an open field from a closed one, the column it fills, and a stream that reveals the arm', () => {
    const of = (...marks: PropertyDecorator[]) => {
      class Data {
        mode: string;
      }
      for (const mark of [...marks, IsString()]) mark(Data.prototype, 'mode');
      return disclosuresOf([catalogue({ stream: 'visits', about: 'participant' }, { Visited: { version: 1, data: Data } })]).events['Visited'];
    };
    expect([of(Blinded()), of(Linked()), of(Open()), of(Open('mode'))]).toEqual([{ mode: 'blinded' }, { mode: 'linked' }, { mode: 'open' }, { mode: 'open, as mode' }]);
    expect(disclosuresOf([catalogue({ stream: 'visits', about: 'participant', reveals: 'allocation' }, {})]).streams).toEqual({ visits: { about: 'participant', reveals: 'allocation' } });
  });
});

function parsed(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** Every type that can be written, with the catalogues that say so. A correction is written to every participant's stream alike. */
function writable(of: readonly Catalogue[]): Map<string, Catalogue[]> {
  const found = new Map<string, Catalogue[]>();
  for (const one of of)
    for (const type of [...Object.keys(one.definitions), ...Object.keys(one.remarks ?? {}), ...(one.about === 'participant' ? corrections : [])]) found.set(type, [...(found.get(type) ?? []), one]);
  return found;
}

function faultsOf(of: readonly Catalogue[], files: Corpus): string[] {
  const faults: string[] = [];
  const expected = new Set<string>();
  for (const [type, [group, ...others]] of writable(of)) {
    if (!group) continue;
    if (!isCorrection(type) && !(type in (group.remarks ?? {}))) faults.push(...others.map(({ stream }) => `${type} is written to ${group.stream} and ${stream}: a name says one thing`));
    for (let version = 1; version <= definitionOf(group, type).version; version++) {
      const file = `${type}.v${version}.json`;
      expected.add(file);
      const fault = file in files ? unreadable(of, group, type, version, files[file]) : ' is missing';
      if (fault !== undefined) faults.push(file + fault);
    }
  }
  return [...faults, ...Object.keys(files).filter((file) => !expected.has(file)).map((file) => `${file} belongs to nothing known`)];
}

function unreadable(of: readonly Catalogue[], group: Catalogue, type: string, version: number, data: unknown): string | undefined {
  try {
    const lifted = lift(group, type, version, data);
    check(group, type, lifted);
    for (const { type: corrected, version: written, data: value } of within(type, lifted)) {
      const owner = of.find(({ definitions }) => Object.hasOwn(definitions, corrected)) ?? group;
      check(owner, corrected, lift(owner, corrected, written, value));
    }
  } catch (error) {
    return `: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { version: current, data: shape } = definitionOf(group, type);
  const absent = version === current ? fieldsOf(shape).filter((field) => !Object.hasOwn(data as object, field)) : [];
  return absent.length > 0 ? ` shows nothing of ${absent.join(', ')}` : undefined;
}

interface Written {
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

/** The fact that a correction brings along, in whichever version it was written. */
function within(type: string, data: unknown): Written[] {
  if (type === 'EntryAmended') return [data as Written];
  if (type === 'EntryReattributed') return [(data as { carried: Written }).carried];
  return [];
}

function disclosuresOf(of: readonly Catalogue[]) {
  const fields = (group: Catalogue, type: string) =>
    [...disclosureOf(definitionOf(group, type).data)].map(([field, { class: seen, column }]) => [field, column ? `${seen}, as ${column}` : seen] as const);
  return {
    envelope: envelopeDisclosure,
    streams: Object.fromEntries(of.map(({ stream, about, reveals }) => [stream, { about, ...(reveals && { reveals }) }])),
    events: Object.fromEntries([...writable(of)].flatMap(([type, [group]]) => (group ? [[type, Object.fromEntries(fields(group, type))] as const] : []))),
  };
}
