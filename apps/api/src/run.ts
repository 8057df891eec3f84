import 'reflect-metadata';
import pino from 'pino';
import { readConfig } from '@cairn/assembly/config.js';
import { serve, type Service } from './serve.js';

/** Runs the service until a signal ends it. A start that cannot be is told in words, and the process exits with 1. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  let service: Service;
  try {
    const config = readConfig(env);
    const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
    service = await serve(config, log);
  } catch (error) {
    process.stderr.write(`Cairn did not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`${service.greeting}\n${JSON.stringify({ ready: true, url: service.url, dataDir: service.dataDir, pids: service.pids })}\n`);
  const stop = once(() => void service.close().finally(() => process.exit()));
  // A terminal's Ctrl-C reaches this process and npm, which passes it on: the second one is the same wish.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
