/**
 * How long `cairn import` takes for 10,000 sessions of 1,000 participants, each offered and with an outcome, and what memory it needs.
 * Needs a build and a quiet machine; stops by itself:
 *
 *   npm run build && npm run bench:import
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programme, protocol, site, workbook } from '@cairn/record/programme/examples.js';
import { node, root, startService, surroundings } from '../service.js';

const PARTICIPANTS = 1_000;
const SESSIONS_EACH = 10;

const service = await startService();
const desk = await mkdtemp(join(tmpdir(), 'cairn-import-bench-'));
try {
  await prepare();
  const names = Array.from({ length: PARTICIPANTS }, (_, n) => `P${n}`);
  await writeFile(join(desk, 'participants.csv'), ['Participant number,Registered on,Worker,Worker from', ...names.map((name) => `${name},12/01/2026,w1,14/01/2026`)].join('\n'));
  const weeks = Array.from({ length: SESSIONS_EACH }, (_, week) => new Date(Date.UTC(2026, 0, 20 + 7 * week)).toISOString().slice(0, 10));
  const sessions = weeks.flatMap((date, week) => names.map((name, n) => `${name},${week + 1},16/01/2026,${date},14:00,telephone,in-person,${n % 5 === 0 ? 'DNA' : 'attended'},55,w1`));
  await writeFile(join(desk, 'sessions.csv'), ['Participant number,Session number,Offered on,Planned date,Planned time,Offer method,Mode,Outcome,Minutes,Worker', ...sessions].join('\n'));
  for (const [what, file] of [['registrations', 'participants.csv'], ['sessions', 'sessions.csv'], ['the same sessions again', 'sessions.csv']] as const) {
    const { seconds, peak, said } = await importing(file);
    process.stdout.write(`${what.padEnd(26)}${seconds.toFixed(1)} s, client at most ${peak} MB, service ${residentOf(service.pid, 'VmRSS')} MB: ${said}`);
  }
} finally {
  await service.stop();
  await rm(desk, { recursive: true, force: true });
}

async function prepare(): Promise<void> {
  const authorization = `Bearer ${await service.token('investigator')}`;
  for (const [path, body] of [['', programme], ['/protocols/1', protocol], ['/workbooks/1', workbook], ['/sites/s1', site]] as const) {
    const answer = await fetch(`${service.url}/v1/programmes/core${path}`, { method: 'PUT', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
}

function importing(file: string): Promise<{ seconds: number; peak: number; said: string }> {
  const began = performance.now();
  const main = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const child = spawn(node, [main, 'import', file, '--programme', 'core', '--site', 's1'], { cwd: root, env: { ...surroundings(), CAIRN_DATA_DIR: service.dataDir, INIT_CWD: desk }, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, residentOf(child.pid, 'VmHWM'))), 200);
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((done) => {
    child.once('close', () => {
      clearInterval(watch);
      done({ seconds: (performance.now() - began) / 1000, peak, said });
    });
  });
}

/** In MB; 0 where the system does not tell, or no longer. */
function residentOf(pid: number | undefined, what: 'VmRSS' | 'VmHWM'): number {
  try {
    return Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
