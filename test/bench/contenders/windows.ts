import { randomUUID } from 'node:crypto';
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { rate } from '../rounds.js';
import type { Contender, Opened } from './contender.js';
import { attended } from './facts.js';
import type { Appending, Cell } from './task.js';

/** The part that is measured: it runs once within each window. */
export type Observe = <T>(work: () => Promise<T>) => Promise<T>;

const APPENDS_A_STREAM = 20;
/**
 * What is measured is a store at work: the first half second of a new connection, and of code that V8 has let go of while others had their turn,
 * holds most of the slow appends. Not longer: with what is written meanwhile the server comes to a checkpoint in more of the windows.
 */
const WARM_MS = 500;
/** A short window has a short one. */
const warmFor = (windowMs: number) => Math.min(WARM_MS, windowMs / 2);
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
export async function closed(observe: Observe, contender: Contender, { concurrency, batch }: Cell, windowMs: number): Promise<Appending> {
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
  const { took, seconds } = await observe(() => run(windowMs));
  await opened.close();
  return { ...rate(took, seconds, batch), events: took.length * batch };
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
export async function arriving(observe: Observe, contender: Contender, perSecond: number, windowMs: number): Promise<Appending> {
  const opened = await contender.open(64);
  const idle = Array.from({ length: 64 }, () => new Writer(opened, 1));
  await Promise.all(idle.map((writer) => writer.append()));
  const { took, seconds } = await observe(async () => {
    const times: number[] = [];
    const send = async (due: number) => {
      const writer = idle.pop() ?? new Writer(opened, 1);
      await writer.append();
      if (due >= began) times.push(now() - due);
      idle.push(writer);
    };
    const now = () => Number(process.hrtime.bigint()) / 1e6;
    const every = 1000 / perSecond;
    const warmMs = warmFor(windowMs);
    const began = now() + CLOCK_STARTS_MS + warmMs;
    const clock = new Worker(CLOCK, { eval: true, execArgv: [], workerData: { began: began - warmMs, every, total: Math.round((warmMs + windowMs) / every) } });
    const under: Promise<void>[] = [];
    for await (const [nth] of on(clock, 'message', { close: ['exit'] })) under.push(send(began - warmMs + Number(nth) * every));
    await Promise.all(under);
    return { took: times, seconds: (now() - began) / 1000 };
  });
  await opened.close();
  return { ...rate(took, seconds), events: took.length };
}
