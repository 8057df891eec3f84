import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { node, root, surroundings } from '../service.js';

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command line to its end, away from any terminal. */
export function cairn(args: readonly string[], { dataDir, env = {} }: Options): Promise<Said> {
  const main = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const child = spawn(node, ['--enable-source-maps', main, ...args], { cwd: root, env: { ...surroundings(), CAIRN_DATA_DIR: dataDir, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, stdout, stderr })));
}

/** The environment in which the command line kills itself, or another process, as it writes a certain line. */
export function killingAt(line: number, pid?: number): Record<string, string> {
  return { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'deadly.mjs')).href}`, KILL_AT: String(line), ...(pid !== undefined && { KILL: String(pid) }) };
}

const directories: string[] = [];
afterAll(() => Promise.all(directories.splice(0).map((each) => rm(each, { recursive: true, force: true }))));

/** A file with this content, in a directory of its own, until the spec ends. */
export async function fileOf(content: unknown): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'cairn-record-'));
  directories.push(directory);
  const path = join(directory, 'history.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}
