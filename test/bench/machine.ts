import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Processor time, in seconds. */
export interface Spent {
  /** Of the whole machine. */
  readonly busy: number;
  /** Of each root's own tree of processes, those that have ended there included. */
  readonly roots: ReadonlyMap<number, number>;
  /** Of the kernel's own threads, which write for us what we asked to be on disk. */
  readonly kernel: number;
  readonly at: number;
}

export interface Used {
  readonly seconds: number;
  /** Cores that processes other than the roots' took meanwhile. */
  readonly others: number;
  /** Seconds of processor by root. */
  readonly roots: ReadonlyMap<number, number>;
}

const TICKS = 100;
const KERNEL = 2;

interface Process {
  readonly parent: number;
  readonly spent: number;
}

/** @param roots processes whose trees are ours; the nearest one counts */
export function spent(roots: readonly number[]): Spent {
  const processes = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => processOf(Number(name)) ?? []));
  const sums = new Map([...roots, KERNEL].map((root) => [root, 0]));
  for (const [pid, { spent: seconds }] of processes) {
    let root = pid;
    while (root > 1 && !sums.has(root)) root = processes.get(root)?.parent ?? 0;
    const sum = sums.get(root);
    if (sum !== undefined) sums.set(root, sum + seconds);
  }
  const kernel = sums.get(KERNEL) ?? 0;
  sums.delete(KERNEL);
  return { busy: busySeconds(), roots: sums, kernel, at: performance.now() };
}

export function between(before: Spent, after: Spent): Used {
  const seconds = (after.at - before.at) / 1000;
  const roots = new Map([...after.roots].map(([root, sum]) => [root, sum - (before.roots.get(root) ?? 0)]));
  const ours = [...roots.values()].reduce((sum, each) => sum + each, 0) + after.kernel - before.kernel;
  return { seconds, roots, others: Math.max(0, (after.busy - before.busy - ours) / seconds) };
}

/** Proportional set size of a process and all below it, in MB: what they share is counted once. */
export function memoryOf(root: number): number {
  const processes = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => processOf(Number(name)) ?? []));
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(processes.get(pid)?.parent ?? 0));
  return [...processes.keys()].filter(isBelow).reduce((sum, pid) => sum + proportional(pid), 0) / 1024;
}

/** Processes that this one has started and that still run. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && processOf(Number(name))?.[0][1].parent === parent).map(Number);
}

export function conditionsOfMachine() {
  const [cpu] = cpus();
  return { cpu: cpu?.model.trim() ?? 'unknown', cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30), kernel: release(), node: process.version, load: load() };
}

export function load(): number[] {
  return loadavg().map((each) => Math.round(each * 100) / 100);
}

/** User, nice, system, interrupts and what another machine on the same metal took. */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, _, __, irq = 0, softirq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Undefined when it has just ended. */
function processOf(pid: number): [[number, Process]] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, ended = 0, endedSystem = 0] = fields.slice(11, 15);
    // Of one thread the scheduler tells nanoseconds, where many short lives would drown in ticks of ten milliseconds.
    const own = fields[17] === 1 ? Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9 : (user + system) / TICKS;
    return [[pid, { parent, spent: own + (ended + endedSystem) / TICKS }]];
  } catch {
    return undefined;
  }
}

function proportional(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
