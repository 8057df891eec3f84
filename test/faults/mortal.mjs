// Preloaded into the service: the thread that follows the log dies of what the file `fate` in the data directory names.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

const fates = {
  throws: () => {
    throw new Error('The thread was told to fail.');
  },
  'runs out of memory': () => {
    const hoard = [];
    for (;;) hoard.push({ ...hoard.slice(0, 1000) });
  },
};

if (!isMainThread) {
  const file = join(process.env.CAIRN_DATA_DIR, 'fate');
  setInterval(() => {
    if (!existsSync(file)) return;
    const fate = readFileSync(file, 'utf8');
    rmSync(file);
    fates[fate]();
  }, 20).unref();
}
