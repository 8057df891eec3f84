// A thread as `Followers` know it, which does nothing but what its `workerData` says.
import { parentPort, workerData } from 'node:worker_threads';

const { active = true, position = 0, stopped, fails = false, hangs = false } = workerData;
if (fails) throw new Error('It cannot begin.');

const tell = (at) => parentPort.postMessage({ readModels: { active, position: at, ...(stopped && { stopped }) } });
parentPort.on('message', (asked) => {
  if (asked === 'stop') return parentPort.close();
  parentPort.postMessage({ log: ['info', asked, 'Somebody waits.'] });
  if (active) tell(asked.position);
});
parentPort.postMessage({ processes: { active, processes: [{ name: 'counting', position, refused: 2 }] } });
tell(position);
if (hangs) for (;;);
