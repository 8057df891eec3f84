import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignInRefused } from './refused.js';
import { localSignIn } from './sign-in.js';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-refused-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

const start = (nodeEnv: string | undefined, host: string) => localSignIn({ dataDir, audience: 'cairn', nodeEnv, host, onFault: () => undefined });

describe('the demonstration sign-in', () => {
  it('does not start in production, and leaves nothing behind', async () => {
    await expect(start('production', '127.0.0.1')).rejects.toThrow(SignInRefused);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.each(['0.0.0.0', '::', '', '192.168.1.4', 'cairn.example', 'localhost.example', '127.0.0.1.example', '::ffff:10.0.0.1'])('does not start where others reach it: %s', async (host) => {
    await expect(start('test', host)).rejects.toThrow(SignInRefused);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1', '[::1]'])('starts on this machine: %s', async (host) => {
    await expect(start(undefined, host)).resolves.toBeDefined();
  });
});
