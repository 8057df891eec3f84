/** How much of everything a run measures. */
export interface Size {
  readonly name: string;
  readonly rounds: number;
  readonly windowMs: number;
  /** Of the log that is replayed and rebuilt, and of the longest stream in it. */
  readonly logEvents: number;
  readonly streamEvents: number;
  /** How long a peer's projections run; the rest is told by their pace. */
  readonly projectionMs: number;
  readonly caseload: number;
  readonly httpMs: number;
  readonly growth: readonly number[];
}

export const full: Size = { name: 'full', rounds: 3, windowMs: 2_000, logEvents: 200_000, streamEvents: 10_000, projectionMs: 10_000, caseload: 2_048, httpMs: 4_000, growth: [10_000, 100_000, 1_000_000] };
export const long: Size = { ...full, name: 'long', growth: [...full.growth, 5_000_000] };
export const quick: Size = { name: 'quick', rounds: 3, windowMs: 300, logEvents: 6_000, streamEvents: 2_000, projectionMs: 1_000, caseload: 512, httpMs: 500, growth: [3_000, 8_000] };
/** Tries every path and tells nothing. */
export const tiny: Size = { name: 'tiny', rounds: 1, windowMs: 100, logEvents: 1_000, streamEvents: 200, projectionMs: 300, caseload: 16, httpMs: 200, growth: [400, 800] };
