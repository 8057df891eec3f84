import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './start-error.js';

/** The user PostgreSQL runs as. It refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * Whom to become for this cluster: nobody else unless we are root; then the owner of a cluster that exists, else `postgres`, else `nobody`.
 */
export async function serverAccount(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await ownerOf(cluster);
  if (owner && owner.uid !== 0) return owner;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return accountIn(passwd);
}

/** Picks from the text of a passwd file; without either user, the number `nobody` has nearly everywhere. */
export function accountIn(passwd: string): Account {
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd.split('\n').find((line) => line.startsWith(`${name}:`))?.split(':');
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    // macOS writes nobody's number as -2; the kernel knows it as an unsigned one.
    if (fields && Number.isInteger(uid) && uid !== 0 && Number.isInteger(gid)) return { uid: uid >>> 0, gid: gid >>> 0 };
  }
  return { uid: 65534, gid: 65534 };
}

/** Whether the account may pass through every directory down to `path` and read it (for a directory: also list it), by mode bits. */
export async function canRead(path: string, account: Account): Promise<boolean> {
  let needed = (await stat(path)).isDirectory() ? 0o5 : 0o4;
  for (let at = path; ; at = dirname(at)) {
    if (!(await permits(at, account, needed))) return false;
    if (dirname(at) === at) return true;
    needed = 0o1;
  }
}

async function permits(path: string, { uid, gid }: Account, needed: number): Promise<boolean> {
  const found = await stat(path);
  const shift = found.uid === uid ? 6 : found.gid === gid ? 3 : 0;
  return ((found.mode >> shift) & needed) === needed;
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
