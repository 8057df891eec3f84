import { setTimeout as sleep } from 'node:timers/promises';
import { Lease } from './lease.js';
import { rebuild, RunnerActive } from './rebuild.js';
import { caughtUp, endSessions, holdingTheLease, type Process, processHoldingTheLease, runnersAtWork, SOON_MS, tablesOf, until } from './runner-testing.js';

const work = runnersAtWork();
const { given, logged, newHouse, runnerOf } = work;

let house: Awaited<ReturnType<typeof newHouse>>;
let here: Process;
let there: Process;
beforeAll(async () => {
  house = await newHouse();
  [here, there] = await Promise.all([house.process('here'), house.process('there')]);
});
afterEach(work.rest);
afterAll(work.close);

describe('one runner is active', () => {
  it('and another takes over soon after a kill -9', async () => {
    const holder = await processHoldingTheLease(house);
    const runner = runnerOf(here);
    runner.start();
    await sleep(150);
    expect(runner.status.active).toBe(false);
    holder.kill('SIGKILL');
    await until(() => runner.status.active, SOON_MS);
    await caughtUp(runner, here);
  });

  it('and stops at once when its connection is lost, so that another may take over', async () => {
    const lease = await Lease.take(here.pool);
    const runner = runnerOf(there);
    const begun = () => logged.filter(({ message }) => message.includes('keeps the read models')).length;
    try {
      runner.start();
      await sleep(50);
      expect(await endSessions(house, holdingTheLease)).toBe(1);
      await until(() => lease?.lost.aborted ?? false, SOON_MS);
      await until(() => begun() === 1, SOON_MS);
    } finally {
      await lease?.release();
    }
    expect(await endSessions(house, holdingTheLease)).toBe(1);
    await until(() => begun() === 2, SOON_MS);
    await caughtUp(runner, there);
  });

  it('and the next takes over from one that is stopped', async () => {
    const [one, two] = [runnerOf(here), runnerOf(there)];
    one.start();
    await until(() => one.status.active);
    two.start();
    await sleep(50);
    await one.stop();
    await until(() => two.status.active, SOON_MS);
    expect(one.status.active).toBe(false);
  });

  it('so the models cannot be rebuilt meanwhile, nor kept while they are', async () => {
    const runner = runnerOf(here);
    runner.start();
    await until(() => runner.status.active);
    const before = await tablesOf(house);
    await expect(rebuild(house.database.connection, given(there))).rejects.toThrow(RunnerActive);
    expect(await tablesOf(house)).toEqual(before);
    await runner.stop();
    const lease = await Lease.take(there.pool);
    expect(lease).toBeDefined();
    expect(await Lease.take(there.pool)).toBeUndefined();
    runner.start();
    await sleep(100);
    expect(runner.status.active).toBe(false);
    await lease?.release();
    await until(() => runner.status.active, SOON_MS);
  });
});
