import { CannotAppend, startApart, type Apart } from '../contenders/apart.js';
import { NAMES, type Appending, type Cell, type Task } from '../contenders/task.js';
import type { Place } from '../place.js';
import { interleaved, type Summaries, type Way, type Window } from '../rounds.js';

export interface AppendRow extends Cell {
  readonly contenders: Summaries<AppendFigures>;
}

export type ArrivalFigures = Omit<Appending, 'events'>;
export type AppendFigures = ArrivalFigures & { readonly nodeMicros: number; readonly postgresMicros: number };

const CELLS: readonly Cell[] = [...[1, 16, 64, 256].map((concurrency) => ({ concurrency, batch: 1 })), { concurrency: 16, batch: 10 }, { concurrency: 16, batch: 100 }];
const OPEN_LOOP_PER_SECOND = 1_000;

export interface Contenders {
  readonly all: Readonly<Record<string, Apart>>;
  /** Why a peer does not take part. */
  readonly absent: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

/** Those that can run here; one that cannot append a single event is left out and says why. */
export async function contendersAt(place: Place, way: Way): Promise<Contenders> {
  const all: Record<string, Apart> = {};
  const absent: Record<string, string> = {};
  const end = async () => void (await Promise.all(Object.values(all).map((each) => each.end())));
  for (const name of NAMES)
    try {
      all[name] = await startApart(name, place, way);
    } catch (error) {
      if (error instanceof CannotAppend && name !== 'cairn' && name !== 'raw') absent[name] = error.message;
      else {
        await end();
        throw error;
      }
    }
  return { all, absent, end };
}

export async function append(way: Way, { all }: Contenders, windowMs: number): Promise<AppendRow[]> {
  const rows: AppendRow[] = [];
  for (const cell of CELLS) rows.push({ ...cell, contenders: await interleaved(way, windowsOf(all, { closed: cell, windowMs }, micros)) });
  return rows;
}

export async function openLoop(way: Way, { all }: Contenders, windowMs: number): Promise<{ perSecond: number; contenders: Summaries<ArrivalFigures> }> {
  const task = { perSecond: OPEN_LOOP_PER_SECOND, windowMs };
  return { perSecond: OPEN_LOOP_PER_SECOND, contenders: await interleaved(way, windowsOf(all, task, ({ perSecond, p50, p99 }) => ({ perSecond, p50, p99 }))) };
}

type Ran = Awaited<ReturnType<Apart['run']>>;

function windowsOf<F>(all: Contenders['all'], task: Task, figures: (ran: Ran) => F): Record<string, (window: Window) => Promise<F>> {
  return Object.fromEntries(Object.entries(all).map(([name, contender]) => [name, async (window: Window) => figures(await contender.run(window, task))]));
}

function micros({ events, node, postgres, ...figures }: Ran): AppendFigures {
  const each = (seconds: number) => (seconds * 1e6) / Math.max(1, events);
  return { ...figures, nodeMicros: each(node), postgresMicros: each(postgres) };
}
