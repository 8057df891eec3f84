import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import { node, root, startedBy, surroundings } from '../service.js';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const PATIENCE_MS = 90_000;

/** Starts the built service where it cannot start, as a user who may be another one, and waits until it has ended and closed its output. */
async function startAndEnd(env: Record<string, string>, account: Account, meanwhile?: (pid: number) => Promise<void>): Promise<Ended> {
  const child = spawn(node, ['--enable-source-maps', startedBy().main], { cwd: root, env: { ...surroundings(), CAIRN_PORT: '0', CAIRN_LOG_LEVEL: 'warn', ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...account });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const impatient = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const closed = once(child, 'close');
  if (child.pid !== undefined) await meanwhile?.(child.pid);
  const [code] = (await closed) as [number | null];
  clearTimeout(impatient);
  return { code, ...said };
}

/** A service that `stop` tells to stop while it still starts ends with 0 and never says that it is ready. */
export async function expectStoppedStart(env: Record<string, string>, stop: (pid: number) => Promise<void>): Promise<void> {
  const ended = await startAndEnd(env, {}, stop);
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
}

/** The service, started by whoever is named, ends with 1 and says why on stderr, once and in words. @returns what it said */
export async function expectNoStartAs(account: Account, env: Record<string, string>, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await startAndEnd(env, account);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^Cairn did not start\. \S/);
  expect(stderr).not.toMatch(/^\s+at |node_modules|\.[jt]s:\d|\[object|undefined|Error:/m);
  for (const word of words) expect(stderr).toContain(word);
  return stderr;
}

export const expectNoStart = (env: Record<string, string>, ...words: string[]): Promise<string> => expectNoStartAs({}, env, ...words);
