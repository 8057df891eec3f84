/** How small numbers are kept from telling of people. A policy once used is never changed: a release names the one it was made by. */
export interface SmallNumbers {
  readonly version: string;
  /** Counts from 1 up to this are not shown. */
  readonly suppressedTo: number;
  /** Every other count is rounded to a multiple of this. */
  readonly roundedTo: number;
}

/** Newest last. DOMAIN.md "The logs": 1–7 are withheld, others rounded to 5, and what could be worked out from the rest is withheld with them. */
export const smallNumberPolicies: readonly SmallNumbers[] = [{ version: '1', suppressedTo: 7, roundedTo: 5 }];

export const SUPPRESSED = '*';
export type Shown = number | typeof SUPPRESSED;

/** Counts by name, and which of them add up: each equation names cells of which the one could be worked out from all the others. */
export interface Counts {
  readonly cells: ReadonlyMap<string, number>;
  readonly equations: readonly (readonly string[])[];
}

/**
 * The counts as they may be shown. Where exactly one cell of an equation would be withheld, the smallest other one that is not zero is
 * withheld as well, until no equation gives one away.
 */
export function shown({ cells, equations }: Counts, { suppressedTo, roundedTo }: SmallNumbers): Map<string, Shown> {
  const count = (name: string) => cells.get(name) ?? 0;
  const suppressed = new Set([...cells].filter(([, value]) => value >= 1 && value <= suppressedTo).map(([name]) => name));
  for (let more = true; more; ) {
    more = false;
    for (const equation of equations) {
      if (equation.filter((name) => suppressed.has(name)).length !== 1) continue;
      const [complement] = equation.filter((name) => !suppressed.has(name) && count(name) > 0).sort((a, b) => count(a) - count(b));
      if (complement === undefined) continue;
      suppressed.add(complement);
      more = true;
    }
  }
  return new Map([...cells].map(([name, value]) => [name, suppressed.has(name) ? SUPPRESSED : Math.round(value / roundedTo) * roundedTo]));
}
