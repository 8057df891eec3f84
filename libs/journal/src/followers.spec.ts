import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Followers } from './followers.js';
import { ProcessRunner } from './process-runner.js';
import { RunnerStopped } from './runner.js';
import { caughtUp, PATIENCE_MS, runnersAtWork, until, type Logged, type Process } from './runner-testing.js';
import { NotCaughtUp } from './standing.js';
import { tell } from './testing.js';

const work = runnersAtWork();
const followers: Followers[] = [];
const logged: Logged[] = [];
const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
let here: Process;

beforeAll(async () => {
  here = await (await work.newHouse()).process();
});
beforeEach(() => void (logged.length = 0));
afterEach(async () => {
  await Promise.all(followers.splice(0).map((each) => each.stop()));
  await work.rest();
});
afterAll(work.close);

interface Fate {
  readonly active?: boolean;
  readonly position?: number;
  readonly stopped?: string;
  readonly fails?: boolean;
  readonly hangs?: boolean;
}

async function followed(given: Fate, silenceMs?: number): Promise<Followers> {
  const made = following(given, silenceMs);
  await made.start();
  return made;
}

function following(given: unknown, silenceMs?: number): Followers {
  const made = new Followers({
    module: new URL('../test-fixtures/thread.mjs', import.meta.url),
    given,
    journal: here.journal,
    pool: here.pool,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    ...(silenceMs !== undefined && { silenceMs }),
  });
  followers.push(made);
  return made;
}

const waits = () => logged.filter(({ message }) => message === 'Somebody waits.').length;

describe('what follows the log in a thread', () => {
  it('is asked only for what it has not told', async () => {
    const made = await followed({ position: 7 });
    await made.waitFor(7, PATIENCE_MS);
    expect(waits()).toBe(0);
    await made.waitFor(9, PATIENCE_MS);
    await made.waitFor(8, PATIENCE_MS);
    expect(logged).toEqual([{ level: 'info', fields: { position: 9, withinMs: PATIENCE_MS }, message: 'Somebody waits.' }]);
    expect(await made.status()).toEqual({
      working: true, head: 0, readModels: { active: true, position: 9 }, processes: { active: true, processes: [{ name: 'counting', position: 7, refused: 2 }] },
    });
  });

  it('is asked as soon as it is there by whoever waited while it was not', async () => {
    const made = following({});
    const waiting = Promise.all([made.waitFor(9, PATIENCE_MS), made.waitFor(8, PATIENCE_MS)]);
    await made.start();
    await waiting;
    expect(waits()).toBe(1);
  });

  it('is started again also where it cannot even be made', async () => {
    const made = following({ nobodyCanSend: () => {} });
    await made.start();
    expect(await made.status()).toMatchObject({ working: false });
    // By now it may have been tried more than once.
    expect([...new Set(logged.map(({ message }) => message))]).toEqual(['The thread that keeps the read models and runs the processes has ended, and is started again.']);
  });

  it('says at once that it stands still for good, and holds what it holds', async () => {
    const made = await followed({ active: false, position: 7, stopped: 'The read models stopped after position 7.' });
    await made.waitFor(7, PATIENCE_MS);
    await expect(made.waitFor(8, PATIENCE_MS)).rejects.toThrow(RunnerStopped);
    expect((await made.status()).readModels.stopped).toBe('The read models stopped after position 7.');
  });

  it('knows how far it is where another process keeps and runs it', async () => {
    const processes = new ProcessRunner({ journal: here.journal, pool: here.pool, processes: [{ name: 'counting', from: 'beginning', react: () => [] }], log: { info() {}, warn() {}, error() {} } });
    const runner = work.runnerOf(here);
    runner.start();
    processes.start();
    await tell(here.journal, randomUUID(), 3);
    const head = await caughtUp(runner, here);
    await until(() => processes.status.processes[0]?.position === head);
    const made = await followed({ active: false });
    expect(await made.status()).toEqual({ working: true, head, readModels: { active: false, position: head }, processes: { active: false, processes: [{ name: 'counting', position: head, refused: 2 }] } });
    await processes.stop();
  });

  it('is started again and again, ever more seldom, and says that it does not work', async () => {
    const made = await followed({ fails: true });
    expect(await made.status()).toMatchObject({ working: false });
    const deaths = () => logged.flatMap(({ level, fields }) => (level === 'error' ? [(fields as { retryInMs: number }).retryInMs] : []));
    await until(() => deaths().length >= 3);
    expect(deaths().slice(0, 3)).toEqual([100, 200, 400]);
    await expect(made.waitFor(1, 50)).rejects.toThrow(NotCaughtUp);
  });

  it('is ended when it hangs, and started anew', async () => {
    const made = await followed({ position: 7, hangs: true }, 400);
    expect(await made.status()).toMatchObject({ working: true });
    await until(() => logged.length >= 2);
    expect(logged.slice(0, 2).map(({ level, fields }) => [level, fields])).toEqual([['error', { fault: 'silence', retryInMs: 100 }], ['error', { fault: 'silence', retryInMs: 200 }]]);
  });

  it('lets nobody wait who waits when it is stopped, and is not started again', async () => {
    const made = await followed({ active: false });
    const waiting = expect(made.waitFor(1, PATIENCE_MS)).rejects.toThrow(NotCaughtUp);
    await made.stop();
    await waiting;
    await pause(300);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(await made.status()).toMatchObject({ working: false });
  });
});
