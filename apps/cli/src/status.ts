import { Command } from 'commander';
import { exits, exitsHelp, Failure, type Exit } from './failure.js';
import { ask } from './http.js';
import type { Surroundings } from './record.js';
import { findService } from './service.js';
import { table } from './terminal.js';

interface Readiness {
  readonly status?: string;
  readonly log?: string;
  readonly following?: string;
  readonly processes?: { readonly runHere?: boolean; readonly behind?: number | null; readonly stopped?: string };
  readonly readModels?: { readonly keptHere?: boolean; readonly behind?: number | null; readonly lagMs?: number; readonly stopped?: string };
}

export function statusCommand({ config, terminal, exitWith }: Surroundings): Command {
  return new Command('status')
    .summary('what runs where, and whether it is ready')
    .description('Says where the service is, whether it is ready, and how far its read models and its processes are behind the log. Exits with 0 only when it is ready.')
    .option('--json', 'print one JSON document')
    .option('--url <url>', 'the service; the one on the data directory when left out')
    .addHelpText('after', `
Example:
  npm run cairn -- status
${exitsHelp}`)
    .action(async ({ json, url }: { json?: true; url?: string }) => {
      const { dataDir } = config();
      const found = await findService({ dataDir }, url);
      const readiness = await readinessOf(found.url);
      const ready = readiness.status === 'ready';
      const exit: Exit = ready ? exits.done : exits.refused;
      exitWith(exit);
      const all = { url: found.url, ready, log: readiness.log ?? null, following: readiness.following ?? null, readModels: readiness.readModels ?? null, processes: readiness.processes ?? null, pid: found.pid ?? null, startedAt: found.startedAt ?? null, dataDir: found.dataDir ?? null };
      if (json) return void process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
      const rows = [
        ['service', found.url],
        ['ready', ready ? 'yes' : `no; ${whyNot(readiness)}`],
        ['read models', readModels(readiness)],
        ['processes', processes(readiness)],
        ['process', found.pid === undefined ? 'not known: it was named by --url' : `${found.pid}${found.startedAt === undefined ? '' : `, since ${found.startedAt}`}`],
        ['data', found.dataDir ?? 'not known: it was named by --url'],
      ];
      process.stdout.write(`${table(terminal, ['what', 'how it stands'], rows)}\n`);
    });
}

/** /ready answers 503 with the same body when it is not: that is an answer here, not a reason to wait. */
async function readinessOf(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  if (!response) {
    await ask(url, { path: '/health' });
    throw new Failure(exits.unreachable, `The service at ${url} lives but does not say whether it is ready.`, 'Look at its log.');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null || !('status' in body)) throw new Failure(exits.unreachable, `What answers at ${url} is not Cairn.`, 'Check the address.');
  return body as Readiness;
}

function whyNot({ log, following }: Readiness): string {
  return log === 'reachable' && following === 'starting' ? 'what keeps the read models and runs the processes is being started' : `its log is ${log ?? 'not known'}`;
}

function readModels({ readModels }: Readiness): string {
  const { behind, lagMs, keptHere, stopped } = readModels ?? {};
  if (stopped !== undefined) return `stopped: ${stopped}`;
  return `${howFar(behind)}${lagMs === undefined || behind === 0 ? '' : `, ${lagMs} ms`}; kept by ${keptHere ? 'this process' : 'another process'}`;
}

function processes({ processes }: Readiness): string {
  const { behind, runHere, stopped } = processes ?? {};
  return stopped === undefined ? `${howFar(behind)}; run by ${runHere ? 'this process' : 'another process'}` : `stopped: ${stopped}`;
}

function howFar(behind: number | null | undefined): string {
  return behind === 0 ? 'up to date' : behind == null ? 'not known' : `${behind} events behind`;
}
