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

it('is the same again when it is settled again, and keeps the parts that are known', () => {
  fc.assert(fc.property(anything, anything, (value, other) => {
    const once = settledJson(value);
    expect(JSON.stringify(settledJson(once))).toBe(JSON.stringify(once));
    expect(settledJson(once, once)).toBe(once);
    const grown = settledJson({ b: once, a: [once, other] }, { a: [once], b: once }) as { a: unknown[]; b: unknown };
    expect([grown.a[0], grown.b].every((part) => Object.is(part, once))).toBe(true);
    expect(JSON.stringify(grown)).toBe(JSON.stringify(throughText({ a: [once, other], b: once })));
  }));
});

it('is the same whatever else is known', () => {
  fc.assert(fc.property(anything, anything, (value, other) => expect(JSON.stringify(settledJson(value, settledJson(other)))).toBe(JSON.stringify(throughText(value)))));
});

it('keeps what need not change', () => {
  const session = { on: '2026-01-05', code: '6' };
  expect(settledJson(session)).toBe(session);
  expect((settledJson({ b: session, a: 1 }) as { b: unknown }).b).toBe(session);
});

it('takes no bigint, as JSON does not', () => expect(() => settledJson({ n: 1n })).toThrow(TypeError));
