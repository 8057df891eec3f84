import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@cairn/postgres/connection.js';
import { StaleRevision, TermOver, StoreBusy, StoreRefused, StoreUnavailable, type Appended, type Write } from '@cairn/kernel/event-store.js';
import { admit } from './admission.js';
import { idHeld, outcomesOf, type Outcome } from './batch.js';
import { isConnectionLoss, isHeldId, isRefusal, messageOf } from './failure.js';
import type { Notifier } from './notifier.js';
import { UnsafeSettings } from './safe-settings.js';
import { WriterSession } from './writer-session.js';

export interface WriterOptions {
  /** A batch holds no more events than this, unless one append alone has more. */
  readonly batchEvents: number;
  /** Appends not yet answered; one more is refused as busy. */
  readonly queueAppends: number;
  /** Bytes of all appends not yet answered. */
  readonly queueBytes: number;
  /** How long an append may wait for its answer, in milliseconds, before it is told that the store is unavailable. */
  readonly patienceMs: number;
}

interface Waiting {
  readonly writes: readonly Write[];
  readonly term: number | undefined;
  readonly events: number;
  readonly bytes: number;
  readonly until: number;
  settled: boolean;
  settle(outcome: Outcome | StoreUnavailable): void;
}

const IN_FLIGHT = 2;
/** What a commit costs is as much again as so many appends in it, so fewer are not parted. */
const TOGETHER = 6;
const BATCH_BYTES = 1024 * 1024;
const RETRY_MS = 50;

/**
 * Coalesces waiting appends into batches and sends them, two in flight on one connection. Batches are answered in the order in which they
 * were sent; when one fails, nothing more is sent until those after it are answered too, and what failed goes first again.
 */
export class Writer {
  private queue: Waiting[] = [];
  /** Batches to be sent again before the queue, in order. */
  private again: Waiting[][] = [];
  /** And when each was sent. */
  private readonly inFlight = new Map<Waiting[], number>();
  /** Of those in flight that have failed, what must be sent again. Until the rest is answered, nothing is sent. */
  private failed: Waiting[][] | undefined;
  private waiting = 0;
  private bytes = 0;
  private pumpIsDue = false;
  private recovering = false;
  /** When to send again what failed for a reason that may pass. */
  private retryAt = 0;
  private lastFailure = 'no answer';
  private closing: (() => void) | undefined;
  /** As last heard. */
  private present: number;
  private readonly watch: NodeJS.Timeout;

  private constructor(
    private readonly connection: Connection,
    private readonly options: WriterOptions,
    private readonly notifier: Notifier,
    private readonly committed: () => void,
    private session: WriterSession,
  ) {
    this.present = session.term;
    this.watch = setInterval(() => this.giveUpOnOverdue(), Math.max(10, Math.min(250, options.patienceMs / 20)));
    this.watch.unref();
  }

  /** `committed` is called after every batch that added events. */
  static async open(connection: Connection, options: WriterOptions, notifier: Notifier, committed: () => void): Promise<Writer> {
    return new Writer(connection, options, notifier, committed, await WriterSession.open(connection, options.patienceMs));
  }

  get term(): number {
    return this.present;
  }

  async append(writes: readonly Write[], term?: number): Promise<Appended> {
    if (this.closing) throw new StoreUnavailable('The log is being closed, and nothing was written. Send the append to a process that stays.');
    const bytes = admit(writes);
    const { queueAppends, queueBytes, patienceMs } = this.options;
    if (this.waiting >= queueAppends || (this.waiting > 0 && this.bytes + bytes > queueBytes))
      throw new StoreBusy(`${this.waiting} appends wait to be written already. Nothing was written; try again shortly.`);
    return new Promise((resolve, reject) => {
      const events = writes.reduce((sum, write) => sum + write.events.length, 0);
      const settle = (outcome: Outcome | StoreUnavailable) => {
        if (entry.settled) return;
        entry.settled = true;
        this.waiting -= 1;
        this.bytes -= bytes;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
        if (this.waiting === 0) this.closing?.();
      };
      const entry: Waiting = { writes, term, events, bytes, until: Date.now() + patienceMs, settled: false, settle };
      this.waiting += 1;
      this.bytes += bytes;
      this.queue.push(entry);
      this.pumpSoon();
    });
  }

  /** Takes no more, waits until everything taken is answered, disconnects. */
  async close(): Promise<void> {
    await new Promise<void>((drained) => {
      this.closing = drained;
      if (this.waiting === 0) drained();
    });
    clearInterval(this.watch);
    await this.session.end();
  }

  /** At the end of this turn of the event loop, so that all who append in it share a batch. */
  private pumpSoon(): void {
    if (this.pumpIsDue) return;
    this.pumpIsDue = true;
    setImmediate(() => {
      this.pumpIsDue = false;
      this.pump();
    });
  }

  private pump(): void {
    if (this.recovering || this.waiting === 0) return;
    if (this.inFlight.size === 0 && (this.failed || !this.session.isAlive)) return void this.recover();
    while (!this.failed && this.inFlight.size < IN_FLIGHT) {
      const batch = this.nextBatch();
      if (!batch) return;
      void this.send(batch);
    }
  }

  private nextBatch(): Waiting[] | undefined {
    for (let batch = this.again.shift(); batch; batch = this.again.shift()) {
      const open = batch.filter(({ settled }) => !settled);
      if (open.length > 0) return open;
    }
    let events = 0;
    let bytes = 0;
    // All at once would leave the server idle while this process works, and this process while the server does.
    const share = Math.max(TOGETHER, Math.ceil(this.waiting / IN_FLIGHT));
    const [first] = this.queue;
    // An append of checks only is work for the server, too.
    const end = this.queue.findIndex((each, index) => {
      events += Math.max(1, each.events);
      bytes += each.bytes;
      return index > 0 && (each.term !== first?.term || index >= share || events > this.options.batchEvents || bytes > BATCH_BYTES);
    });
    const batch = this.queue.splice(0, end < 0 ? this.queue.length : end);
    return batch.length > 0 ? batch : undefined;
  }

  private async send(batch: Waiting[]): Promise<void> {
    const appends = batch.map(({ writes }) => writes);
    const tells = this.notifier.isDue();
    this.inFlight.set(batch, Date.now());
    try {
      const answer = await this.session.append(appends, batch[0]?.term, tells);
      this.inFlight.delete(batch);
      this.answer(batch, outcomesOf(appends, answer), tells);
    } catch (error) {
      this.inFlight.delete(batch);
      if (tells) this.notifier.announce();
      this.takeBack(batch, error);
    }
    this.pump();
  }

  private answer(batch: Waiting[], outcomes: Outcome[], told: boolean): void {
    batch.forEach((each, index) => {
      const outcome = outcomes[index];
      if (!outcome) return;
      // It may be stale only because an append sent before it has failed and is to be sent again.
      if (this.failed && outcome instanceof StaleRevision) this.failed.push([each]);
      else each.settle(outcome);
      if (outcome instanceof TermOver) this.present = outcome.present;
    });
    if (!outcomes.some((outcome) => 'positions' in outcome && outcome.positions.length > 0)) return;
    this.committed();
    if (!told) this.notifier.announce();
  }

  /** On an error nothing of the batch was written, or, when the connection was lost, sending it again tells what was. */
  private takeBack(batch: Waiting[], error: unknown): void {
    this.lastFailure = messageOf(error);
    const [only] = batch;
    if (isRefusal(error) && batch.length === 1 && only) {
      only.settle(isHeldId(error) ? idHeld() : new StoreRefused(`The store cannot hold this append, and nothing was written: ${error.message}.`, { cause: error }));
      return;
    }
    if (isConnectionLoss(error)) this.session.abandon(this.lastFailure);
    this.failed ??= [];
    this.failed.push(...(isRefusal(error) ? batch.map((each) => [each]) : [batch]));
    if (!isRefusal(error)) this.retryAt = Date.now() + RETRY_MS;
  }

  /** Has a living connection again, with nothing in flight on any, as long as somebody waits. */
  private async recover(): Promise<void> {
    this.recovering = true;
    while (this.session.isAlive && Date.now() < this.retryAt) await pause(RETRY_MS);
    while (!this.session.isAlive && this.waiting > 0) {
      try {
        this.session = await WriterSession.open(this.connection, this.options.patienceMs, this.session.backend);
        this.present = this.session.term;
      } catch (error) {
        this.lastFailure = messageOf(error);
        await pause(error instanceof UnsafeSettings ? 20 * RETRY_MS : RETRY_MS);
      }
    }
    this.again = [...(this.failed ?? []), ...this.again];
    this.failed = undefined;
    this.recovering = false;
    this.pump();
  }

  private giveUpOnOverdue(): void {
    if (this.waiting === 0) return;
    const now = Date.now();
    const isOverdue = ({ until }: Waiting) => until <= now;
    const all = [...this.inFlight.keys(), ...(this.failed ?? []), ...this.again, this.queue].flat();
    for (const each of all.filter(isOverdue)) each.settle(this.unavailable());
    this.queue = this.queue.filter(({ settled }) => !settled);
    // The server ends what takes half as long, so this one does not hear us.
    if ([...this.inFlight.values()].some((sent) => sent + this.options.patienceMs <= now)) this.session.abandon('the server does not answer');
  }

  private unavailable(): StoreUnavailable {
    return new StoreUnavailable(
      `The log gave no answer within ${this.options.patienceMs} ms (${this.lastFailure}). Whether the append was written is unknown; sending it again with the same event ids is safe.`,
    );
  }
}
