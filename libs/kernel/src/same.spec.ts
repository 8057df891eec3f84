import fc from 'fast-check';
import { alreadyRecorded, restates } from './decider.js';
import { canonical, same } from './same.js';

it('sees past the order of fields and past fields left undefined, at any depth', () => {
  expect(same({ a: 1, b: { c: [1, { d: 2, e: 3 }] } }, { b: { c: [1, { e: 3, d: 2 }], f: undefined }, a: 1 })).toBe(true);
});

it.each([
  [{ a: 1 }, { a: '1' }],
  [{ a: 1 }, { a: 1, b: null }],
  [[1, 2], [2, 1]],
  [{}, []],
  [null, undefined],
  [{ a: {} }, {}],
])('tells %j from %j', (a, b) => {
  expect(same(a, b)).toBe(false);
});

it('gives one text for one value, a field named __proto__ included', () => {
  expect(canonical(JSON.parse('{"b":1,"__proto__":2,"a":{"y":1,"x":2}}'))).toBe('{"__proto__":2,"a":{"x":2,"y":1},"b":1}');
  expect(canonical(undefined)).toBe('');
});

describe('restates', () => {
  const known = { data: { session: 's1', mode: 'phone' }, occurred: { at: '2026-01-05', precision: 'date', zone: 'Europe/London' } } as const;

  it('knows the same fact told again, with or without saying when', () => {
    expect(restates(known, { mode: 'phone', session: 's1' }, undefined)).toBe(true);
    expect(restates(known, known.data, { ...known.occurred })).toBe(true);
  });

  it('knows another fact, or another time', () => {
    expect(restates(known, { ...known.data, mode: 'visit' }, undefined)).toBe(false);
    expect(restates(known, known.data, { ...known.occurred, at: '2026-01-06' })).toBe(false);
  });

  it('is refused by a code and a way on', () => {
    expect(alreadyRecorded('This session')).toMatchObject({ code: 'already-recorded', message: expect.stringContaining('amend the entry') });
  });
});

describe('same', () => {
  const names = fc.constantFrom('a', 'b', 'constructor', '__proto__');
  const reordered = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reordered);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).reverse().map(([name, inner]) => [name, reordered(inner)]));
  };

  it('is an equivalence that does not see the order of fields', () => {
    const few = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(names, fc.oneof(fc.boolean(), fc.dictionary(names, fc.nat(1), { maxKeys: 2 })), { maxKeys: 2 }));
    fc.assert(
      fc.property(few, few, few, (a, b, c) => {
        expect(same(a, a) && same(a, reordered(a)) && same(a, JSON.parse(JSON.stringify(a)))).toBe(true);
        expect(same(a, b)).toBe(same(b, a));
        if (same(a, b) && same(b, c)) expect(same(a, c)).toBe(true);
        expect(same(a, b)).toBe(canonical(reordered(a)) === canonical(reordered(b)));
        expect(same({ a }, { a, b: undefined })).toBe(true);
        expect(same([a], [a, b])).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
