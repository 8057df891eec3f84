import fc from 'fast-check';
import { shown, smallNumberPolicies, SUPPRESSED, type Counts } from './small-numbers.js';

const policy = smallNumberPolicies[0]!;
const of = (cells: Record<string, number>, equations: string[][] = []): Record<string, unknown> => Object.fromEntries(shown({ cells: new Map(Object.entries(cells)), equations }, policy));

describe('small numbers', () => {
  it('from one to seven are withheld; none is shown as none', () => expect(of({ a: 0, b: 1, c: 7, d: 8 })).toEqual({ a: 0, b: '*', c: '*', d: 10 }));
  it('larger ones are rounded to five', () => expect(of({ a: 12, b: 13, c: 17, d: 18 })).toEqual({ a: 10, b: 15, c: 15, d: 20 }));
  it('that could be worked out from a total take the smallest other with them', () =>
    expect(of({ jan: 3, feb: 40, mar: 20, total: 63 }, [['jan', 'feb', 'mar', 'total']])).toEqual({ jan: '*', feb: 40, mar: '*', total: 65 }));
  it('take the total where nothing else is left', () => expect(of({ jan: 0, feb: 5, mar: 30, total: 35 }, [['jan', 'feb', 'mar', 'total']])).toMatchObject({ jan: 0, feb: '*', mar: '*', total: 35 }));
  it('are followed through every equation they stand in', () => {
    const rows = ['a', 'b'].map((row) => [`${row}1`, `${row}2`, `${row}3`]);
    const columns = ['1', '2', '3'].map((column) => [`a${column}`, `b${column}`, `t${column}`]);
    const cells = { a1: 2, a2: 20, a3: 22, b1: 30, b2: 40, b3: 70, t1: 32, t2: 60, t3: 92 };
    const got = of(cells, [...rows, ...columns]);
    for (const equation of [...rows, ...columns]) expect(equation.filter((name) => got[name] === SUPPRESSED)).not.toHaveLength(1);
  });
});

/** A table of counts with the sum of every row and column. */
const tables = fc.array(fc.array(fc.nat(60), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 }).map((rows): Counts => {
  const cells = new Map<string, number>();
  const all = [...rows, [0, 1, 2].map((column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0))];
  const equations: string[][] = [];
  for (const [y, row] of all.entries()) {
    for (const [x, value] of [...row, row.reduce((sum, each) => sum + each, 0)].entries()) cells.set(`${y}/${x}`, value);
    equations.push([0, 1, 2, 3].map((x) => `${y}/${x}`));
  }
  for (const x of [0, 1, 2, 3]) equations.push(all.map((_, y) => `${y}/${x}`));
  return { cells, equations };
});

it('whatever the table, nothing from one to seven is shown, nothing unrounded, and no sum gives a single withheld cell away', () => {
  fc.assert(
    fc.property(tables, (counts) => {
      const got = shown(counts, policy);
      for (const [name, value] of counts.cells) {
        const cell = got.get(name);
        if (value >= 1 && value <= 7) expect(cell).toBe(SUPPRESSED);
        if (cell !== SUPPRESSED) expect([Number(cell) % 5, Math.abs(Number(cell) - value) <= 2]).toEqual([0, true]);
      }
      for (const equation of counts.equations) expect(equation.filter((name) => got.get(name) === SUPPRESSED)).not.toHaveLength(1);
    }),
  );
});
