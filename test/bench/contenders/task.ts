export const NAMES = ['cairn', 'raw', 'emmett', 'message-db', 'castore'] as const;
export type Name = (typeof NAMES)[number];

export interface Cell {
  readonly concurrency: number;
  readonly batch: number;
}

/** A window: of so many writers, or of so many appends a second. */
export type Task = { readonly windowMs: number } & ({ readonly closed: Cell } | { readonly perSecond: number });

/** Milliseconds of the answers, and how many events were appended in the part that was measured. */
export type Appending = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly events: number };

/** Ready to begin, and before and after the part that is measured: it goes on at the word. */
export type Answer = { readonly ready: true } | { readonly figures: Appending } | { readonly failed: string };
