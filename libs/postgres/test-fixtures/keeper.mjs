// Holds a spec run's server: keeper.mjs <data directory> <process to outlive>.
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbedded } from '../src/embedded.ts';
import { identityOf, isAlive } from '../src/process-identity.ts';

const [, , dataDir, pid] = process.argv;
process.on('SIGINT', () => {});
const run = await identityOf(Number(pid));
let server = await startEmbedded({ dataDir });
while (run && (await isAlive(run))) await pause(250);
for (;;) {
  const postmaster = await identityOf(server.pid);
  await server.release();
  if (!postmaster || !(await isAlive(postmaster))) break;
  // A worker of the run is still at it: only whoever is last may clear up.
  await pause(250);
  server = await startEmbedded({ dataDir });
}
await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
