import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KeyFileMissing, KeyFileUnsafe, KeyFileUnusable, KeyMalformed, loadKeyEncryptionKey } from './key-file.js';

let home: string;
let directory: string;
let file: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cairn keys '));
  directory = join(home, 'keys');
  file = join(directory, 'cairn.key');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const load = (mayCreate = false) => loadKeyEncryptionKey({ file, mayCreate });
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the key file', () => {
  it('is made on a first start, for its owner alone, and read ever after', async () => {
    const made = await load(true);
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(directory)).toBe(0o700);
    expect((await load()).id).toBe(made.id);
    expect((await load(true)).id).toBe(made.id);
    expect((await load()).derive('etag')).toEqual(made.derive('etag'));
  });

  it('is private whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await load(true);
    } finally {
      process.umask(before);
    }
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(directory)).toBe(0o700);
  });

  it('is one key when many first starts race, and leaves no draft behind', async () => {
    const keys = await Promise.all(Array.from({ length: 30 }, (_, i) => pause(i / 2).then(() => load(true))));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['cairn.key']);
  });

  it('when lost is refused, not replaced, and nothing is touched', async () => {
    await expect(load()).rejects.toThrow(KeyFileMissing);
    await expect(load()).rejects.toThrow(/key file .*cairn\.key is missing.*none was made and nothing was changed.*backup/);
    expect(await readdir(home)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o660, 0o644, 0o601])('with mode %o is refused, with the cure', async (mode) => {
    await load(true);
    await chmod(file, mode);
    await expect(load()).rejects.toThrow(KeyFileUnsafe);
    await expect(load()).rejects.toThrow(`chmod 600 '${file}'`);
    await chmod(file, 0o400);
    await expect(load()).resolves.toBeDefined();
  });

  it.each([true, false])('in a directory where others may write is refused (first start: %s)', async (first) => {
    if (!first) await load(true);
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o770);
    await expect(load(true)).rejects.toThrow(KeyFileUnsafe);
    expect(await readdir(directory)).toEqual(first ? [] : ['cairn.key']);
  });

  it('cut short or altered anywhere is refused, never read as another key', async () => {
    await load(true);
    const whole = await readFile(file, 'utf8');
    const key = whole.split('\n')[2]?.slice('key '.length) ?? '';
    const damaged = [
      '',
      '\n',
      whole.slice(0, 60),
      whole.replace(key, ''),
      whole.replace(key, key.slice(0, -4)),
      whole.replace(key, randomBytes(32).toString('base64')),
      whole.replace(key, randomBytes(31).toString('base64')),
      whole.replace(key, randomBytes(33).toString('base64')),
      whole.replace(key, `${key}!`),
      whole.replace('id ', 'ID '),
      `${whole}key ${key}\n`,
      randomBytes(32).toString('latin1'),
    ];
    for (const text of damaged) {
      await writeFile(file, text);
      await expect(load(true)).rejects.toThrow(KeyMalformed);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('of a later version is refused by name', async () => {
    await load(true);
    await writeFile(file, (await readFile(file, 'utf8')).replace('version 1', 'version 2'));
    await expect(load()).rejects.toThrow('is of version 2; this release reads version 1');
  });

  it('may have been through an editor that ends lines otherwise', async () => {
    const { id } = await load(true);
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
    expect((await load()).id).toBe(id);
  });

  it('may be a link to a private file', async () => {
    const { id } = await load(true);
    await symlink(file, join(home, 'link'));
    expect((await loadKeyEncryptionKey({ file: join(home, 'link'), mayCreate: false })).id).toBe(id);
  });

  it('that is no ordinary file is refused, a pipe without waiting on it', async () => {
    await mkdir(file, { recursive: true, mode: 0o700 });
    await expect(load(true)).rejects.toThrow(KeyFileUnusable);
    await rm(file, { recursive: true });
    execFileSync('mkfifo', ['-m', '600', file]);
    await expect(load(true)).rejects.toThrow(KeyFileUnusable);
  });

  it('that cannot be made says which, and why', async () => {
    await writeFile(directory, 'not a directory');
    await expect(load(true)).rejects.toThrow(KeyFileUnusable);
    await expect(load(true)).rejects.toThrow(/cairn\.key could not be (read|made) \(ENOTDIR\)/);
  });
});

describe('the key from the environment', () => {
  const fromEnvironment = randomBytes(32).toString('base64');

  it('is used instead of the file, which is not made', async () => {
    const key = await loadKeyEncryptionKey({ file, fromEnvironment, mayCreate: true });
    expect(key.origin).toBe('the key from the environment');
    expect(await readdir(home)).toEqual([]);
    expect((await loadKeyEncryptionKey({ file, fromEnvironment: `${fromEnvironment}\n`, mayCreate: false })).id).toBe(key.id);
  });

  it.each(['', 'secret', randomBytes(31).toString('base64'), randomBytes(33).toString('base64'), randomBytes(32).toString('hex'), `${fromEnvironment}${fromEnvironment}`])(
    'is refused when it is not 32 bytes: %j',
    async (wrong) => {
      const loading = loadKeyEncryptionKey({ file, fromEnvironment: wrong, mayCreate: true });
      await expect(loading).rejects.toThrow(KeyMalformed);
      await expect(loading).rejects.toThrow(/openssl rand/);
      if (wrong) await expect(loading).rejects.not.toThrow(wrong);
    },
  );
});

describe('a key-encryption key', () => {
  it('derives a different secret for every label, and shows none of itself when printed', async () => {
    const bytes = randomBytes(32);
    const key = await loadKeyEncryptionKey({ file, fromEnvironment: bytes.toString('base64'), mayCreate: false });
    const secrets = ['fingerprint', 'event-id', 'etag', 'wrapping', 'check', 'id'].map((label) => key.derive(label).toString('hex'));
    expect(new Set(secrets).size).toBe(6);
    expect(secrets.some((secret) => secret.startsWith(key.id))).toBe(false);
    expect(secrets.map((secret) => Buffer.from(secret, 'hex').toString('base64url'))).not.toContain(key.checkValue);
    const { inspect } = await import('node:util');
    const printed = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(printed).not.toContain(bytes.toString(form));
  });
});
