import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '@cairn/assembly/config.js';
import { loadKeyEncryptionKey } from '@cairn/privacy/key-file.js';
import type { Examined, KeysHeader } from './backup-format.js';
import { exits, Failure } from './failure.js';

/**
 * The key file to put in place; undefined when the key comes from the environment.
 *
 * @throws Failure when the key at hand is not the one that the keys are wrapped with, or another key file is where this one belongs
 * @throws KeyMalformed
 */
export async function keyFor({ key, keyFile }: Pick<Config, 'key' | 'keyFile'>, { header, keyText, path }: Examined<KeysHeader>): Promise<string | undefined> {
  if (key !== undefined) {
    const { id } = await loadKeyEncryptionKey({ file: keyFile, fromEnvironment: key, mayCreate: false });
    if (id !== header.key) throw new Failure(exits.unusable, `CAIRN_KEY is the key ${id}, but the keys of ${path} were wrapped with the key ${header.key}.`, 'Set CAIRN_KEY to that one, or unset it where the keys file holds the key. Nothing was touched.');
    return undefined;
  }
  if (keyText === undefined) throw new Failure(exits.unusable, `The key over the keys of ${path} came from the environment and is not in it.`, `Set CAIRN_KEY to the key ${header.key} and run the same command again. Nothing was touched.`);
  if (idIn(keyText) !== header.key) throw new Failure(exits.unusable, `The key in ${path} is not the one its keys were wrapped with.`, 'Take another backup. Nothing was touched.');
  if (existsSync(keyFile) && (await readFile(keyFile, 'utf8')) !== keyText)
    throw new Failure(exits.unusable, `There is another key file already: ${keyFile}. What it opens would be lost with it.`, 'Move it away, or name another with CAIRN_KEY_FILE. Nothing was touched.');
  return keyText;
}

function idIn(keyText: string): string | undefined {
  return /^id ([0-9a-f]{16})$/m.exec(keyText)?.[1];
}

/** Readable by its owner alone, and on disk before anything that it opens is. */
export async function placeKey({ keyFile }: Pick<Config, 'keyFile'>, key: string | undefined): Promise<void> {
  if (key === undefined || existsSync(keyFile)) return;
  const directory = dirname(keyFile);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using file = await open(keyFile, 'wx', 0o600);
  await file.writeFile(key);
  await file.sync();
  await using holder = await open(directory, 'r');
  await holder.sync();
}
