import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import type { Config } from '@cairn/assembly/config.js';
import { exits, exitsHelp, Failure, type Exit } from './failure.js';
import { tokensOf } from './people.js';
import { Contract } from './record/contract.js';
import type { Prepared } from './record/format.js';
import { isObject } from './record/header.js';
import { Names } from './record/names.js';
import { prepare } from './record/prepare.js';
import { readRecordFile, unusable } from './record/read.js';
import { Receipts } from './record/receipts.js';
import { lineText, outcomeJson, totals, totalsText } from './record/report.js';
import { send, type Outcome } from './record/send.js';
import { findService, type Found } from './service.js';
import type { Terminal } from './terminal.js';

interface Options {
  readonly as?: string;
  readonly tokens?: string;
  readonly url?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export interface Surroundings {
  readonly config: () => Config;
  readonly terminal: Terminal;
  /** Where the person stands: `npm run` itself moves to the package. */
  readonly workingDirectory: string;
  /** The process ends with it. */
  readonly exitWith: (exit: Exit) => void;
}

export function recordCommand({ config, terminal, workingDirectory, exitWith }: Surroundings): Command {
  return new Command('record')
    .summary('bring your own history: replay a file of dated commands')
    .description('Sends the lines of a JSON file to the service, in order, each exactly once: run it again after an interruption, or after correcting a line, and only what is missing is recorded. The format is described in apps/cli/FORMAT.md.')
    .argument('<file>', 'the file, "format": "cairn-record/1"')
    .option('--dry-run', 'check the whole file against the service and send nothing')
    .option('--json', 'print one JSON document instead of lines')
    .option('--as <name>', 'who of the file’s people tells the lines that do not say so')
    .option('--tokens <file>', 'JSON { "name": "token" } for the file’s people, when they sign in elsewhere')
    .option('--url <url>', 'the service; the one on the data directory when left out')
    .addHelpText('after', `
Example:
  npm run cairn -- record history.json --dry-run
  npm run cairn -- record history.json
${exitsHelp}`)
    .action(async (file: string, options: Options) => {
      const path = resolve(workingDirectory, file);
      const { content, rows } = await readRecordFile(path);
      const { lines, undated, faults } = prepare(content, { today: today(), ...(options.as !== undefined && { speaker: options.as }) });
      const against = async () => {
        const found = await findService(config(), options.url);
        return { found, wrong: (await Contract.of(found.url)).faultsOf([...lines, ...undated]) };
      };
      // A file that is at fault by itself is told so without any service; with one, all that is wrong is told at once.
      if (faults.length > 0) throw unusable(path, [...faults, ...(await against().catch(() => ({ wrong: [] }))).wrong], rows);
      const { found, wrong } = await against();
      if (wrong.length > 0) throw unusable(path, wrong, rows);
      if (options.dryRun) return dryRun(basename(path), found, lines, options.json === true);
      const destination = { url: found.url, tokens: await tokensOf(config(), found, options.tokens), receipts: await Receipts.in(found.dataDir, namespaceOf(content)) };
      const outcomes: Outcome[] = [];
      await told(lines, outcomes, async () => {
        for await (const outcome of send(lines, destination)) {
          outcomes.push(outcome);
          if (!options.json) process.stdout.write(`${lineText(outcome, terminal)}\n`);
        }
      });
      if (options.json) process.stdout.write(`${JSON.stringify({ file: basename(path), url: found.url, ...totals(outcomes), lines: outcomes.map(outcomeJson) }, null, 2)}\n`);
      else process.stdout.write(`${totalsText(outcomes, terminal)}\n`);
      if (outcomes.some(({ outcome }) => outcome === 'refused')) exitWith(exits.refused);
    });
}

/** The id all names of a prepared file are made from. */
export function namespaceOf(content: unknown): string {
  return new Names(isObject(content) ? String(content['namespace']) : '').id;
}

export function today(): string {
  // A day further: it is already tomorrow somewhere, and the service knows its own zone.
  return new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
}

function dryRun(file: string, { url }: Found, lines: readonly Prepared[], json: boolean): void {
  const participants = new Set(lines.flatMap(({ participant }) => (participant ? [participant.id] : []))).size;
  if (json) process.stdout.write(`${JSON.stringify({ file, url, dryRun: true, lines: lines.length, participants, faults: [] }, null, 2)}\n`);
  else process.stdout.write(`${file}: ${lines.length} lines, participants: ${participants}; the service at ${url} takes their form. Nothing was sent.\n`);
}

/** Runs until done, or says how far it came. */
async function told(lines: readonly Prepared[], outcomes: readonly Outcome[], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.exit, `${error.message.replace(/\.$/, '')}: stopped at line ${outcomes.length + 1} of ${lines.length}; whether that one is recorded is not known.`, error.next);
  }
}
