/** One event as the anonymous log may show it. `quarter` and `person` serve the control and never leave. */
export interface Candidate {
  readonly person: string;
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

export interface Release {
  readonly rows: readonly ReleasedRow[];
  /** How many rows were shown with less detail. */
  readonly generalised: number;
  /** How many were not shown at all; itself withheld where fewer than k people stand behind them. */
  readonly withheld: number | typeof WITHHELD;
}

export const columns = ['kind', 'period', 'mode', 'outcome', 'section'] as const;
export const WITHHELD = '*';

interface Cell {
  readonly row: ReleasedRow;
  readonly members: readonly Candidate[];
  readonly people: number;
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
 */
export function release(candidates: readonly Candidate[], k: number): Release {
  const cells: Cell[] = [];
  let left = candidates;
  for (const [level, generalise] of generalisations.entries()) {
    const grouped = group(left, generalise, level > 0);
    cells.push(...grouped.filter(({ people }) => people >= k));
    left = grouped.filter(({ people }) => people < k).flatMap(({ members }) => members);
  }
  const withheld = [...left];
  const bySize = cells.sort((a, b) => b.people - a.people || compare(b.row, a.row));
  while (withheld.length > 0 && peopleIn(withheld) < k && bySize.length > 0) withheld.push(...(bySize.pop()?.members ?? []));
  const rows = bySize.flatMap(({ row, members }) => members.map(() => row)).sort(compare);
  return { rows, generalised: bySize.filter(({ generalised }) => generalised).reduce((sum, { members }) => sum + members.length, 0), withheld: withheld.length > 0 && peopleIn(withheld) < k ? WITHHELD : withheld.length };
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
  return [...cells.values()].map(({ row, members }) => ({ row, members, people: peopleIn(members), generalised }));
}

function peopleIn(candidates: readonly Candidate[]): number {
  return new Set(candidates.map(({ person }) => person)).size;
}

function compare(a: ReleasedRow, b: ReleasedRow): number {
  for (const column of columns) if (a[column] !== b[column]) return a[column] < b[column] ? -1 : 1;
  return 0;
}
