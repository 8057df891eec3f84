import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { AccessLogController } from '@cairn/access/access-log.controller.js';
import { CodebookController } from '@cairn/analysis/codebook.controller.js';
import { definitionOf } from '@cairn/kernel/catalogue.js';
import type { DataClass } from '@cairn/kernel/declared.js';
import { faultsFound, faultsOf } from '@cairn/kernel/faults.js';
import { passes } from '@cairn/kernel/quick-check.js';
import { catalogues } from '@cairn/record/aspects.js';
import { recordControllers } from '@cairn/record/record.module.js';
import { replayControllers } from '@cairn/replay/replay.module.js';

/** A class that something is checked against, and what it takes. */
type Case = readonly [name: string, data: DataClass, examples: readonly unknown[]];

const golden = join(import.meta.dirname, '../../../libs/record/golden');
const files = readdirSync(golden).filter((file) => file !== 'disclosure.json');

const events: Case[] = catalogues.flatMap((group) =>
  [...new Set([...Object.keys({ ...group.definitions, ...group.remarks }), ...(group.about === 'participant' ? ['EntryAmended', 'EntryVoided', 'EntryReattributed'] : [])])].map((type): Case => {
    const { data, version } = definitionOf(group, type);
    return [type, data, files.filter((file) => file === `${type}.v${version}.json`).map((file) => JSON.parse(readFileSync(join(golden, file), 'utf8')) as unknown)];
  }),
);

const handlers = [...recordControllers, ...replayControllers, AccessLogController, CodebookController].flatMap((controller) => {
  const { prototype } = controller as { prototype: object };
  return Object.getOwnPropertyNames(prototype).map((method) => ({ controller, prototype, method }));
});
/** Bodies with the examples that the documentation shows, paths and queries with none. */
const taken: Case[] = handlers.flatMap(({ controller, prototype, method }) => {
  const places = Object.keys((Reflect.getMetadata('__routeArguments__', controller, method) ?? {}) as object).filter((place) => /^[345]:/.test(place));
  const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as DataClass[];
  const said = (Reflect.getMetadata('swagger/apiParameters', (prototype as Record<string, object>)[method] ?? {}) ?? []) as { in?: string; examples?: { example?: { value?: unknown } } }[];
  const examples = said.flatMap(({ in: place, examples: shown }) => (place === 'body' && shown?.example ? [shown.example.value] : []));
  return places.flatMap((place): Case[] => {
    const [kind, index] = place.split(':').map(Number) as [number, number];
    const type = types[index];
    return type && (type as unknown) !== Object && (type as unknown) !== String ? [[`${controller.name}.${method} ${['body', 'query', 'path'][kind - 3] ?? ''}`, type, kind === 3 ? examples : []]] : [];
  });
});
/** Each class once: many routes have the same path. */
const cases = [...Map.groupBy([...events, ...taken], ([, data]) => data)].map(([data, alike]): Case => [alike[0]?.[0] ?? '', data, alike.flatMap(([, , examples]) => examples)]);

const uuid = '6f1c8a4e-0000-4000-8000-000000000001';
const strange = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', ' ', 'x\0y', '\ud800', '2026-03-05', '2026-02-30', '2026-03', '2026-03-05T14:30:00+00:00', 'core', 's1', uuid, uuid.toUpperCase(), `${uuid}\n`, 'in-person', 'x'.repeat(5_000), true, false, 0, -1, 1, 1.5, 60, 1e9, NaN, Infinity, {}, [], [[]], [null], ['a', 'a'], [{}], { length: 1 }, JSON.parse('{"__proto__":1}')),
  fc.jsonValue(),
  fc.anything({ withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
);
const change = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'drop', 'add', 'repeat', 'list', 'deepen'), what: strange, name: fc.constantFrom('note', 'constructor', '__proto__', 'toString', 'occurred', 'x\0') });
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

/** Every place in a value: the object or list that holds it, and its name there. */
function placesIn(value: unknown): (readonly [holder: Record<string, unknown>, name: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[value as Record<string, unknown>, name] as const, ...placesIn(inner)]);
}

/** A copy of a value with one thing different. */
function changed(value: unknown, { at, how, what, name }: Change): unknown {
  const copy: Record<string, unknown> & { value: unknown } = structuredClone({ value });
  const places = placesIn(copy);
  const [holder, key] = places[at % places.length] ?? [copy, 'value'];
  const here = holder[key];
  const set = (to: unknown) => Object.defineProperty(holder, key, { value: to, enumerable: true, configurable: true, writable: true });
  if (how === 'replace') set(what);
  else if (how === 'drop') Reflect.deleteProperty(holder, key);
  else if (how === 'add' && typeof here === 'object' && here !== null) Object.defineProperty(here, name, { value: what, enumerable: true, configurable: true });
  else if (how === 'repeat') set(Array.isArray(here) ? [...here, ...(here as unknown[])] : [here, here]);
  else if (how === 'list') set([here]);
  else set(Array.from({ length: 40 }).reduce<unknown>((inner) => ({ note: inner }), here));
  return copy.value;
}

describe('the quick check', () => {
  it('is asked about every event and everything a route takes', () => {
    expect(events.length).toBeGreaterThan(70);
    expect(taken.filter(([name]) => name.endsWith('body')).length).toBeGreaterThan(60);
    expect(taken.filter(([name]) => name.endsWith('path')).length).toBeGreaterThan(60);
    expect(events.filter(([, , examples]) => examples.length === 0).map(([name]) => name)).toEqual([]);
  });

  it.each(cases.filter(([, , examples]) => examples.length > 0))('passes what is shown as an example of %s', (_, data, examples) => {
    expect(examples.map((example) => passes(data, example))).toEqual(examples.map(() => true));
  });

  it.each(cases)('passes nothing of %s that the validators find fault with', (_, data, examples) => {
    const whole = examples.length > 0 ? fc.constantFrom(...examples) : fc.constantFrom<unknown>({}, { participant: uuid }, { participant: uuid, session: uuid }, { programme: 'core' });
    const value = fc.tuple(whole, fc.array(change, { maxLength: 2 })).map(([from, changes]) => changes.reduce(changed, from));
    fc.assert(fc.property(fc.oneof({ arbitrary: value, weight: 9 }, { arbitrary: strange, weight: 1 }), (given) => {
      if (passes(data, given)) expect(faultsFound(data, given)).toEqual([]);
      // What is JSON and found without fault goes the quick way, too.
      const json = JSON.parse(JSON.stringify({ given })) as { given?: unknown };
      const found = faultsFound(data, json.given);
      expect(passes(data, json.given)).toBe(found.length === 0);
      expect(faultsOf(data, json.given)).toEqual(found);
    }), { numRuns: 100 });
  });
});
