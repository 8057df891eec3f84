// Removes what test/prepared.ts made in this run.
import { rm } from 'node:fs/promises';

export default () => rm(process.env.CAIRN_PREPARED, { recursive: true, force: true, maxRetries: 5 });
