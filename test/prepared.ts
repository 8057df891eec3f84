import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * In a run of specs, fills an empty data directory with what a first start leaves there: none of them waits for a cluster and its tables
 * to be made. The first start is a real one, by whoever needs it first; what it left is where jest.config.js says, and goes with the run.
 */
export async function prepare(dataDir: string, startAndStop: (dataDir: string) => Promise<void>): Promise<void> {
  const prepared = process.env['CAIRN_PREPARED'];
  if (prepared === undefined) return;
  await mkdir(dataDir, { recursive: true });
  if ((await readdir(dataDir)).length > 0) return;
  if (!existsSync(prepared)) {
    const draft = await mkdtemp(`${prepared}-`);
    await startAndStop(draft);
    // Another worker may have been faster.
    await rename(draft, prepared).catch(() => rm(draft, { recursive: true }));
  }
  // Whose the files are matters to PostgreSQL.
  await promisify(execFile)('cp', ['-a', `${prepared}/.`, dataDir]);
}
