import fc from 'fast-check';
import { folding, put } from './owned.js';

const names = fc.constantFrom('a', 'b', 'constructor', '__proto__');
const steps = fc.array(fc.tuple(names, fc.nat(9)), { maxLength: 20 });
const all = (from: Readonly<Record<string, number>>, taken: readonly (readonly [string, number])[]) => taken.reduce((kept, [name, value]) => put(kept, name, value), from);
const entries = (kept: object) => Object.entries(kept).sort();

describe('a record that is put together', () => {
  it('in one fold or step by step is the same, and what it began with stays as it was', () => {
    fc.assert(
      fc.property(steps, steps, (first, second) => {
        const begun = Object.freeze(all({}, first));
        const before = entries(begun);
        expect(entries(folding(() => all(begun, second)))).toEqual(entries(all(begun, second)));
        expect(entries(begun)).toEqual(before);
      }),
    );
  });

  it('belongs to the fold that made it and to no later one', () => {
    const made = folding(() => put(put({}, 'a', 1), 'b', 2));
    const later = folding(() => put(made, 'a', 3));
    expect([made, later]).toEqual([{ a: 1, b: 2 }, { a: 3, b: 2 }]);
    expect(put(later, 'b', 4)).not.toBe(later);
  });

  it('is written on within its fold: two thousand values cost no two thousand copies', () => {
    folding(() => {
      const made = put({}, 'first', 0);
      expect(put(made, 'second', 1)).toBe(made);
    });
  });

  it('belongs to nobody after a fold that failed', () => {
    let made: Readonly<Record<string, number>> = {};
    expect(() => folding(() => {
      made = put({}, 'a', 1);
      throw new Error('broken');
    })).toThrow('broken');
    expect(folding(() => put(made, 'a', 2))).not.toBe(made);
  });
});
