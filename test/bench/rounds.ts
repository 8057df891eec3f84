import { between, spent, type Used } from './machine.js';

/** What one window gave. The first figure is the one whose spread is told. */
export type Figures = Readonly<Record<string, number>>;

export type Summary<F extends Figures> = F & {
  /** Lowest and highest of the first figure. */
  readonly spread: readonly [number, number];
  readonly windows: number;
  /** Windows in which others took too much of the machine. */
  readonly dropped: number;
};

/** Of any contender, whatever else was measured of it. */
export interface Told {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
  readonly microseconds?: number;
  readonly spread: readonly [number, number];
  readonly windows: number;
  readonly dropped: number;
}

/** By contender, or by what is measured; left out where no window was quiet. */
export type Summaries<F extends Figures> = Readonly<Record<string, Summary<F>>>;

/** More of a core than this taken by others, and a window tells nothing. */
export const OTHERS_MOST = 0.35;

export interface Window {
  /** The part that is measured: it runs once within each window. */
  observe<T>(work: () => Promise<T>): Promise<T & { readonly used: Used }>;
}

export interface Way {
  readonly rounds: number;
  /** Keeps disturbed windows: for trying the bench itself on a busy machine. */
  readonly noisy: boolean;
  /** Whose processor time is ours. */
  roots(): readonly number[];
  /** Also that of this process, until what comes back is called. */
  also(pid: number): () => void;
  /** Called after every window. */
  step(what: string): void;
  /** Sums over all sections, for the conditions. */
  readonly tally: { windows: number; dropped: number };
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function median(of: readonly number[]): number {
  return percentile([...of].sort((a, b) => a - b), 0.5);
}

/** Milliseconds each took, as the usual figures. */
export function rate(took: number[], seconds: number, each = 1) {
  took.sort((a, b) => a - b);
  return { perSecond: (took.length * each) / seconds, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/**
 * One window of every contender in turn, round by round, so that whatever the machine does meets them all. A disturbed window is dropped
 * and counted, and its contender gets another turn, at most twice as many as there are rounds.
 */
export async function interleaved<F extends Figures>(way: Way, contenders: Readonly<Record<string, (window: Window) => Promise<F>>>): Promise<Summaries<F>> {
  const kept = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as F[]]));
  const dropped: Record<string, number> = {};
  for (let round = 0; round < 2 * way.rounds; round++)
    for (const [name, contender] of Object.entries(contenders)) {
      const windows = kept[name] ?? [];
      if (windows.length >= way.rounds) continue;
      let others = 0;
      // What the window before has left is not collected in this one. Not the whole heap:
      // after that it would be allowed so little that it were collected again within the window.
      globalThis.gc?.({ type: 'minor' });
      const figures = await contender({
        observe: async (work) => {
          const before = spent(way.roots());
          const result = await work();
          const used = between(before, spent(way.roots()));
          others = Math.max(others, used.others);
          return { ...result, used };
        },
      });
      way.tally.windows++;
      if (way.noisy || others <= OTHERS_MOST) windows.push(figures);
      else {
        dropped[name] = (dropped[name] ?? 0) + 1;
        way.tally.dropped++;
      }
      way.step(name);
    }
  return Object.fromEntries(Object.entries(kept).flatMap(([name, windows]) => (windows.length > 0 ? [[name, summary(windows, dropped[name] ?? 0)]] : [])));
}

function summary<F extends Figures>(windows: readonly F[], dropped: number): Summary<F> {
  const [first = {}] = windows as readonly Figures[];
  const names = Object.keys(first);
  const [main = ''] = names;
  const all = (name: string) => windows.map((window) => (window as Figures)[name] ?? 0);
  const medians = Object.fromEntries(names.map((name) => [name, median(all(name))])) as unknown as F;
  return { ...medians, spread: [Math.min(...all(main)), Math.max(...all(main))], windows: windows.length, dropped };
}
