import { randomUUID } from 'node:crypto';
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { cairn } from '../contenders/cairn.js';
import { castore } from '../contenders/castore.js';
import type { Contender, Opened } from '../contenders/contender.js';
import { emmett } from '../contenders/emmett.js';
import { attended } from '../contenders/facts.js';
import { messageDb } from '../contenders/message-db.js';
import { raw } from '../contenders/raw.js';
import type { Place } from '../place.js';
import { interleaved, rate, type Summaries, type Way, type Window } from '../rounds.js';

export interface Cell {
  readonly concurrency: number;
  readonly batch: number;
}

export interface AppendRow extends Cell {
  readonly contenders: Summaries<AppendFigures>;
}

export type ArrivalFigures = { readonly perSecond: number; readonly p50: number; readonly p99: number };
export type AppendFigures = ArrivalFigures & { readonly nodeMicros: number; readonly postgresMicros: number };

const CELLS: readonly Cell[] = [...[1, 16, 64, 256].map((concurrency) => ({ concurrency, batch: 1 })), { concurrency: 16, batch: 10 }, { concurrency: 16, batch: 100 }];
const OPEN_LOOP_PER_SECOND = 1_000;

const APPENDS_A_STREAM = 20;
/** Of a new connection and of code that V8 has let go of meanwhile the first half second holds most of the slow appends: what is measured is a store at work. */
const WARM_MS = 500;
/** A short window has a short one. */
const warmFor = (windowMs: number) => Math.min(WARM_MS, windowMs / 2);

export interface Contenders {
  readonly all: Readonly<Record<string, Contender>>;
  /** Why a peer does not take part. */
  readonly absent: Readonly<Record<string, string>>;
}

const makers = { cairn, raw, emmett, 'message-db': messageDb, castore };

/** Those that can run here; one that cannot append a single event is left out and says why. */
export async function contendersAt(place: Place): Promise<Contenders> {
  const all: Record<string, Contender> = {};
  const absent: Record<string, string> = {};
  for (const [name, make] of Object.entries(makers))
    try {
      const contender = await make(place);
      const opened = await contender.open(1);
      const subject = randomUUID();
      await opened.append(subject, -1, [attended()]);
      await opened.append(subject, 0, [attended(), attended()]);
      await opened.close();
      all[name] = contender;
    } catch (error) {
      if (name === 'cairn' || name === 'raw') throw error;
      absent[name] = error instanceof Error ? error.message : String(error);
    }
  return { all, absent };
}

export async function append(way: Way, place: Place, { all }: Contenders, windowMs: number): Promise<AppendRow[]> {
  const rows: AppendRow[] = [];
  for (const cell of CELLS) rows.push({ ...cell, contenders: await interleaved(way, mapped(all, (contender) => (window) => closed(window, place, contender, cell, windowMs))) });
  return rows;
}

export async function openLoop(way: Way, { all }: Contenders, windowMs: number): Promise<{ perSecond: number; contenders: Summaries<ArrivalFigures> }> {
  return { perSecond: OPEN_LOOP_PER_SECOND, contenders: await interleaved(way, mapped(all, (contender) => (window) => arriving(window, contender, windowMs))) };
}

function mapped<T>(all: Contenders['all'], of: (contender: Contender) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(all).map(([name, contender]) => [name, of(contender)]));
}

/** Writes to streams of its own, each as long as the others. */
class Writer {
  private subject = '';
  private revision = APPENDS_A_STREAM;
  private left = 0;

  constructor(
    private readonly opened: Opened,
    private readonly batch: number,
  ) {}

  async append(): Promise<void> {
    if (this.left === 0) {
      this.subject = randomUUID();
      this.revision = -1;
      this.left = APPENDS_A_STREAM;
    }
    await this.opened.append(this.subject, this.revision, Array.from({ length: this.batch }, () => attended()));
    this.revision += this.batch;
    this.left--;
  }
}

/** Every writer sends its next append when the one before is answered. */
async function closed(window: Window, place: Place, contender: Contender, { concurrency, batch }: Cell, windowMs: number): Promise<AppendFigures> {
  const opened = await contender.open(concurrency);
  const writers = Array.from({ length: concurrency }, () => new Writer(opened, batch));
  const run = async (ms: number) => {
    const took: number[] = [];
    const began = performance.now();
    await Promise.all(
      writers.map(async (writer) => {
        for (let now = performance.now(); now < began + ms; ) {
          await writer.append();
          const then = performance.now();
          took.push(then - now);
          now = then;
        }
      }),
    );
    return { took, seconds: (performance.now() - began) / 1000 };
  };
  await run(warmFor(windowMs));
  const { took, seconds, used } = await window.observe(() => run(windowMs));
  await opened.close();
  return { ...rate(took, seconds, batch), ...micros(used.roots, place, took.length * batch) };
}

/** Rings for each append when it is due, on a thread of its own: a timer of ours comes up to a millisecond late, and then for two at once. */
const CLOCK = `
  const { parentPort, workerData: { began, every, total } } = require('node:worker_threads');
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let nth = 0; nth < total; nth++) {
    Atomics.wait(never, 0, 0, Math.max(0, began + nth * every - Number(process.hrtime.bigint()) / 1e6));
    parentPort.postMessage(nth);
  }`;
const CLOCK_STARTS_MS = 200;

/** Appends arrive at their own pace, whether or not those before are answered; each is timed from when it was due. Those of the first moments warm up. */
async function arriving(window: Window, contender: Contender, windowMs: number): Promise<ArrivalFigures> {
  const opened = await contender.open(64);
  const idle = Array.from({ length: 64 }, () => new Writer(opened, 1));
  await Promise.all(idle.map((writer) => writer.append()));
  const { took, seconds } = await window.observe(async () => {
    const times: number[] = [];
    const send = async (due: number) => {
      const writer = idle.pop() ?? new Writer(opened, 1);
      await writer.append();
      if (due >= began) times.push(now() - due);
      idle.push(writer);
    };
    const now = () => Number(process.hrtime.bigint()) / 1e6;
    const every = 1000 / OPEN_LOOP_PER_SECOND;
    const warmMs = warmFor(windowMs);
    const began = now() + CLOCK_STARTS_MS + warmMs;
    const clock = new Worker(CLOCK, { eval: true, execArgv: [], workerData: { began: began - warmMs, every, total: Math.round((warmMs + windowMs) / every) } });
    const under: Promise<void>[] = [];
    for await (const [nth] of on(clock, 'message', { close: ['exit'] })) under.push(send(began - warmMs + Number(nth) * every));
    await Promise.all(under);
    return { took: times, seconds: (now() - began) / 1000 };
  });
  await opened.close();
  return rate(took, seconds);
}

function micros(roots: ReadonlyMap<number, number>, place: Place, events: number) {
  const of = (pid: number) => ((roots.get(pid) ?? 0) * 1e6) / Math.max(1, events);
  return { nodeMicros: of(process.pid), postgresMicros: of(place.pid) };
}
