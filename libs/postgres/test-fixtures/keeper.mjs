// Holds a spec run's server: keeper.mjs <data directory> <process to outlive>.
import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbedded } from '../src/embedded.ts';
import { identityOf, isAlive } from '../src/process-identity.ts';

const [, , dataDir, pid] = process.argv;
process.on('SIGINT', () => {});
const run = await identityOf(Number(pid));
const server = await startEmbedded({ dataDir });
while (run && (await isAlive(run))) await pause(250);
await server.release();
await rm(dataDir, { recursive: true, force: true });
