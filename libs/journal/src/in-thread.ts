import type { MessagePort } from 'node:worker_threads';
import { collectAtRest } from './at-rest.js';
import type { Asked, Told } from './followers.js';
import type { ProcessRunner } from './process-runner.js';
import type { Log, Runner } from './runner.js';

const ALIVE_MS = 1_000;

/** Speaks to the `Followers` that started this thread. */
export function teller(port: MessagePort): (told: Told) => void {
  return (told) => port.postMessage(told);
}

/** Has them log what is logged here. */
export function logTo(tell: (told: Told) => void): Log {
  const at = (level: keyof Log) => (fields: object, message: string) => tell({ log: [level, fields, message] });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Runs until it is told to stop; then the batch and the reaction under way are finished. */
export async function followIn(port: MessagePort, runner: Runner, processes: ProcessRunner): Promise<void> {
  const stopped = new Promise<void>((resolve) =>
    port.on('message', (asked: Asked) => {
      if (asked === 'stop') resolve();
      // Whoever waits learns of it there.
      else runner.waitFor(asked.position, asked.withinMs).catch(() => {});
    }),
  );
  const tell = teller(port);
  runner.start();
  processes.start();
  tell({ processes: processes.status });
  tell({ readModels: runner.status });
  const alive = setInterval(() => tell({ readModels: runner.status }), ALIVE_MS);
  const collects = collectAtRest();
  await stopped;
  collects();
  clearInterval(alive);
  await processes.stop();
  await runner.stop();
  port.close();
}
