import fc from 'fast-check';
import { settledJson } from './settled.js';

/** The plain way: through the text, every field sorted by its bytes. */
function throughText(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? null : JSON.parse(text, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
}
const anything = fc.anything({ withDate: true, withNullPrototype: true, withSparseArray: true, key: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.nat(120).map(String)) });

it('is what comes back from the database, field by field in its order', () => {
  fc.assert(fc.property(anything, (value) => expect(JSON.stringify(settledJson(value))).toBe(JSON.stringify(throughText(value)))), { numRuns: 2000 });
});

it('is the same again when it is settled again, and keeps the parts it need not change', () => {
  fc.assert(fc.property(anything, (value) => {
    const once = settledJson(value);
    expect(settledJson(once)).toBe(once);
    const grown = settledJson({ b: once, a: 1 }) as { b: unknown };
    expect(grown.b).toBe(once);
    expect(JSON.stringify(grown)).toBe(JSON.stringify(throughText({ a: 1, b: once })));
  }));
});

it('takes no bigint, as JSON does not', () => expect(() => settledJson({ n: 1n })).toThrow(TypeError));
