import { readdir, readFile, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { signedIn } from '@cairn/postgres/connection.js';
import { root, startService } from '../../service.js';
import { Client } from '../client.js';
import { memoryOf } from '../machine.js';
import type { Place } from '../place.js';
import { recordAt } from '../record.js';
import type { Size } from '../size.js';
import { Visits } from '../visits.js';
import type { AppendRow } from './append.js';
import { caughtUp, mustHold } from './http.js';

export interface Cost {
  /** CPU microseconds per event with 64 writers, sealing included; left out when append was not measured. */
  readonly micros?: { readonly node: number; readonly postgres: number };
  /** Of the log with its indexes, and of everything with the read models. */
  readonly bytesPerEvent: { readonly log: number; readonly all: number };
  /** MB of service and PostgreSQL together. */
  readonly memory: { readonly atRest: number; readonly underLoad: number };
  /** Seconds, of a start that makes the cluster and of one that finds it. */
  readonly ready: { readonly first: number; readonly again: number };
  /** MB of what a user installs, without what only developers need. */
  readonly installMb: number;
}

const CONNECTIONS = 64;

export async function cost(place: Place, { caseload, httpMs, logEvents }: Size, append: readonly AppendRow[] | undefined): Promise<Cost> {
  const began = performance.now();
  const alone = await startService({ env: {} });
  const first = (performance.now() - began) / 1000;
  await alone.stop();

  const record = await recordAt(place, 'cost');
  const seeder = await record.seeder();
  await seeder.fill(Math.min(logEvents, 20_000));
  const participants = await seeder.caseload(caseload);
  await seeder.close();
  const again = performance.now();
  const service = await record.service();
  const readyAgain = (performance.now() - again) / 1000;
  const client = new Client(service.url, await service.token('worker'), CONNECTIONS);
  const visits = new Visits(participants, participants.length);
  try {
    await caughtUp(service);
    const both = () => memoryOf(service.pid) + memoryOf(place.pid);
    await new Promise((resolve) => setTimeout(resolve, 2 * httpMs));
    const atRest = both();
    const until = performance.now() + 2 * httpMs;
    let underLoad = 0;
    const watch = setInterval(() => (underLoad = Math.max(underLoad, both())), 200);
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < until) await visits.record(client);
    }));
    clearInterval(watch);
    underLoad = Math.max(underLoad, both());
    const bytes = await signedIn(record.connection, async (client) => {
      await client.query('vacuum analyze');
      return (await client.query<{ log: string; all: string; events: string }>(`select pg_total_relation_size('log.events') as log, pg_database_size(current_database()) as "all", (select max(position) from log.events) as events`)).rows[0];
    });
    const each = (sum: string | undefined) => Number(sum) / Number(bytes?.events);
    const at64 = append?.find(({ concurrency, batch }) => concurrency === 64 && batch === 1)?.contenders['cairn'];
    return {
      ...(at64 && { micros: { node: at64.nodeMicros, postgres: at64.postgresMicros } }),
      bytesPerEvent: { log: each(bytes?.log), all: each(bytes?.all) },
      memory: { atRest, underLoad },
      ready: { first, again: readyAgain },
      installMb: await installSize(),
    };
  } finally {
    await client.close();
    await service.stop();
    await mustHold(record, visits.receipts);
  }
}

/** What the lockfile names that is not for developers alone and is here, with what was built. */
async function installSize(): Promise<number> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean; devOptional?: boolean }> };
  const wanted = Object.entries(lock.packages).flatMap(([path, { dev, devOptional }]) => (path !== '' && !dev && !devOptional ? [path] : []));
  const sizes = await Promise.all([...wanted, 'dist'].map((path) => bytesIn(join(root, path), path !== 'dist')));
  return sizes.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** Packages nested in one are counted by themselves. */
async function bytesIn(directory: string, isPackage: boolean): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return (await lstat(path)).size;
    return isPackage && entry.name === 'node_modules' ? 0 : bytesIn(path, isPackage);
  }));
  return sizes.reduce((sum, each) => sum + each, 0);
}
