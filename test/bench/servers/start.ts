import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { node, root, surroundings } from '../../service.js';

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server of the bench in a process of its own, with the young generation that Node gives by default. */
export async function startServer(name: 'bare' | 'nest-emmett', told: object): Promise<Server> {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', '--import', join(root, 'test/bench/sources.mjs'), join(root, `test/bench/servers/${name}.ts`), JSON.stringify(told)], {
    cwd: root, env: surroundings(), stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => Promise.reject(new Error(`The ${name} server ended before it was ready.`)))])) as [string];
  return {
    url: `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
