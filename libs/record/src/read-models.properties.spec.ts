import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { settledJson } from '@cairn/journal/settled.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { ReadModel, Row } from '@cairn/kernel/read-model.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { catalogues } from './aspects.js';
import { recordModels } from './record-models.js';

/* Whatever is told in whatever order, a row is the same whether it was written and read back after every entry or once after all. */
const folder = join(import.meta.dirname, '../golden');
const examples = new Map(readdirSync(folder).map((file) => [file.replace(/\.v\d+\.json$/, ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as object]));
const facts = catalogues.flatMap(({ stream, about, definitions, remarks }) =>
  Object.keys({ ...definitions, ...remarks }).map((type) => ({ type, stream, subject: about === 'participant' ? '6f1c8a4e-0000-4000-8000-000000000001' : 'b2', data: examples.get(type) ?? {} })),
);
const ids = ['9d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', 'bd0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a12', '1d0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a13'];
const on = fc.constantFrom('2025-12-30', '2026-01-05', '2026-01-06', '2026-02-01', undefined);
/** Each fact of its example, about one of a few things, on one of a few days; some of them can no longer be read. */
const told = fc.record({ which: fc.nat(), id: fc.constantFrom(...ids), course: fc.constantFrom(1, 2, 10), on, erased: fc.boolean(), ends: fc.boolean() });
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

function historyOf({ sources }: ReadModel, all: readonly Told[]): { entry: Entry; ends: boolean }[] {
  const known = facts.filter(({ stream, type }) => sources.some((source) => source.stream === stream && (type in source.definitions || type in (source.remarks ?? {}))));
  return all.flatMap(({ which, id, course, on: at, erased, ends }, index) => {
    const { type, data, ...about } = known[which % known.length] ?? { type: '', data: {}, stream: '', subject: '' };
    const said = Object.fromEntries(Object.entries(data).map(([field, value]) => [field, typeof value === 'string' && /^[0-9a-f]{8}-/.test(value) ? id : field === 'course' ? course : (value as unknown)]));
    const occurred = at === undefined ? { precision: 'unknown' as const, zone: 'Europe/London' } : { at, precision: 'date' as const, zone: 'Europe/London' };
    const closed = erased && index % 7 === 0;
    const entry = entryOf({ type, data: closed ? {} : said }, index + 1, { stream: `${about.stream}-${about.subject}`, occurred: closed ? { precision: 'unknown', zone: 'UTC' } : occurred, ...(closed && { erased: true as const }) });
    return type === '' ? [] : [{ entry, ends }];
  });
}

const settle = (row: Row): Row => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, settledJson(value)])) as unknown as Row;
const derived = (model: ReadModel, row: Row) => settle(model.derive(settle(row)));
const lookup = () => undefined;

/** The rows of a model, written and read back wherever a batch ends. */
function folded(model: ReadModel, history: readonly { entry: Entry; ends: boolean }[]): Map<string, string> {
  const rows = new Map<string, Row>();
  const batches: Entry[][] = [[]];
  for (const { entry, ends } of history) {
    batches.at(-1)?.push(entry);
    if (ends) batches.push([]);
  }
  for (const batch of batches)
    for (const [key, entries] of Map.groupBy(batch, (entry) => model.keyOf(entry))) if (key !== undefined) rows.set(key, derived(model, model.fold(rows.get(key), entries, lookup)));
  return new Map([...rows].map(([key, row]) => [key, JSON.stringify(row)]));
}

describe.each(recordModels.map((model) => [model.row.name, model as ReadModel] as const))('the rows of %s', (_, model) => {
  it('are the same byte for byte, wherever batches end', () => {
    let several = 0;
    fc.assert(
      fc.property(fc.array(told, { minLength: 2, maxLength: 40, size: 'max' }), (all) => {
        const history = historyOf(model, all);
        const once = folded(model, history.map((each) => ({ ...each, ends: false })));
        if (once.size > 0) several++;
        expect(folded(model, history)).toEqual(once);
        expect(folded(model, history.map((each) => ({ ...each, ends: true })))).toEqual(once);
      }),
      { numRuns: 100 },
    );
    expect(several).toBeGreaterThan(50);
  });
});
