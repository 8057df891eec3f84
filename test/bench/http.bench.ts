/**
 * What one service on this machine takes: a session acknowledged through HTTP, how far the read models are behind, memory, and time to ready.
 * Needs a build; stops by itself:
 *
 *   npm run build && npm run bench:http
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programme, protocol, site, workbook } from '@cairn/record/programme/examples.js';
import { attendance } from '@cairn/record/support/examples.js';
import { startService, type Service } from '../service.js';

const IDLE_REQUESTS = 200;
/** Long enough for the read models to have taken the last one in. */
const IDLE_MS = 60;
const LOAD_MS = 3_000;

const dataDir = await mkdtemp(join(tmpdir(), 'cairn-bench-'));
const start = async () => {
  const began = performance.now();
  const service = await startService({ dataDir });
  return { service, readyMs: performance.now() - began };
};
const first = await start();
await first.service.stop();
const { service, readyMs } = await start();
try {
  const figures: Record<string, string> = { 'ready, first start': `${seconds(first.readyMs)} s`, 'ready, second start': `${seconds(readyMs)} s` };
  const caseload = await prepare(service, 64);
  const record = await recorder(service);
  figures['memory at rest'] = memory(service);
  const idle = await times(IDLE_REQUESTS, () => record(caseload[0] ?? ''));
  figures['PUT attendance, idle'] = spread(idle);
  figures['PUT attendance, back to back'] = spread(await times(IDLE_REQUESTS, () => record(caseload[2] ?? ''), 0));
  figures['read models behind the receipt'] = spread(await lag(service, caseload[1] ?? '', record));
  for (const connections of [16, 64]) {
    const { took, perSecond } = await load(connections, (n) => record(caseload[n % caseload.length] ?? ''));
    figures[`PUT attendance, ${connections} connections`] = `${Math.round(perSecond)}/s, ${spread(took)}`;
  }
  figures['memory after the load'] = memory(service);
  for (const [what, figure] of Object.entries(figures)) process.stdout.write(`${what.padEnd(34)}${figure}\n`);
} finally {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Participants of one worker's caseload. */
async function prepare({ url, token }: Service, count: number): Promise<string[]> {
  const put = async (role: Parameters<Service['token']>[0], path: string, body: object) => {
    const answer = await fetch(url + path, { method: 'PUT', headers: { authorization: `Bearer ${await token(role)}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  await put('investigator', '/v1/programmes/core', programme);
  await put('investigator', '/v1/programmes/core/protocols/1', protocol);
  await put('investigator', '/v1/programmes/core/workbooks/1', workbook);
  await put('investigator', '/v1/programmes/core/sites/s1', site);
  const participants = Array.from({ length: count }, () => randomUUID());
  for (const participant of participants) {
    await put('researcher', `/v1/participants/${participant}`, { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
    await put('supervisor', `/v1/participants/${participant}/worker`, { worker: 'w1', occurred: { at: '2026-01-12' } });
  }
  return participants;
}

async function recorder({ url, token }: Service): Promise<(participant: string) => Promise<{ ms: number; cairnToken: string }>> {
  const headers = { authorization: `Bearer ${await token('worker')}`, 'content-type': 'application/json' };
  const body = JSON.stringify(attendance);
  return async (participant) => {
    const began = performance.now();
    const answer = await fetch(`${url}/v1/participants/${participant}/sessions/${randomUUID()}/attendance`, { method: 'PUT', headers, body });
    await answer.text();
    if (!answer.ok) throw new Error(`An attendance was answered ${answer.status}.`);
    return { ms: performance.now() - began, cairnToken: answer.headers.get('cairn-token') ?? '' };
  };
}

async function times(count: number, once: () => Promise<{ ms: number }>, pauseMs = IDLE_MS): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    await pause(pauseMs);
    took.push((await once()).ms);
  }
  return took.slice(count / 5);
}

/** From the receipt until a read that brings its token is answered, less what the same read takes without one. */
async function lag({ url, token }: Service, participant: string, record: Awaited<ReturnType<typeof recorder>>): Promise<number[]> {
  const authorization = `Bearer ${await token('worker')}`;
  const read = async (headers: Record<string, string>) => {
    const began = performance.now();
    await (await fetch(`${url}/v1/participants/${participant}`, { headers: { authorization, ...headers } })).text();
    return performance.now() - began;
  };
  const behind: number[] = [];
  for (let n = 0; n < 60; n++) {
    const { cairnToken } = await record(participant);
    const waited = await read({ 'cairn-token': cairnToken });
    behind.push(Math.max(0, waited - (await read({}))));
  }
  return behind;
}

async function load(connections: number, once: (n: number) => Promise<{ ms: number }>): Promise<{ took: number[]; perSecond: number }> {
  const took: number[] = [];
  const end = performance.now() + LOAD_MS;
  await Promise.all(
    Array.from({ length: connections }, async (_, n) => {
      while (performance.now() < end) took.push((await once(n)).ms);
    }),
  );
  return { took, perSecond: took.length / (LOAD_MS / 1000) };
}

/** Proportional set size of the service and of PostgreSQL's processes: what shared memory they share is counted once. */
function memory({ ready }: Service): string {
  const [node = 0, postmaster = 0] = ready.pids as number[];
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === postmaster);
  const postgres = [String(postmaster), ...children].reduce((sum, pid) => sum + proportional(pid), 0);
  const own = proportional(String(node));
  return `${own + postgres} MB (service ${own}, PostgreSQL ${postgres})`;
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

function proportional(pid: string): number {
  try {
    return Math.round(Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

function spread(took: number[]): string {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, p95 ${at(0.95)}, p99 ${at(0.99)}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
