import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../src/connection.js';

export interface Ready {
  pid: number;
  connection: Connection;
  ms: number;
}

type Line = { ready?: Ready; failed?: { code: string; message: string }; log?: string; rows?: unknown[]; released?: true; interrupted?: true };

/** A process of its own that starts or joins a data directory's server, as `member.mjs` says. */
export class MemberProcess {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];

  constructor(dataDir: string, options: { uid?: number; gid?: number; libs?: string } = {}) {
    const { libs = fileURLToPath(new URL('../../', import.meta.url)), ...account } = options;
    const fixtures = `${libs}/postgres/test-fixtures`;
    this.child = spawn(process.execPath, ['--import', `${fixtures}/typescript.mjs`, `${fixtures}/member.mjs`, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
      cwd: '/',
      ...account,
    });
    if (this.child.stdout) createInterface(this.child.stdout).on('line', (line) => this.lines.push(JSON.parse(line) as Line));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The first line that has what is asked for; fails when the process failed or ended without saying it. */
  async hears<Key extends keyof Line>(key: Key): Promise<NonNullable<Line[Key]>> {
    return until<NonNullable<Line[Key]>>(() => {
      const found = this.lines.find((line) => line[key] !== undefined)?.[key] ?? undefined;
      if (found === undefined && (this.lines.some(({ failed }) => failed) || this.child.exitCode !== null || this.child.signalCode)) {
        throw new Error(`never said ${key}: ${JSON.stringify(this.lines)}`);
      }
      return found;
    });
  }

  ready = (): Promise<Ready> => this.hears('ready');

  async query(sql: string): Promise<unknown[]> {
    const before = this.lines.length;
    this.child.stdin?.write(`query ${sql}`);
    return until(() => this.lines.slice(before).find(({ rows }) => rows)?.rows);
  }

  async release(): Promise<void> {
    this.child.stdin?.write('release');
    await this.hears('released');
    await this.ended();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended();
  }

  async ended(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

/** Looks again and again, for 90 s at most, until there is an answer. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 90_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error('waited 90 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
