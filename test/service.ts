import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { mintToken } from '@cairn/access/sign-in/mint.js';
import type { Role } from '@cairn/access/roles.js';
import { prepare } from './prepared.js';

/** What the service prints once it can be used. */
export interface ReadyLine {
  readonly ready: true;
  readonly url: string;
  readonly dataDir: string;
  readonly pids: unknown;
}

export interface Speaker {
  /** `w1` for a worker, else the role with its first site: `researcher-s1`. */
  readonly subject?: string;
  /** `['s1']` when left out. */
  readonly sites?: readonly string[];
  readonly staff?: string;
  readonly name?: string;
}

/** The built service in a process of its own. */
export interface Service {
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  readonly ready: ReadyLine;
  /** An access token of its own sign-in server, good for an hour. */
  token(role: Role, speaker?: Speaker): Promise<string>;
  /** SIGTERM, and waits until it has left; a data directory it was not given goes with it. */
  stop(): Promise<void>;
  /** SIGKILL; the data directory stays, to start on it again. */
  kill(): Promise<void>;
  /** Everything it has printed so far. */
  logs(): string;
}

/** The process of the embedded PostgreSQL that a service uses. */
export const postgresOf = ({ ready }: Pick<Service, 'ready'>): number => (ready.pids as number[])[1] ?? 0;

export const root = resolve(import.meta.dirname, '..');
const pinned = join(root, 'node_modules', '.bin', 'node');
/** The Node that npm scripts use. */
export const node = existsSync(pinned) ? pinned : process.execPath;

/** On a machine that others use as well. */
const READY_MS = 90_000;
const STOP_MS = 60_000;

/** Those at work, by what stops them: where a spec fails and leaves one behind, test/environment.mjs sees to it. */
const atWork: Set<() => Promise<void>> = ((globalThis as { cairnServices?: Set<() => Promise<void>> }).cairnServices ??= new Set());

/**
 * Starts the built service on a free port and waits until it says it is ready. Without settings of its own it finds in an empty data
 * directory what a first start leaves there.
 *
 * @param dataDir a fresh one when left out
 * @throws Error with the tail of its output when it is not ready in 90 s, or ends before
 */
export async function startService({ env, dataDir }: { env?: Record<string, string>; dataDir?: string } = {}): Promise<Service> {
  const place = dataDir ?? (await mkdtemp(join(tmpdir(), 'cairn-service-')));
  if (!env) await prepare(place, async (prepared) => (await start({}, prepared)).stop());
  const service = await start(env ?? {}, place);
  return {
    ...service,
    stop: async () => {
      await service.stop();
      if (dataDir === undefined) await rm(place, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function start(env: Record<string, string>, place: string): Promise<Service> {
  const { settings, flags, main } = startedBy();
  if (!existsSync(join(root, main))) throw new Error(`There is no ${main}. Run "npm run build" first.`);
  const child = spawn(node, [...flags, main], { cwd: root, env: { ...surroundings(), ...settings, CAIRN_PORT: '0', CAIRN_DATA_DIR: place, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ready: ReadyLine | undefined;
  const left = new Promise<void>((done) => child.once('exit', () => done()));
  const announced = new Promise<void>((done) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      ready ??= readyLineIn(output);
      if (ready) done();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    if (await Promise.race([left.then(() => true), after(STOP_MS)])) return;
    child.kill('SIGKILL');
    await left;
    throw new Error(`The service did not stop in ${STOP_MS / 1000} s. Its last words:\n${output.slice(-4000)}`);
  };
  const stop = () => end('SIGTERM');
  atWork.add(stop);
  void left.then(() => atWork.delete(stop));
  await Promise.race([announced, left, after(READY_MS)]);
  if (ready === undefined || child.pid === undefined) {
    const ended = child.exitCode ?? child.signalCode;
    await end('SIGKILL');
    throw new Error(`The service ${ended === null ? `was not ready in ${READY_MS / 1000} s` : `ended (${ended}) before it was ready`}. Its last words:\n${output.slice(-4000)}`);
  }
  const { url } = ready;
  return {
    url,
    dataDir: place,
    pid: child.pid,
    ready,
    token: (role, speaker = {}) => tokenFor(url, place, role, speaker),
    stop,
    kill: () => end('SIGKILL'),
    logs: () => output,
  };
}

/** What `npm start` starts, and how: package.json alone says it. */
export function startedBy(): { settings: Record<string, string>; flags: string[]; main: string } {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const words = scripts.start.split(' ');
  const [before, [, ...after]] = [words.slice(0, words.indexOf('node')), words.slice(words.indexOf('node'))];
  return { settings: Object.fromEntries(before.map((each) => each.split('='))) as Record<string, string>, flags: after.slice(0, -1), main: after.at(-1) ?? '' };
}

/** This process's environment without what would configure Cairn. */
export function surroundings(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CAIRN_|DATABASE_URL$|KURRENTDB_URL$|NODE_ENV$|NODE_OPTIONS$)/.test(name)));
}

function tokenFor(url: string, dataDir: string, role: Role, { sites = ['s1'], subject = role === 'worker' ? 'w1' : [role, ...sites.slice(0, 1)].join('-'), staff, name }: Speaker): Promise<string> {
  const account = { subject, roles: [role], sites, ...(staff !== undefined && { staff }), ...(name !== undefined && { name }) };
  return mintToken({ dataDir, issuer: `${url}/sign-in`, audience: 'cairn', account, expiresInSeconds: 3600 });
}

function readyLineIn(output: string): ReadyLine | undefined {
  const line = output.split('\n').find((text) => text.startsWith('{') && text.includes('"ready":true') && text.trimEnd().endsWith('}'));
  return line === undefined ? undefined : (JSON.parse(line) as ReadyLine);
}

function after(milliseconds: number): Promise<undefined> {
  return new Promise((done) => setTimeout(done, milliseconds, undefined).unref());
}
