import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, ownIdentity, parseIdentity } from './process-identity.js';

/** Who uses the server: one file each. Every function here is called under the lock. */
export async function enter(directory: string): Promise<string> {
  const file = join(directory, `member.${process.pid}.${randomUUID()}`);
  await writeFile(file, JSON.stringify(await ownIdentity()), { mode: 0o644 });
  return file;
}

/** Strikes out `file` and everyone who died without doing so; answers whether anybody is left. */
export async function leave(directory: string, file: string): Promise<boolean> {
  await rm(file, { force: true });
  let left = false;
  for (const name of await readdir(directory)) {
    if (!name.startsWith('member.')) continue;
    const member = parseIdentity(await readFile(join(directory, name), 'utf8'));
    if (member && (await isAlive(member))) left = true;
    else await rm(join(directory, name), { force: true });
  }
  return left;
}
