import type { AppendRow, ArrivalFigures } from './sections/append.js';
import type { Cost } from './sections/cost.js';
import type { Growth } from './sections/growth.js';
import type { HttpRow } from './sections/http.js';
import type { RebuildRows } from './sections/rebuild.js';
import type { ReplayRows } from './sections/replay.js';
import type { Summaries } from './rounds.js';

/** What a run prints as JSON; a section that was not measured is left out. */
export interface Results {
  readonly conditions: object;
  append?: readonly AppendRow[];
  openLoop?: { readonly perSecond: number; readonly contenders: Summaries<ArrivalFigures> };
  replay?: ReplayRows;
  rebuild?: RebuildRows;
  http?: readonly HttpRow[];
  growth?: Growth['rows'];
  growthExponents?: Growth['exponents'];
  cost?: Cost;
}
