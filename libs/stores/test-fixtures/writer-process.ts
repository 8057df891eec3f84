import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Write } from '@cairn/kernel/event-store.js';
import type { Connection } from '@cairn/postgres/connection.js';
import type { Attempt } from '../checker.js';

type Line = { writer: number; writes?: Write[]; attempt?: Attempt };

/** `writer.ts` in a process of its own. */
export class WriterProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private said = '';

  constructor(connection: Connection, streams: readonly string[], appends: number) {
    const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
    const options = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', '--import', here('./typescript.mjs')];
    const work = [connection, streams, appends].map((argument) => JSON.stringify(argument));
    this.child = spawn(process.execPath, [...options, here('./writer.ts'), ...work], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    this.ended = once(this.child, 'close');
  }

  /** How many of its appends were taken. */
  get acknowledged(): number {
    return this.said.split('"outcome":"acknowledged"').length - 1;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** All it tried, when it has ended; what it never heard of is unknown. */
  async attempts(): Promise<Attempt[]> {
    await this.ended;
    const pending = new Map<number, Write[]>();
    const attempts: Attempt[] = [];
    for (const { writer, writes, attempt } of this.said.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Line] : []))) {
      if (writes) pending.set(writer, writes);
      if (!attempt) continue;
      pending.delete(writer);
      attempts.push(attempt);
    }
    return [...attempts, ...[...pending.values()].map((writes): Attempt => ({ writes, outcome: 'unknown' }))];
  }
}
