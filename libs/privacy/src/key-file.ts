import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES, KeyEncryptionKey } from './key-encryption-key.js';

/** The record was sealed with a key file that is not there. Nothing was made or changed. */
export class KeyFileMissing extends Error {}
/** This is a key, but not the one that the participants' keys are wrapped with. Nothing was changed. */
export class KeyFileWrong extends Error {}
/** Others on this machine could read or replace the key file. Nothing was changed. */
export class KeyFileUnsafe extends Error {}
/** What should be a key is none: damaged, cut short, or of a format that this release does not know. */
export class KeyMalformed extends Error {}
/** The key file can be neither read nor made, for a reason the system gave. */
export class KeyFileUnusable extends Error {}

interface KeySource {
  /** Path of the key file, in a directory of its own. */
  readonly file: string;
  /** The key itself as base64 of 32 bytes; the file is then neither read nor made. */
  readonly fromEnvironment?: string | undefined;
  /** Whether a missing file may be made: only while the database has no keyring (`Keyring.isNew`). */
  readonly mayCreate: boolean;
}

/**
 * The key-encryption key, from the environment or the file; on the very first start the file is made (0600, in a directory
 * made 0700). Starts that race to make it all end with the same key.
 *
 * @throws KeyFileMissing, KeyFileUnsafe, KeyMalformed, KeyFileUnusable
 */
export async function loadKeyEncryptionKey({ file, fromEnvironment, mayCreate }: KeySource): Promise<KeyEncryptionKey> {
  if (fromEnvironment !== undefined) return keyFromEnvironment(fromEnvironment);
  const present = await readKeyFile(file);
  if (present) {
    // Whoever made it may have stopped before its name in the directory was durable.
    if (mayCreate) await sync(dirname(file));
    return present;
  }
  if (!mayCreate)
    throw new KeyFileMissing(
      `The key file ${file} is missing, and this record was sealed with it. A new key could not open it, so none was made and nothing was changed. ` +
        'Put the file back from its backup, or pass its key through the environment, and start again.',
    );
  await makeKeyFile(file);
  const made = await readKeyFile(file);
  if (!made) throw new KeyFileUnusable(`The key file ${file} vanished as soon as it was made. Check what else works in ${dirname(file)}.`);
  return made;
}

function keyFromEnvironment(text: string): KeyEncryptionKey {
  const bytes = decode(text.trim());
  if (!bytes)
    throw new KeyMalformed(`The key in the environment is not base64 of ${KEY_BYTES} bytes. Make one with: openssl rand -base64 ${KEY_BYTES}`);
  return new KeyEncryptionKey(bytes, 'the key from the environment');
}

async function readKeyFile(file: string): Promise<KeyEncryptionKey | undefined> {
  const text = await readPrivately(file);
  return text === undefined ? undefined : parse(text, file);
}

/** The file's text when nobody else can touch it; undefined when there is no file. */
async function readPrivately(file: string): Promise<string | undefined> {
  try {
    // Non-blocking, so that a pipe in the file's place is refused below rather than waited on.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw new KeyFileUnusable(`${file} should be the key file but is no ordinary file. Move it away or name another file.`);
    if (found.mode & 0o077)
      throw new KeyFileUnsafe(`The key file ${file} is open to others on this machine (mode ${octal(found.mode)}). Run: chmod 600 '${file}'`);
    await refuseSharedDirectory(dirname(file));
    return await handle.readFile('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw explained(error, file, 'read');
  }
}

async function refuseSharedDirectory(directory: string): Promise<void> {
  const { mode } = await stat(directory);
  if (mode & 0o022)
    throw new KeyFileUnsafe(
      `Others on this machine may replace the key file: its directory ${directory} has mode ${octal(mode)}. Run: chmod 700 '${directory}'`,
    );
}

/** Makes the file whole or not at all, and durable before anything is sealed with it; a file that is there by then stays. */
async function makeKeyFile(file: string): Promise<void> {
  const directory = dirname(file);
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await refuseSharedDirectory(directory);
    await write(draft, format(randomBytes(KEY_BYTES)));
    // A link, unlike a rename, never replaces the file of another start that was quicker.
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw explained(error, file, 'made');
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
  await sync(directory);
}

async function write(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function sync(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}

function format(bytes: Buffer): string {
  return [
    'cairn key-encryption key, version 1',
    `id ${new KeyEncryptionKey(bytes, 'a new key').id}`,
    `key ${bytes.toString('base64')}`,
    '# Without this file no participant\'s record can be read. Keep a copy of it apart from the database and its backups.',
    '',
  ].join('\n');
}

function parse(text: string, file: string): KeyEncryptionKey {
  const damaged = `The key file ${file} is damaged`;
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const version = /^cairn key-encryption key, version (\d+)$/.exec(lines[0] ?? '')?.[1];
  if (version === undefined) throw new KeyMalformed(`${file} is not a key file of Cairn. Put the right file back from its backup.`);
  if (version !== '1') throw new KeyMalformed(`The key file ${file} is of version ${version}; this release reads version 1. Run the release that made it.`);
  const id = /^id ([0-9a-f]{16})$/.exec(lines[1] ?? '')?.[1];
  const bytes = decode(/^key (\S+)$/.exec(lines[2] ?? '')?.[1] ?? '');
  if (id === undefined || !bytes || lines.length !== 3)
    throw new KeyMalformed(`${damaged}: it should hold an id and a key of ${KEY_BYTES} bytes in base64. Put it back from its backup.`);
  const key = new KeyEncryptionKey(bytes, `the key file ${file}`);
  if (key.id !== id) throw new KeyMalformed(`${damaged}: its key is not the one its id names. Put it back from its backup.`);
  return key;
}

function decode(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === KEY_BYTES && bytes.toString('base64') === base64 ? bytes : undefined;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the system said, with the file it said it of; our own refusals as they are. */
function explained(error: unknown, file: string, what: 'read' | 'made'): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const cure = 'Check the directory and who owns it, name another file, or pass the key through the environment.';
  return new KeyFileUnusable(`The key file ${file} could not be ${what} (${code}). ${cure}`, { cause: error });
}
