/**
 * Cairn beside its peers and the physical limit, in one run on one embedded server with fsync on. Needs a quiet machine; stops by itself:
 *
 *   npm run bench [-- --quick] [-- --only append,http] [-- --json] [-- --gate]
 */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { judge } from './gates.js';
import { childrenOf, conditionsOfMachine, load } from './machine.js';
import { CONNECTIONS, openPlace, type Place } from './place.js';
import { recordAt } from './record.js';
import { printed } from './report.js';
import type { Results } from './results.js';
import { OTHERS_MOST, type Way } from './rounds.js';
import { append, contendersAt, openLoop } from './sections/append.js';
import { cost } from './sections/cost.js';
import { growth } from './sections/growth.js';
import { http } from './sections/http.js';
import { rebuild } from './sections/rebuild.js';
import { fillLogs, replay } from './sections/replay.js';
import { full, long, quick, tiny, type Size } from './size.js';

const SECTIONS = ['append', 'replay', 'rebuild', 'http', 'growth', 'cost'] as const;
type Section = (typeof SECTIONS)[number];

interface Options {
  readonly quick?: true;
  readonly long?: true;
  readonly tiny?: true;
  readonly noisy?: true;
  readonly json?: true;
  readonly gate?: true;
  readonly only: readonly Section[];
}

const options = new Command('bench')
  .description('Measures Cairn beside its peers and the physical limit, on one embedded PostgreSQL with fsync on.')
  .option('--quick', 'under three minutes: shorter windows, smaller logs')
  .option('--long', 'growth to 5 million events, too')
  .option<readonly Section[]>('--only <sections>', `some of ${SECTIONS.join(', ')}`, sectionsIn, SECTIONS)
  .option('--json', 'prints JSON and nothing else')
  .option('--gate', 'ends with 1 when a gate is missed')
  .option('--noisy', 'keeps windows that others disturbed: to try the bench itself on a busy machine')
  .addOption(new Option('--tiny', 'runs every path once and tells nothing').hideHelp())
  .parse()
  .opts<Options>();
const size = options.tiny ? tiny : options.quick ? quick : options.long ? long : full;

const began = performance.now();
let broken: Promise<void> | undefined;
const place = await openPlace();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void (broken ??= givenUp()));
try {
  const results = await measured(place, size);
  const judged = judge(results);
  process.stdout.write(options.json ? `${JSON.stringify({ ...results, gates: judged }, undefined, 1)}\n` : `${printed(results, judged)}\n${told(results)}\n`);
  if ('failed' in results.conditions || (options.gate && judged.some(({ verdict }) => verdict === 'missed'))) process.exitCode = 1;
} catch (error) {
  if (!broken) throw error;
} finally {
  await (broken ?? place.close());
}

/** Nothing of a run that was broken off stays behind. */
async function givenUp(): Promise<void> {
  // Everything under way fails now, and whoever broke it off knows why.
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) process.on(fault, () => {});
  const servers = () => childrenOf(process.pid).filter((pid) => pid !== place.pid);
  for (const pid of servers()) process.kill(pid, 'SIGTERM');
  for (const until = performance.now() + 10_000; servers().length > 0 && performance.now() < until; ) await pause(50);
  await place.close();
  process.exit(1);
}

async function measured(at: Place, sized: Size): Promise<Results> {
  const bar = new SingleBar({ format: '{bar} {duration_formatted}  {section}: {what}', stream: process.stderr, hideCursor: true, clearOnComplete: true });
  const others = new Set<number>();
  const tally = { windows: 0, dropped: 0 };
  let section: string = options.only[0] ?? '';
  const way: Way = {
    rounds: sized.rounds,
    noisy: options.noisy === true,
    tally,
    roots: () => [process.pid, at.pid, ...others],
    also: (pid) => {
      others.add(pid);
      return () => others.delete(pid);
    },
    step: (what) => bar.update({ section, what }),
  };
  bar.start(options.only.length, 0, { section, what: 'begins' });
  const absent: Record<string, string> = {};
  const before = conditionsOfMachine();
  const found: Omit<Results, 'conditions'> = {};
  /** What one section meets does not take what the others found with it. */
  const failed: Record<string, string> = {};
  const guarded = (name: string, work: () => Promise<void>) =>
    work().catch((error: unknown) => {
      if (broken) throw error;
      failed[name] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
  const run = async (name: Section, work: () => Promise<void>) => {
    if (!options.only.includes(name)) return;
    section = name;
    way.step('begins');
    await guarded(name, work);
    bar.increment();
  };
  await run('append', async () => {
    const contenders = await contendersAt(at, way);
    Object.assign(absent, contenders.absent);
    try {
      found.append = await append(way, contenders, sized.windowMs);
      await at.settle();
      found.openLoop = await openLoop(way, contenders, sized.windowMs);
    } finally {
      await contenders.end();
    }
  });
  if (options.only.includes('replay') || options.only.includes('rebuild')) {
    way.step('fills the logs');
    await guarded('logs', async () => {
      const logs = await fillLogs(at, await recordAt(at, 'record'), sized);
      await run('replay', async () => void (found.replay = await replay(way, logs)));
      await run('rebuild', async () => void (found.rebuild = await rebuild(way, logs, sized)));
      await logs.close();
    });
  }
  await run('http', async () => void (found.http = await http(way, at, sized)));
  await run('growth', async () => {
    const { rows, exponents } = await growth(way, at, sized);
    Object.assign(found, { growth: rows, growthExponents: exponents });
  });
  await run('cost', async () => void (found.cost = await cost(at, sized, found.append)));
  bar.stop();
  const { cpu, cores, memoryGb, kernel, node, load: loadBefore } = before;
  return {
    conditions: {
      at: new Date().toISOString(), size: sized.name, rounds: sized.rounds, windowMs: sized.windowMs, minutes: Math.round((performance.now() - began) / 6_000) / 10, cpu, cores, memoryGb, kernel, node,
      postgres: at.durability, connectionsAtMost: CONNECTIONS, load: { before: loadBefore, after: load() }, windows: tally.windows,
      dropped: { windows: tally.dropped, whenOthersTook: OTHERS_MOST, kept: options.noisy === true }, ...(Object.keys(absent).length > 0 && { absent }), ...(Object.keys(failed).length > 0 && { failed }),
    },
    ...found,
  };
}

function told({ conditions }: Results): string {
  return Object.entries(conditions).map(([what, value]) => `${what}: ${typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)}`).join('\n');
}

function sectionsIn(text: string): Section[] {
  const wanted = text.split(',');
  const unknown = wanted.find((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no section "${unknown}". There are ${SECTIONS.join(', ')}.`);
  return SECTIONS.filter((name) => wanted.includes(name));
}
