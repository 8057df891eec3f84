import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '@cairn/kernel/envelope.js';
import { Erasures, type ErasuresOptions } from './erasures.js';
import { Lease } from './lease.js';
import { ReadModels } from './read-models.js';
import { NotCaughtUp, Standing } from './standing.js';
import { faultOf, reasonToStop } from './stopping.js';

/** As pino's. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RunnerOptions extends ErasuresOptions {
  readonly log: Log;
  /** Told whenever the status is another: once a batch. */
  readonly tell?: (status: RunnerStatus) => void;
}

export interface RunnerStatus {
  /** Whether this process is the one that keeps the models. */
  readonly active: boolean;
  /** The last entry in all models that this process knows of; while another keeps them it looks only when somebody waits. */
  readonly position: number;
  /** How long after it was recorded the newest entry was in the models this process keeps, in milliseconds. */
  readonly lagMs?: number;
  /** Why this process has stopped keeping them, for good. */
  readonly stopped?: string;
}

/** The models stand still at something the program cannot read or fold. It will not pass until another release runs. */
export class RunnerStopped extends Error {}

const BATCH = 500;
/** Between batches it rests as long as the last one took, within these bounds, unless somebody waits: what comes meanwhile is folded together. */
const REST_MS = { least: 50, most: 100 } as const;
const STANDBY_MS = 700;
const ERASURES_MS = 1_000;
const POLL_MS = 20;
const RETRY_MS = [50, 100, 200, 400, 800, 1500] as const;

/** Keeps the read models: one process at a time folds the log into them, the others stand by. */
export class Runner {
  private readonly models: ReadModels;
  private readonly erasures: Erasures;
  private readonly standing = new Standing();
  private stopping = new AbortController();
  private running: Promise<void> | undefined;
  private polling = false;
  private active = false;
  private lagMs: number | undefined;
  private failure: RunnerStopped | undefined;
  /** After a failure entries are taken one by one, as many as a batch has: what can be folded before it is. */
  private singly = 0;

  /** @throws Error when a row class does not fit its model */
  constructor(private readonly given: RunnerOptions) {
    this.models = new ReadModels(given);
    this.erasures = new Erasures(given);
  }

  start(): void {
    if (this.running) return;
    this.stopping = new AbortController();
    this.running = this.run(this.stopping.signal);
  }

  /** Lets the batch under way end, or gives it up whole. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.standing.wake();
    await this.running;
    this.running = undefined;
    this.standing.giveUp(new NotCaughtUp());
  }

  get status(): RunnerStatus {
    const { active, lagMs, failure } = this;
    return { active, position: this.standing.position, ...(active && lagMs !== undefined && { lagMs }), ...(failure && { stopped: failure.message }) };
  }

  /**
   * Resolves once the models hold everything up to a position, whichever process keeps them.
   *
   * @throws NotCaughtUp when they do not within so many milliseconds, or this runner is stopped meanwhile
   * @throws RunnerStopped at once when this process has stopped at something it cannot read
   */
  async waitFor(position: number, timeoutMs: number): Promise<void> {
    if (this.active && this.standing.position >= position) return;
    if (this.failure) {
      if (this.standing.position >= position) return;
      throw this.failure;
    }
    const reached = this.standing.wait(position, timeoutMs);
    if (!this.active) void this.poll();
    await reached;
  }

  private async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted && !this.failure) {
      const before = this.standing.position;
      try {
        const led = await this.lead(signal);
        failures = 0;
        await pause(led ? RETRY_MS[0] : STANDBY_MS, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (this.standing.position > before) failures = 0;
        const reason = reasonToStop(error);
        if (reason === undefined) await this.retry(error, failures++, signal);
        else if (this.singly > 0) this.fail(reason);
        else this.singly = BATCH;
      }
    }
  }

  /** Keeps the models for as long as it may. False when another process does. */
  private async lead(stopping: AbortSignal): Promise<boolean> {
    const lease = await Lease.take(this.given.pool);
    if (!lease) return false;
    try {
      await this.foldAll(AbortSignal.any([stopping, lease.lost]));
      return true;
    } finally {
      this.active = false;
      this.tell();
      await lease.release();
      if (this.standing.awaited) void this.poll();
    }
  }

  private async foldAll(signal: AbortSignal): Promise<void> {
    await this.models.forget();
    await this.erasures.apply();
    let position = await this.models.checkpoint();
    this.active = true;
    this.reach(position);
    this.given.log.info({ position }, 'This process keeps the read models.');
    const size = this.singly > 0 ? 1 : BATCH;
    const broken = new AbortController();
    // Whoever is erased meanwhile is seen to before anything else is folded.
    const erased = new AbortController();
    const watching = setInterval(() => void this.erasures.waiting().then((waiting) => waiting && erased.abort(), () => {}), ERASURES_MS);
    let written = Promise.resolve<unknown>(undefined);
    try {
      for await (const batch of this.given.journal.follow(position, { signal: AbortSignal.any([signal, broken.signal, erased.signal]), batch: size })) {
        const last = batch.at(-1);
        if (!last) continue;
        if (signal.aborted || erased.signal.aborted) break;
        const began = performance.now();
        await this.models.foldAhead(batch, position, signal);
        position = last.position;
        written = this.models.written().then(() => this.reached(last), (error: unknown) => broken.abort(error));
        // Behind, it folds the next while these are written.
        if (size === BATCH && batch.length === BATCH) continue;
        await written;
        if (size === 1 && --this.singly <= 0) break;
        if (size === BATCH) await this.standing.rest(Math.min(REST_MS.most, Math.max(REST_MS.least, performance.now() - began)));
      }
    } finally {
      clearInterval(watching);
      await written;
    }
    if (broken.signal.aborted) throw broken.signal.reason;
  }

  private reached({ position, recordedAt }: Entry): void {
    this.lagMs = Math.max(0, Date.now() - Date.parse(recordedAt));
    this.reach(position);
  }

  private reach(position: number): void {
    this.standing.reach(position);
    this.tell();
  }

  private tell(): void {
    this.given.tell?.(this.status);
  }

  private async retry(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const delay = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 1500;
    this.given.log.warn({ position: this.standing.position, fault: faultOf(error), retryInMs: delay }, 'The read models could not be kept and are tried again.');
    await pause(delay, signal);
  }

  private fail(reason: string): void {
    const { position } = this.standing;
    this.failure = new RunnerStopped(
      `The read models stopped after position ${position}: ${reason}. Nothing later shows in them until a release that can go on is started; what is recorded stays recorded.`,
    );
    this.given.log.error({ position, reason }, 'The read models stopped. They skip nothing: run a release that can read on.');
    this.standing.giveUp(this.failure);
    this.tell();
  }

  /** While another process keeps the models, looks how far they are, for as long as anyone waits. */
  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    while (this.standing.awaited && !this.active) {
      const position = await this.models.checkpoint().catch(() => undefined);
      if (position !== undefined && !this.active) this.reach(position);
      if (this.standing.awaited) await sleep(POLL_MS);
    }
    this.polling = false;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
