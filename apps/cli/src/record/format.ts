import type { Person } from '../people.js';
import type { CorrectionName } from './commands.js';
import type { Occurred } from './when.js';

export const FORMAT = 'cairn-record/1';

/** A record file as it is written; FORMAT.md says what each part means. */
export interface RecordFile {
  readonly format: typeof FORMAT;
  readonly namespace: string;
  readonly zone?: string;
  readonly people: Readonly<Record<string, { readonly role: string; readonly subject?: string; readonly sites?: readonly string[]; readonly staff?: string }>>;
  /** Participants whose registration stands in an earlier file of the same namespace. */
  readonly participants?: readonly string[];
  readonly because?: Reason;
  readonly via?: string;
  readonly lines: readonly Line[];
}

export interface Reason {
  readonly code: string;
  readonly text?: string;
}

export interface Line {
  readonly as?: string;
  readonly do: string;
  readonly label?: string;
  readonly when?: string;
  readonly programme?: string;
  readonly version?: string;
  readonly site?: string;
  readonly participant?: string;
  /** Another participant: the same person, registered once more. */
  readonly duplicate?: string;
  readonly session?: string;
  readonly episode?: string;
  readonly section?: string;
  readonly scope?: string;
  /** "1", "2", … */
  readonly course?: string;
  readonly attempt?: string;
  readonly query?: string;
  readonly deviation?: string;
  readonly dataset?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly because?: Reason;
  readonly via?: string;
  /** Corrections only: the label of the line, or the id of the entry. */
  readonly entry?: string;
  /** Which of the entries that line made, from 1. */
  readonly part?: number;
  readonly why?: string;
}

interface PreparedLine {
  /** Its place among the lines, from 1. */
  readonly line: number;
  readonly do: string;
  readonly label?: string;
  /** The name of who tells it. */
  readonly as: string;
  readonly person: Person;
  /** Idempotency-Key. */
  readonly key: string;
  readonly when?: string;
  readonly participant?: { readonly name: string; readonly id: string };
}

/** A line that is one request, whole. */
export interface Telling extends PreparedLine {
  readonly kind: 'telling';
  readonly method: string;
  /** The route with its braces, as OpenAPI names it. */
  readonly route: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A line about an earlier one, whose request is made when that one's entry is known. */
export interface Correction extends PreparedLine {
  readonly kind: 'correction';
  readonly do: CorrectionName;
  readonly participant: { readonly name: string; readonly id: string };
  /** The earlier line, or the id of an entry that was there before the file. */
  readonly entry: { readonly line: number; readonly part: number } | { readonly id: string };
  readonly facts: Readonly<Record<string, unknown>>;
  readonly occurred?: Occurred;
  readonly because?: Reason;
  readonly why?: string;
}

export type Prepared = Telling | Correction;

/** What is wrong with a file, and on which of its lines. */
export interface Fault {
  /** Place among the lines, from 1; absent when it is about the file as a whole. */
  readonly line?: number;
  readonly message: string;
}
