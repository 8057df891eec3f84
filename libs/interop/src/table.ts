/** What a cell holds once its file is read; what it means, a mapping says. An empty cell is `''`. */
export type Cell = string | number | boolean | WallClock;

/** A date and time as a spreadsheet shows it, in nobody's zone: `2026-03-05T14:30`, `2026-03-05`, or a time of day alone, `14:30`. */
export class WallClock {
  constructor(readonly text: string) {}
}

export interface Row {
  /** As the spreadsheet numbers it, from 1. */
  readonly row: number;
  readonly cells: readonly Cell[];
}

export interface Table {
  /** The file's name, without its directory. */
  readonly file: string;
  readonly sheet?: string;
  /** Reads it from its beginning, as often as asked. @throws TableUnreadable */
  rows(): AsyncIterable<Row>;
}

/** A file that cannot be read as a table: what is wrong, and what to do. */
export class TableUnreadable extends Error {
  constructor(
    readonly file: string,
    what: string,
    readonly next: string,
    /** Where it was found, when it is one place: `row 7`, or `line 9` of the text. */
    readonly place?: string,
  ) {
    super(`${file}${place === undefined ? '' : `, ${place}`}: ${what}`);
  }
}

export function isEmpty({ cells }: Row): boolean {
  return cells.every((cell) => typeof cell === 'string' && cell.trim() === '');
}
