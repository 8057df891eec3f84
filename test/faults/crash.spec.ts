import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { signedIn } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { identityOf } from '@cairn/postgres/process-identity.js';
import { postgresOf, startService, type Service } from '../service.js';
import { until } from '../patience.js';
import { startLoad, untilTaken, type Load } from './load.js';
import { Api, haveParticipant, haveProgramme, issueWorkbook, type Problem } from './record.js';
import { expectWhole } from './whole.js';

let dataDir: string;
let api: Api;
let participants: string[];

const start = async () => {
  api = new Api(await startService({ dataDir }));
};

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-crash-'));
  await start();
  await haveProgramme(api);
});
beforeEach(async () => {
  participants = await Promise.all([1, 2, 3].map(() => haveParticipant(api)));
  for (const participant of participants) await issueWorkbook(api, participant);
});
afterAll(async () => {
  await api.service.stop();
  expect(await alive(api.service.ready.pids as number[])).toEqual([]);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const underLoad = (requestsEach = 32): Load => startLoad(() => api, participants, requestsEach);
const lives = async (pid: number) => (await identityOf(pid)) !== undefined;
const alive = async (pids: readonly number[]) => (await Promise.all(pids.map(async (pid) => ((await lives(pid)) ? [pid] : [])))).flat();

/** The load has met the fault, and has no worse to tell of it than this. */
function expectSetbacks({ setbacks, refused }: Load, ...codes: string[]): void {
  expect([...setbacks.keys()].filter((code) => !codes.includes(code))).toEqual([]);
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([409]));
}

const passing = ['503 store-unavailable', '503 database-unavailable', '503 busy'];

it('kill -9 of the service, twice under load: all that was acknowledged is there once, and a retry tells what became of the rest', async () => {
  const load = underLoad();
  for (const taken of [20, 60]) {
    await untilTaken(load, taken);
    await api.service.kill();
    await start();
  }
  await load.done;
  expect(load.setbacks.get('connection')).toBeGreaterThan(0);
  expectSetbacks(load, 'connection', ...passing);
  await expectWhole(api, participants, load);
});

/** Asks for histories, summaries and readiness until then; how each was answered. */
async function readUntil(done: Promise<void>): Promise<Set<string>> {
  const answered = new Set<string>();
  let over = false;
  const end = () => (over = true);
  void done.then(end, end);
  while (!over) {
    for (const path of ['', '/history', '/timeline', '/sessions', '/replay']) {
      const answer = await api.send('GET', `/v1/participants/${participants[0] ?? ''}${path}`, { as: 'trial-manager' });
      answered.add(answer.status === 200 ? '200' : `${answer.status} ${(answer.json() as Problem).code}`);
    }
    const ready = await fetch(`${api.service.url}/ready`);
    expect([200, 503]).toContain(ready.status);
    expect((await fetch(`${api.service.url}/health`)).status).toBe(200);
  }
  return answered;
}

it('kill -9 of the database server under load: the service says 503, has it started again, and goes on', async () => {
  const killed = postgresOf(api.service);
  const load = underLoad();
  await untilTaken(load, 20);
  const reading = readUntil(load.done);
  process.kill(killed, 'SIGKILL');
  const readings = await reading;
  await load.done;
  expectSetbacks(load, ...passing);
  expect([...readings].filter((answered) => !['200', ...passing, '503 access-log-unavailable', '503 not-caught-up'].includes(answered))).toEqual([]);
  expect(readings.size).toBeGreaterThan(1);
  expect(await lives(killed)).toBe(false);
  await expectWhole(api, participants, load);
});

it('kill -9 of a session of the database under load: every session is lost, nothing else', async () => {
  const server = await startEmbedded({ dataDir });
  const [writer] = await signedIn(server.connection, async (client) => (await client.query<{ pid: number }>("select pid from pg_stat_activity where application_name = 'cairn log writer'")).rows);
  const { pid } = server;
  await server.release();
  if (!writer) throw new Error('Nobody writes the log.');
  const load = underLoad();
  await untilTaken(load, 20);
  process.kill(writer.pid, 'SIGKILL');
  await load.done;
  expectSetbacks(load, ...passing);
  expect(await lives(pid)).toBe(true);
  await expectWhole(api, participants, load);
});

/** The lines of a service's log since it was told to stop, once the last is there. */
async function lastWords(service: Service): Promise<string[]> {
  return until(() => {
    const lines = service.logs().split('\n').filter((line) => line !== '');
    return lines.at(-1)?.includes('"Stopped."') ? lines.slice(lines.findIndex((line) => line.includes('"Stopping:'))) : undefined;
  });
}

/** Everything that ran has ended, and nothing tells of it any more. */
async function expectGone({ ready }: Service): Promise<void> {
  expect(await alive(ready.pids as number[])).toEqual([]);
  expect(await readdir(join(dataDir, 'services'))).toEqual([]);
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
}

it('SIGTERM under load: what was taken in is answered, and nothing is left running', async () => {
  const load = underLoad();
  await untilTaken(load, 20);
  const before = api.service;
  expect(await readdir(join(dataDir, 'services'))).toEqual([`${before.pid}.json`]);
  await before.stop();
  await expectGone(before);
  await start();
  await load.done;
  expectSetbacks(load, 'connection');
  const words = await lastWords(before);
  expect(words.filter((line) => /"status":5|did not close cleanly|"level":"(warn|error)"/.test(line))).toEqual([]);
  await expectWhole(api, participants, load);
});

it('Ctrl-C twice, with a request half sent and a connection that asks nothing: stops once, cleanly, and soon', async () => {
  const before = api.service;
  const port = Number(new URL(before.url).port);
  const silent = connect(port, '127.0.0.1');
  const half = connect(port, '127.0.0.1', () => half.write('POST /v1/participants HTTP/1.1\r\nHost: x\r\nContent-'));
  const closed = [silent, half].map((socket) => new Promise((done) => socket.resume().on('error', () => undefined).once('close', done)));
  await until(() => half.bytesWritten > 0 && silent.readyState === 'open');
  const began = Date.now();
  process.kill(before.pid, 'SIGINT');
  process.kill(before.pid, 'SIGINT');
  await Promise.all(closed);
  // What is under way is waited for, ten seconds at most: these are nothing of the kind.
  expect(Date.now() - began).toBeLessThan(9_000);
  await until(async () => !(await lives(before.pid)));
  await expectGone(before);
  expect((await lastWords(before)).filter((line) => line.includes('"Stopping:'))).toHaveLength(1);
  await start();
});
