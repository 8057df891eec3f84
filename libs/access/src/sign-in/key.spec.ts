import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { signInKey, signInKeyFile, SignInKeyUnusable } from './key.js';
import { mintToken } from './mint.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-key-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

describe('the sign-in key', () => {
  it('is made once, for its owner alone, and stays', async () => {
    const made = await signInKey(dataDir);
    const file = signInKeyFile(dataDir);
    expect(file).toBe(join(dataDir, 'sign-in', 'key.json'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'sign-in'))).mode & 0o777).toBe(0o700);
    expect(await signInKey(dataDir)).toEqual(made);
    expect(await readdir(join(dataDir, 'sign-in'))).toEqual(['key.json']);
  });

  it('is the same for all first starts at once', async () => {
    for (const round of ['a', 'b', 'c', 'd']) {
      const own = join(dataDir, round);
      const keys = await Promise.all(Array.from({ length: 24 }, (_, start) => pause(start % 6).then(() => signInKey(own))));
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
      expect(await readdir(join(own, 'sign-in'))).toEqual(['key.json']);
    }
  });

  it('is refused when others may read it, or it is damaged, and left as it is', async () => {
    await signInKey(dataDir);
    const file = signInKeyFile(dataDir);
    await chmod(file, 0o640);
    await expect(signInKey(dataDir)).rejects.toThrow(/Others on this machine.*640/);
    await chmod(file, 0o600);
    for (const text of ['', '{}', '{"kty":"EC"}', 'null']) {
      await writeFile(file, text);
      await expect(signInKey(dataDir)).rejects.toThrow(SignInKeyUnusable);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('is refused with a reason when it cannot be made', async () => {
    await writeFile(join(dataDir, 'sign-in'), 'a file in the way');
    await expect(signInKey(dataDir)).rejects.toThrow(/cannot be (made|read) \((EEXIST|ENOTDIR)\)/);
  });
});

describe('a minted token', () => {
  const account = { subject: 'w7', roles: ['worker'], sites: ['s1'] } as const;

  it('needs the key of a sign-in that has run, and makes none', async () => {
    await expect(mintToken({ dataDir, issuer: 'http://127.0.0.1:1/sign-in', audience: 'cairn', account, expiresInSeconds: 60 })).rejects.toThrow(/no sign-in key/);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('is signed with it, and names a worker by their subject', async () => {
    const { kid } = await signInKey(dataDir);
    const token = await mintToken({ dataDir, issuer: 'http://127.0.0.1:1/sign-in', audience: 'cairn', account, expiresInSeconds: 60 });
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid, typ: 'at+jwt' });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ sub: 'w7', roles: ['worker'], sites: ['s1'], staff: 'w7', aud: 'cairn' });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
  });
});
