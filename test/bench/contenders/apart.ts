import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Place } from '../place.js';
import type { Way, Window } from '../rounds.js';
import type { Answer, Appending, Name, Task } from './task.js';

/** As large as that of a process gets that has been at work for a while; while another has its turn V8 makes a heap small, and then collects it all the time until it has grown again. */
const HEAP = '--initial-heap-size=1024';

/** A contender in a process of its own, so that none meets what the others left on the heap or made of the code that all of them use. */
export interface Apart {
  readonly pid: number;
  /** One window. @returns its figures, and the seconds of processor that it took here and in the server */
  run(window: Window, task: Task): Promise<Appending & { readonly node: number; readonly postgres: number }>;
  end(): Promise<void>;
}

/** What a contender itself says it failed of. */
export class CannotAppend extends Error {}

/** @throws CannotAppend when it cannot append a single event */
export async function startApart(name: Name, place: Place, way: Way): Promise<Apart> {
  const child = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), [JSON.stringify({ name, connection: place.connection })], { execArgv: [...process.execArgv, HEAP], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const answered = async (): Promise<Answer> => {
    const [answer] = (await Promise.race([once(child, 'message'), exited.then(() => Promise.reject(new Error(`The process of ${name} ended.`)))])) as [Answer];
    if ('failed' in answer) throw new CannotAppend(answer.failed);
    return answer;
  };
  const asked = async (message: Task | 'go') => {
    const answer = answered();
    child.send(message);
    return { answer: await answer };
  };
  const { pid = 0 } = child;
  const forget = way.also(pid);
  const end = async () => {
    child.kill('SIGTERM');
    await exited;
    forget();
  };
  await answered().catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    pid,
    run: async ({ observe }, task) => {
      await asked(task);
      const { used } = await observe(() => asked('go'));
      const { figures } = (await asked('go')).answer as Extract<Answer, { figures: unknown }>;
      return { ...figures, node: used.roots.get(pid) ?? 0, postgres: used.roots.get(place.pid) ?? 0 };
    },
    end,
  };
}
