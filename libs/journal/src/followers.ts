import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Pool } from 'pg';
import type { Journal } from './journal.js';
import { ProcessCheckpoints } from './process-checkpoints.js';
import type { ProcessesStatus } from './process-runner.js';
import { RunnerStopped, type Log, type RunnerStatus } from './runner.js';
import { NotCaughtUp, Standing } from './standing.js';
import { faultOf } from './stopping.js';

/** What the thread says: where its runners stand, at its start, once a batch and once a second; and what is to be logged. */
export type Told =
  | { readonly readModels: RunnerStatus }
  | { readonly processes: ProcessesStatus }
  | { readonly log: readonly [level: keyof Log, fields: object, message: string] };

/** What the thread is told: to end in order, or how far somebody waits for the read models to come. */
export type Asked = 'stop' | { readonly position: number; readonly withinMs: number };

export interface FollowersOptions {
  /** What the thread runs: a module that ends by `followIn`. */
  readonly module: URL;
  /** Its `workerData`. */
  readonly given: unknown;
  readonly journal: Pick<Journal, 'head'>;
  /** Of cairn_service. */
  readonly pool: Pool;
  readonly log: Log;
  /** After so many milliseconds without a word from it the thread is taken to hang, and ended. 20,000. */
  readonly silenceMs?: number;
}

export interface FollowersStatus {
  /** Whether the thread is at work; when it is not, it is being started again. */
  readonly working: boolean;
  /** The last entry of the log; left out when it cannot be reached. */
  readonly head?: number;
  /** Where they stand, wherever they are kept. */
  readonly readModels: RunnerStatus;
  readonly processes: ProcessesStatus;
}

const RETRY_MS = [100, 200, 400, 800, 1500, 3000, 5000] as const;
/** Who has been at work for so long does not end for the reason it ended for before. */
const STEADY_MS = 60_000;
/** A batch is finished in much less. */
const STOP_MS = 10_000;
const SILENCE_MS = 20_000;
/** How long a new thread looks for those who were waiting before it: none waits longer. */
const FIRST_WAIT_MS = 5_000;
const LOOKS = 20;
/**
 * What the thread makes of a batch outlives a young heap of any size, so one half as large as the program's costs it nothing. What it keeps
 * is new all the time, so its old heap may grow by more than the program's before it is collected. As limits of a worker neither would be heard.
 */
const HEAP = ['--max-semi-space-size=4', '--max-old-space-size=512'] as const;

/**
 * What follows the log, the read models and the processes, in a thread of its own: whoever writes does not wait for it, and what it
 * runs out of is its own. Asked here, they answer by what the thread has told. It is ended when it hangs, and started again whenever it has ended.
 */
export class Followers {
  private readonly standing = new Standing();
  private readonly checkpoints: ProcessCheckpoints;
  private readModels: RunnerStatus = { active: false, position: 0 };
  private processes: ProcessesStatus = { active: false, processes: [] };
  private thread: Worker | undefined;
  private working = false;
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly given: FollowersOptions) {
    this.checkpoints = new ProcessCheckpoints(given.pool);
  }

  /** Comes back when the thread is at work, or has failed for the first time. */
  async start(): Promise<void> {
    if (this.running) return;
    this.stopping = new AbortController();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.running = this.run(this.stopping.signal, () => resolve(undefined));
    await promise;
  }

  /** Lets the batch and the reaction under way end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.running = undefined;
    this.standing.giveUp(new NotCaughtUp());
  }

  async status(): Promise<FollowersStatus> {
    const { working, readModels, processes } = this;
    const [head, position, kept] = await Promise.all([
      this.given.journal.head().catch(() => undefined),
      readModels.active ? readModels.position : this.checkpoint().catch(() => readModels.position),
      processes.active ? undefined : this.checkpoints.read().catch(() => undefined),
    ]);
    const done = processes.processes.map((each) => ({ ...each, position: kept?.get(each.name) ?? each.position }));
    return { working, ...(head !== undefined && { head }), readModels: { ...readModels, position }, processes: { ...processes, processes: done } };
  }

  /**
   * Resolves once the read models hold everything up to a position, whichever process keeps them.
   *
   * @throws NotCaughtUp when they do not within so many milliseconds, or all is stopped meanwhile
   * @throws RunnerStopped at once when they have stopped here at something that cannot be read
   */
  async waitFor(position: number, withinMs: number): Promise<void> {
    const { active, stopped } = this.readModels;
    if ((active || stopped !== undefined) && this.standing.position >= position) return;
    if (stopped !== undefined) throw new RunnerStopped(stopped);
    const reached = this.standing.wait(position, withinMs);
    this.ask({ position, withinMs });
    await reached;
  }

  private async checkpoint(): Promise<number> {
    const { rows } = await this.given.pool.query<{ position: string }>('select position from read.checkpoint');
    return Number(rows[0]?.position ?? 0);
  }

  private async run(signal: AbortSignal, begun: () => void): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const since = performance.now();
      const fault = await this.live(signal, begun);
      this.working = false;
      this.readModels = { ...this.readModels, active: false };
      this.processes = { ...this.processes, active: false };
      begun();
      if (signal.aborted) return;
      if (performance.now() - since > STEADY_MS) failures = 0;
      const delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 5000;
      this.given.log.error({ fault, retryInMs: delay }, 'The thread that keeps the read models and runs the processes has ended, and is started again.');
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }

  /** One life of the thread. @returns what it ended of */
  private async live(signal: AbortSignal, begun: () => void): Promise<string> {
    let thread: Worker;
    for (const flag of HEAP) setFlagsFromString(flag);
    try {
      thread = new Worker(this.given.module, { name: 'followers', workerData: this.given.given });
    } catch (error) {
      return faultOf(error);
    }
    this.thread = thread;
    let fault = '';
    let silent = 0;
    // Counted, not timed: a machine that slept has kept both of them silent.
    const watch = setInterval(() => {
      if (!this.working || ++silent < LOOKS) return;
      fault = 'silence';
      void thread.terminate();
    }, (this.given.silenceMs ?? SILENCE_MS) / LOOKS);
    thread.on('message', (told: Told) => {
      silent = 0;
      this.hear(told);
      if (this.working) begun();
    });
    thread.on('error', (error) => (fault = faultOf(error)));
    const ended = new Promise<number>((resolve) => thread.once('exit', resolve));
    let patience: NodeJS.Timeout | undefined;
    const stop = () => {
      this.ask('stop');
      patience = setTimeout(() => void thread.terminate(), STOP_MS);
    };
    signal.addEventListener('abort', stop);
    const code = await ended;
    signal.removeEventListener('abort', stop);
    clearTimeout(patience);
    clearInterval(watch);
    this.thread = undefined;
    return fault || `exit ${code}`;
  }

  private hear(told: Told): void {
    if ('log' in told) {
      const [level, fields, message] = told.log;
      this.given.log[level](fields, message);
    } else if ('processes' in told) this.processes = told.processes;
    else {
      const isNew = !this.working;
      this.working = true;
      this.readModels = told.readModels;
      this.standing.reach(told.readModels.position);
      if (told.readModels.stopped !== undefined) this.standing.giveUp(new RunnerStopped(told.readModels.stopped));
      // Whoever began to wait while there was no thread has asked nobody.
      if (isNew && this.standing.awaited) this.ask({ position: this.standing.furthest, withinMs: FIRST_WAIT_MS });
    }
  }

  private ask(asked: Asked): void {
    this.thread?.postMessage(asked);
  }
}
