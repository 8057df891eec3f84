import type { QuestionName } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';

/** Where a report is cut: what came later, into the record or into the access log, is not in it. */
export interface Cut {
  readonly position: number;
  /** Number of the access log's last entry. */
  readonly access: number;
}

export type Line = Readonly<Record<string, unknown>>;

export interface Page {
  readonly lines: readonly Line[];
  /** Whom the lines tell of. */
  readonly participants: readonly string[];
  /** Where the next page goes on; absent on the last. */
  readonly next?: number;
}

export interface PageAsked {
  readonly after?: number | undefined;
  readonly limit: number;
}

/** A function of the record and the access log up to a cut, and of what is asked: the same again gives the same lines. */
export interface Report<Filter extends object = object> {
  readonly question: QuestionName;
  readonly filter: new () => Filter;
  /** What people call each column, in their order. */
  readonly columns: Readonly<Record<string, string>>;
  page(filter: Filter, cut: Cut, page: PageAsked, roles: readonly Role[]): Promise<Page>;
}
