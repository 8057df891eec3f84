import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { demoFile } from './demo/file.js';
import { protagonist } from './demo/journey.js';
import { lookAt } from './demo/look.js';
import { shown } from './demo/show.js';
import { exits, exitsHelp, Failure } from './failure.js';
import { mint, tokensOf } from './people.js';
import { namespaceOf, today, type Surroundings } from './record.js';
import { Names } from './record/names.js';
import type { Prepared } from './record/format.js';
import { prepare } from './record/prepare.js';
import { Receipts } from './record/receipts.js';
import { lineText, totals, totalsText } from './record/report.js';
import { send, type Outcome } from './record/send.js';
import { findService } from './service.js';
import type { Terminal } from './terminal.js';

/** Sees everything a demonstration shows, the anonymous log included. */
const reader = { role: 'data-manager', subject: 'data-manager', sites: ['s1'] } as const;

export function demoCommand({ config, terminal }: Surroundings): Command {
  return new Command('demo')
    .summary('record a believable journey and look at it')
    .description('Records a made-up programme with fourteen participants, then shows one of them: the timeline, the same history as known before a correction, the summary with the outcome, and the programme’s anonymous log. Run it as often as you like: it records once.')
    .option('--json', 'print one JSON document instead of tables')
    .option('--url <url>', 'the service; the one on the data directory when left out')
    .addHelpText('after', `
Example:
  npm run cairn -- demo
  npm run -s cairn -- demo --json | head -40
${exitsHelp}`)
    .action(async ({ json, url }: { json?: true; url?: string }) => {
      const { lines, faults } = prepare(demoFile, { today: today() });
      if (faults.length > 0) throw new Error(`The demonstration is at fault: ${faults.map(({ line, message }) => `line ${line ?? 0}: ${message}`).join('; ')}`);
      const found = await findService(config(), url);
      const token = await mint(config(), found, reader, 3600);
      const destination = { url: found.url, tokens: await tokensOf(config(), found), receipts: await Receipts.in(found.dataDir, namespaceOf(demoFile)) };
      const outcomes = await recorded(lines, send(lines, destination), terminal);
      const upTo = outcomes.findLast(({ events }) => events.length > 0)?.events.at(-1);
      const look = await lookAt({ url: found.url, token, upTo }, new Names(demoFile.namespace).participant(protagonist), 'core');
      process.stdout.write(json ? `${JSON.stringify({ url: found.url, ...totals(outcomes), ...look }, null, 2)}\n` : `${totalsText(outcomes, terminal)}\n\n${shown(look, terminal)}`);
    });
}

/** With a progress bar where somebody looks. @throws Failure when anything is refused: the journey would not be whole */
async function recorded(lines: readonly Prepared[], sent: AsyncIterable<Outcome>, terminal: Terminal): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const bar = terminal.interactive ? new SingleBar({ format: 'Recording {bar} {value}/{total}', barsize: 30, stream: process.stderr, clearOnComplete: true, hideCursor: true }) : undefined;
  bar?.start(lines.length, 0);
  try {
    for await (const outcome of sent) {
      outcomes.push(outcome);
      bar?.increment();
    }
  } finally {
    bar?.stop();
  }
  const refused = outcomes.find(({ outcome }) => outcome === 'refused');
  if (refused) throw new Failure(exits.refused, `The demonstration does not fit what this record holds already:\n${lineText(refused, terminal)}`, 'Give it a data directory of its own: set CAIRN_DATA_DIR for the service and for this command.');
  return outcomes;
}
