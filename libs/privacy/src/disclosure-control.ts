/** Events of one person that the anonymous log may show alike. `quarter` and `person` serve the control and never leave. */
export interface Candidate {
  readonly person: string;
  readonly times: number;
  readonly kind: string;
  readonly period: string;
  readonly quarter: string;
  readonly mode: string;
  readonly outcome: string;
  readonly section: string;
}

export interface ReleasedRow {
  readonly kind: string;
  readonly period: string;
  readonly mode: string;
  readonly outcome: string;
  readonly section: string;
}

/** A row, and how many times it is shown. */
export interface Shown {
  readonly row: ReleasedRow;
  readonly times: number;
}

/** A row behind which many people are known to stand. */
export interface Crowd extends Shown {
  readonly people: number;
}

export interface Release {
  /** Sorted by their columns. */
  readonly shown: readonly Shown[];
  /** How many rows they are. */
  readonly rows: number;
  /** How many rows were shown with less detail. */
  readonly generalised: number;
  /** How many were not shown at all; itself withheld where fewer than k people stand behind them. */
  readonly withheld: number | typeof WITHHELD;
}

export const columns = ['kind', 'period', 'mode', 'outcome', 'section'] as const;
export const WITHHELD = '*';

interface Cell extends Crowd {
  readonly members: readonly Candidate[];
  readonly generalised: boolean;
}

const generalisations: readonly ((candidate: Candidate) => ReleasedRow)[] = [
  ({ kind, period, mode, outcome, section }) => ({ kind, period, mode, outcome, section }),
  ({ kind, quarter, mode, outcome, section }) => ({ kind, period: quarter, mode, outcome, section }),
  ({ kind, quarter, outcome, section }) => ({ kind, period: quarter, mode: WITHHELD, outcome, section }),
];

/**
 * Releases rows only where at least k distinct people stand behind their cell. What falls short is shown by quarter instead of
 * 28-day period, then without its mode, else withheld; and what is withheld never stands for fewer than k people either, so that
 * its count tells nothing of one: the smallest released cells are withheld with it. Rows are sorted by their columns, so the order
 * of recording is not in them.
 *
 * @param crowds full rows behind which at least k people stand: who they are is not asked
 */
export function release(candidates: readonly Candidate[], k: number, crowds: readonly Crowd[] = []): Release {
  const cells: Omit<Cell, 'members'>[] = crowds.map((crowd) => ({ ...crowd, generalised: false }));
  let left = candidates;
  for (const [level, generalise] of generalisations.entries()) {
    const grouped = group(left, generalise, level > 0);
    cells.push(...grouped.filter(({ people }) => people >= k));
    left = grouped.filter(({ people }) => people < k).flatMap(({ members }) => members);
  }
  const bySize = cells.sort((a, b) => b.people - a.people || compare(b.row, a.row));
  let [withheld, people] = [rowsIn(left), peopleIn(left)];
  // One cell is enough: k people stand behind each.
  const complement = withheld > 0 && people < k ? bySize.pop() : undefined;
  if (complement) [withheld, people] = [withheld + complement.times, complement.people];
  return {
    shown: bySize.map(({ row, times }) => ({ row, times })).sort((a, b) => compare(a.row, b.row)),
    rows: rowsIn(bySize),
    generalised: rowsIn(bySize.filter(({ generalised }) => generalised)),
    withheld: withheld > 0 && people < k ? WITHHELD : withheld,
  };
}

function group(candidates: readonly Candidate[], generalise: (candidate: Candidate) => ReleasedRow, generalised: boolean): Cell[] {
  const cells = new Map<string, { row: ReleasedRow; members: Candidate[] }>();
  for (const candidate of candidates) {
    const row = generalise(candidate);
    const key = JSON.stringify(columns.map((column) => row[column]));
    const cell = cells.get(key) ?? { row, members: [] };
    cell.members.push(candidate);
    cells.set(key, cell);
  }
  return [...cells.values()].map(({ row, members }) => ({ row, members, times: rowsIn(members), people: peopleIn(members), generalised }));
}

function rowsIn(counted: readonly { readonly times: number }[]): number {
  return counted.reduce((sum, { times }) => sum + times, 0);
}

function peopleIn(candidates: readonly Candidate[]): number {
  return new Set(candidates.map(({ person }) => person)).size;
}

function compare(a: ReleasedRow, b: ReleasedRow): number {
  for (const column of columns) if (a[column] !== b[column]) return a[column] < b[column] ? -1 : 1;
  return 0;
}
