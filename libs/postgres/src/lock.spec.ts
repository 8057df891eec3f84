import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { locked } from './lock.js';
import { ownIdentity } from './process-identity.js';

describe('the lock of a directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cairn-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('lets one in at a time, however many come at once, and keeps few traces', async () => {
    let inside = 0;
    let most = 0;
    const enter = (): Promise<void> =>
      locked(directory, async () => {
        most = Math.max(most, ++inside);
        await pause(2);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 30 }, enter));
    expect(most).toBe(1);
    expect((await readdir(directory)).length).toBeLessThan(20);
  });

  it('is free again after an error', async () => {
    await expect(locked(directory, () => Promise.reject(new Error('fell')))).rejects.toThrow('fell');
    expect(await locked(directory, async () => 'in')).toBe('in');
  });

  it.each([
    ['of a process that is gone', { pid: 4_194_304, started: 'x/1' }],
    ['of an earlier process with the number of a living one', { pid: process.pid, started: 'x/1' }],
    ['that was cut off while it was written', undefined],
  ])('takes over a turn %s', async (_, holder) => {
    await writeFile(join(directory, 'turn.7'), holder ? JSON.stringify(holder) : '{"pid":');
    expect(await locked(directory, async () => 'in')).toBe('in');
  });

  it('names a living holder that does not let go', async () => {
    await writeFile(join(directory, 'turn.7'), JSON.stringify(await ownIdentity()));
    await expect(locked(directory, async () => 'in', 60)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(`Process ${process.pid}`),
    });
  });
});
