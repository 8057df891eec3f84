import { link, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive, ownIdentity, parseIdentity } from './process-identity.js';
import { codeOf, PostgresStartError } from './start-error.js';

const POLL_MS = 15;
const KEPT_TURNS = 16;

/**
 * Runs `work` while no other process runs theirs under the same directory. The lock of a process that was killed is taken over.
 *
 * Turns are numbered files, `turn.1`, `turn.2`, …, each naming its holder, emptied when the holder is done. Only the highest counts and
 * it is never removed, so that a slow taker can never revive a turn long past. Taking a turn is one `link`, which fails if it exists.
 *
 * @throws PostgresStartError `in-use` when a living process keeps it for longer than `patienceMs`
 */
export async function locked<T>(directory: string, work: () => Promise<T>, patienceMs = 300_000): Promise<T> {
  const turn = await takeTurn(directory, patienceMs);
  try {
    return await work();
  } finally {
    // Emptying needs no space, so it also works on a full disk.
    await truncate(turn).catch(() => {});
  }
}

async function takeTurn(directory: string, patienceMs: number): Promise<string> {
  const until = Date.now() + patienceMs;
  const own = JSON.stringify(await ownIdentity());
  const ticket = join(directory, `ticket.${randomUUID()}`);
  await writeFile(ticket, own, { mode: 0o644, flag: 'wx' });
  try {
    for (;;) {
      const highest = Math.max(0, ...(await turns(directory)));
      const holder = await holderOf(turnFile(directory, highest));
      if (!holder) {
        const taken = await tryTurn(directory, ticket, highest + 1);
        if (taken) return taken;
      } else if (Date.now() > until) {
        throw new PostgresStartError(
          'in-use',
          `Process ${holder.pid} has been starting or stopping PostgreSQL in ${directory} for ${Math.round(patienceMs / 1000)} s. Look at what it waits for, end it if it hangs, and start again.`,
        );
      } else {
        await pause(POLL_MS);
      }
    }
  } finally {
    await rm(ticket, { force: true });
  }
}

async function tryTurn(directory: string, ticket: string, turn: number): Promise<string | undefined> {
  const file = turnFile(directory, turn);
  try {
    await link(ticket, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
  const present = await turns(directory);
  if (Math.max(...present) > turn) {
    await rm(file, { force: true });
    return undefined;
  }
  for (const past of present.filter((number) => number < turn - KEPT_TURNS)) await rm(turnFile(directory, past), { force: true });
  return file;
}

const turnFile = (directory: string, turn: number): string => join(directory, `turn.${turn}`);

async function turns(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.filter((name) => /^turn\.\d+$/.test(name)).map((name) => Number(name.slice('turn.'.length)));
}

async function holderOf(file: string): Promise<{ pid: number } | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const holder = parseIdentity(text);
  return holder && (await isAlive(holder)) ? holder : undefined;
}
