import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Entry } from '@cairn/kernel/envelope.js';
import { StoreRefused } from '@cairn/kernel/event-store.js';
import { Invalid, Refused } from '@cairn/kernel/refused.js';
import { KeyDestroyed } from '@cairn/privacy/keyring.js';
import type { Journal } from './journal.js';
import { dueTo, placeOf, type Due } from './due.js';
import { Lease } from './lease.js';
import type { Outlook } from './outlook.js';
import { rehearsalOf, requestOf, workOf, type Process } from './process.js';
import { ProcessCheckpoints } from './process-checkpoints.js';
import { RunnerStopped, type Log } from './runner.js';
import { streamOf } from './transaction.js';
import { faultOf, reasonToStop } from './stopping.js';
import type { Work } from './work.js';

export interface ProcessRunnerOptions {
  readonly journal: Journal;
  /** Of cairn_service; two connections are enough. */
  readonly pool: Pool;
  readonly processes: readonly Process[];
  readonly log: Log;
  /** Told whenever the status is another: once a batch. */
  readonly tell?: (status: ProcessesStatus) => void;
}

export interface ProcessStatus {
  readonly name: string;
  /** The last entry it has done with here. */
  readonly position: number;
  /** Reactions that were refused since this service started: the record stood otherwise by then. */
  readonly refused: number;
  /** Why it has stopped here, for good. */
  readonly stopped?: string;
}

export interface ProcessesStatus {
  /** Whether they run in this service. */
  readonly active: boolean;
  readonly processes: readonly ProcessStatus[];
}

interface Standing {
  readonly process: Process;
  position: number;
  refused: number;
  stopped?: string;
}

const BATCH = 200;
/** Nobody waits for a process. What comes while it rests is looked at together. */
const REST_MS = 100;
const STANDBY_MS = 700;
const RETRY_MS = [50, 100, 200, 400, 800, 1500, 3000, 5000] as const;

/** Runs the processes: in one service at a time, the others stand by. Each is given every entry after its checkpoint, in order, at least once. */
export class ProcessRunner {
  private readonly checkpoints: ProcessCheckpoints;
  private readonly standings: readonly Standing[];
  private stopping = new AbortController();
  private running: Promise<void> | undefined;
  private active = false;
  private failures = 0;
  /** After an entry that cannot be read they are taken one by one, as many as a batch has: what comes before it is done. */
  private singly = 0;
  private outlook: Outlook;

  constructor(private readonly given: ProcessRunnerOptions) {
    this.outlook = given.journal.outlook();
    this.checkpoints = new ProcessCheckpoints(given.pool);
    this.standings = given.processes.map((process) => ({ process, position: 0, refused: 0 }));
  }

  start(): void {
    if (this.running) return;
    this.stopping = new AbortController();
    this.running = this.run(this.stopping.signal);
  }

  /** Lets the reaction under way end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.running = undefined;
  }

  get status(): ProcessesStatus {
    return { active: this.active, processes: this.standings.map(({ process: { name }, position, refused, stopped }) => ({ name, position, refused, ...(stopped !== undefined && { stopped }) })) };
  }

  private tell(): void {
    this.given.tell?.(this.status);
  }

  private get going(): Standing[] {
    return this.standings.filter(({ stopped }) => stopped === undefined);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.going.length > 0) {
      try {
        const led = await this.lead(signal);
        await pause(led ? RETRY_MS[0] : STANDBY_MS, signal);
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonToStop(error);
        if (reason === undefined) await this.retry(error, signal);
        else if (this.singly > 0) for (const standing of this.going) this.fail(standing, reason);
        else this.singly = BATCH;
      }
    }
  }

  /** Runs them for as long as it may. False when another service does. */
  private async lead(stopping: AbortSignal): Promise<boolean> {
    const lease = await Lease.take(this.given.pool, 'processes');
    if (!lease) return false;
    try {
      await this.followAll(AbortSignal.any([stopping, lease.lost]));
      return true;
    } finally {
      this.active = false;
      this.tell();
      await lease.release();
    }
  }

  private async followAll(signal: AbortSignal): Promise<void> {
    const { journal, processes, log } = this.given;
    const kept = await this.checkpoints.begin(processes, await journal.head());
    for (const standing of this.standings) standing.position = kept.get(standing.process.name) ?? 0;
    const from = Math.min(...this.going.map(({ position }) => position));
    this.outlook = journal.outlook();
    this.active = true;
    this.tell();
    log.info({ position: from }, 'This service runs the processes.');
    const singly = this.singly > 0;
    for await (const batch of journal.follow(from, { signal, batch: singly ? 1 : BATCH })) {
      const to = batch.at(-1)?.position ?? 0;
      this.outlook.pass(batch);
      await this.take(this.going.filter(({ position }) => position < to), batch, signal);
      if (signal.aborted || this.going.length === 0) return;
      await this.checkpoints.move(this.going.filter(({ position }) => position === to).map(({ process }) => process.name), to);
      this.failures = 0;
      this.tell();
      if (singly && (this.singly -= batch.length) <= 0) return;
      if (!singly && batch.length < BATCH) await pause(REST_MS, signal);
    }
  }

  /** Gives processes what they have not done with yet. What fails for good among several is tried by each alone, so that it stops the one whose fault it is. */
  private async take(standings: readonly Standing[], batch: readonly Entry[], signal: AbortSignal): Promise<void> {
    try {
      await this.answer(standings, batch, signal);
      if (!signal.aborted) for (const standing of standings) standing.position = batch.at(-1)?.position ?? standing.position;
    } catch (error) {
      const reason = error instanceof RunnerStopped ? error.message : reasonToStop(error);
      if (reason === undefined || signal.aborted) throw error;
      const [first, ...more] = standings;
      if (more.length > 0) for (const standing of standings) await this.take([standing], batch, signal);
      else if (first) this.fail(first, reason);
    }
  }

  private async answer(standings: readonly Standing[], batch: readonly Entry[], signal: AbortSignal): Promise<void> {
    const due = (await Promise.all(standings.map((standing) => dueTo(standing, batch)))).flat();
    if (due.length === 0) return;
    // Most have nothing to do as the record stands now. They are told by one look, until something is recorded where they looked.
    const places = new Map(due.map((each) => [placeOf(each), each]));
    const rehearsals = Array.from(places.values(), ({ standing, cause, reaction }) => rehearsalOf(standing.process, cause, reaction));
    const wanted = await this.outlook.rehearse(rehearsals);
    const called = new Set([...places.keys()].filter((_, index) => wanted[index]));
    if (called.size === 0) return;
    const moved = new Set<string>();
    for (const each of due) {
      if (signal.aborted) return;
      if (!called.has(placeOf(each)) && !each.reaction.streams.some(([decider, id]) => moved.has(streamOf(decider, id)))) continue;
      for (const stream of await this.carryOut(each)) moved.add(stream);
    }
  }

  /** @returns the streams something was recorded on */
  private async carryOut({ standing, cause, reaction }: Due<Standing>): Promise<string[]> {
    const { process } = standing;
    const work = workOf(process, cause, reaction);
    let written: string[] = [];
    const decide: Work['decide'] = async (transaction) => {
      await work.decide(transaction);
      written = [...transaction.writes].flatMap(([stream, { events }]) => (events.length > 0 ? [stream] : []));
    };
    try {
      await this.given.journal.transact(requestOf(process, cause, reaction), { ...work, decide });
      return written;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      standing.refused++;
      this.given.log.warn({ process: process.name, cause: cause.id, position: cause.position, code: error instanceof Refused ? error.code : error.constructor.name }, 'What a process would have recorded was refused; it goes on.');
      return [];
    }
  }

  private async retry(error: unknown, signal: AbortSignal): Promise<void> {
    const delay = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)] ?? 5000;
    this.given.log.warn({ fault: faultOf(error), retryInMs: delay }, 'The processes could not go on and try again.');
    await pause(delay, signal);
  }

  private fail(standing: Standing, reason: string): void {
    const { position, process } = standing;
    standing.stopped = `The process ${process.name} stopped after position ${position}: ${reason}. It does nothing about anything later until a release that can go on is started; then it catches up.`;
    this.given.log.error({ process: process.name, position, reason }, 'A process stopped. It skips nothing: run a release that can go on.');
    this.tell();
  }
}

/** The record stands otherwise, or cannot take it, now or later: there is nothing to wait for. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Refused || error instanceof Invalid || error instanceof KeyDestroyed || error instanceof StoreRefused;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
