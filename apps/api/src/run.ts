import 'reflect-metadata';
import pino, { type Logger } from 'pino';
import { refuseBeyondThisMachine } from '@cairn/access/sign-in/refused.js';
import { readConfig, type Config } from '@cairn/assembly/config.js';
import { checkDataDirectory } from '@cairn/assembly/data-directory.js';
import { openServer } from '@cairn/assembly/server.js';
import type { Service } from './serve.js';

/** Runs the service until a signal ends it. A start that cannot be is told in words, and the process exits with 1. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const stopWith = untilSignalled();
  let service: Service;
  let log: Logger;
  try {
    const config = readConfig(env);
    log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, pino.destination({ minLength: 1 }));
    service = await started(config, log);
  } catch (error) {
    process.stderr.write(`Cairn did not start. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  const close = async () => {
    await service.close();
    // The exit itself would try for ever to write to a reader that has gone.
    await new Promise<void>((done) => log.flush(() => done()));
  };
  if (stopWith(close)) return;
  process.stdout.write(`${service.greeting}\n${JSON.stringify({ ready: true, url: service.url, dataDir: service.dataDir, pids: service.pids })}\n`);
}

/** Settings that cannot be are told before anything is started or loaded; then PostgreSQL starts while the record is being loaded. */
async function started(config: Config, log: Logger): Promise<Service> {
  if (config.oidcIssuer === undefined) refuseBeyondThisMachine({ nodeEnv: config.production ? 'production' : undefined, host: config.host });
  await checkDataDirectory(config.dataDir);
  const { promise: atWork, resolve } = Promise.withResolvers<undefined>();
  const server = openServer(config, (message) => log.info({}, message), () => resolve(undefined));
  // What goes wrong with it is told by who awaits it next.
  await Promise.race([atWork, server]).catch(() => {});
  const { serve } = await import('./serve.js');
  return serve(config, log, server);
}

/**
 * Listens for signals from now on: one that comes while the service still starts must not leave its database running.
 *
 * @returns takes what a signal is to do, once, before the process exits; answers whether one has come already
 */
function untilSignalled(): (close: () => Promise<void>) => boolean {
  let signalled = false;
  let closing: (() => Promise<void>) | undefined;
  const stop = () => {
    signalled = true;
    const close = closing;
    closing = undefined;
    if (close) void close().finally(() => process.exit());
  };
  // A terminal's Ctrl-C reaches this process and npm, which passes it on: the second one is the same wish.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return (close) => {
    closing = close;
    if (signalled) stop();
    return signalled;
  };
}
