import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Notes in the data directory, for the command line, where this process serves: `services/PID.json`, so that several on the same data
 * leave one another's alone. What processes left that ended without a word goes.
 *
 * @returns takes the note away
 */
export async function noteService(dataDir: string, url: string): Promise<() => Promise<void>> {
  const directory = join(dataDir, 'services');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const file of await readdir(directory)) if (!lives(Number(/^(\d+)\.json$/.exec(file)?.[1]))) await rm(join(directory, file), { force: true });
  const note = join(directory, `${process.pid}.json`);
  await writeFile(note, JSON.stringify({ url, pid: process.pid, startedAt: new Date().toISOString() }), { mode: 0o600 });
  return () => rm(note, { force: true });
}

function lives(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
