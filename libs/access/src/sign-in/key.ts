import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

/** The key that signs the demonstration's tokens, as a private JWK. */
export interface SigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
  readonly kid: string;
}

/** What whoever checks its signatures may know of it. */
export function publicPart({ kty, crv, x, y, alg, use, kid }: SigningKey): Omit<SigningKey, 'd'> {
  return { kty, crv, x, y, alg, use, kid };
}

/** The key file of the demonstration sign-in is missing, damaged, open to others, or cannot be made. Nothing was changed. */
export class SignInKeyUnusable extends Error {}

export function signInKeyFile(dataDir: string): string {
  return join(dataDir, 'sign-in', 'key.json');
}

/**
 * The key kept in `<dataDir>/sign-in/key.json`, made on the first start (0600). Starts that race all end with the same key.
 *
 * @throws SignInKeyUnusable
 */
export async function signInKey(dataDir: string): Promise<SigningKey> {
  const file = signInKeyFile(dataDir);
  const present = await keptKey(file);
  if (present) return present;
  await make(file).catch((error: unknown) => {
    throw new SignInKeyUnusable(`The sign-in key ${file} cannot be made (${codeOf(error) ?? 'unknown reason'}). Check who owns the directory and whether its disk is full.`, {
      cause: error,
    });
  });
  return existingSignInKey(dataDir);
}

/**
 * The same key, for a process that must not make one: a token signed with a fresh key would be refused by the service.
 *
 * @throws SignInKeyUnusable
 */
export async function existingSignInKey(dataDir: string): Promise<SigningKey> {
  const file = signInKeyFile(dataDir);
  const key = await keptKey(file);
  if (!key) throw new SignInKeyUnusable(`There is no sign-in key at ${file}. Start Cairn with this data directory and its own sign-in once, then try again.`);
  return key;
}

async function keptKey(file: string): Promise<SigningKey | undefined> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if (mode & 0o077)
      throw new SignInKeyUnusable(`Others on this machine may use the sign-in key ${file} (mode ${(mode & 0o777).toString(8)}) and sign in as anyone. Delete it; the next start makes another.`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof SignInKeyUnusable) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new SignInKeyUnusable(`The sign-in key ${file} cannot be read (${codeOf(error) ?? 'unknown reason'}). Check who owns it.`, { cause: error });
  }
  return parse(text, file);
}

function parse(text: string, file: string): SigningKey {
  const damaged = new SignInKeyUnusable(`The sign-in key ${file} is damaged. Delete it: the next start makes another, and people sign in again.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged;
  }
  if (!isSigningKey(value)) throw damaged;
  return value;
}

function isSigningKey(value: unknown): value is SigningKey {
  if (typeof value !== 'object' || value === null) return false;
  const key = value as Record<string, unknown>;
  const texts = [key['x'], key['y'], key['d'], key['kid']];
  return key['kty'] === 'EC' && key['crv'] === 'P-256' && key['alg'] === 'ES256' && key['use'] === 'sig' && texts.every((text) => typeof text === 'string' && text !== '');
}

async function make(file: string): Promise<void> {
  const directory = dirname(file);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await using handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(`${JSON.stringify(await freshKey(), null, 2)}\n`);
    await handle.sync();
    await chmod(draft, 0o600);
    // A link, unlike a rename, never replaces the file of another start that was quicker.
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function freshKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { x = '', y = '', d = '' } = await exportJWK(privateKey);
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const;
  return { ...jwk, d, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
