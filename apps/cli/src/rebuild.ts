import 'reflect-metadata';
import { Command } from 'commander';
import { openParts } from '@cairn/assembly/parts.js';
import { rebuild } from '@cairn/journal/rebuild.js';
import { exitsHelp } from './failure.js';
import { progressIn } from './progress.js';
import type { Surroundings } from './record.js';
import { explained, quiet, refuseNowhere } from './record-place.js';

export function rebuildCommand({ config, terminal }: Surroundings): Command {
  return new Command('rebuild')
    .summary('make the read models anew from the log, while the service is stopped')
    .description('Empties the read models (timelines, summaries, lists) and folds the whole log into them again. No event is touched. Stop the service first; broken off, the next start of the service goes on from there.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `
Example:
  npm run cairn -- rebuild
${exitsHelp}`)
    .action(async ({ json }: { json?: true }) => {
      const settings = config();
      refuseNowhere(settings);
      const started = performance.now();
      const position = await explained(async () => {
        const parts = await openParts(settings, quiet);
        const bar = progressIn(terminal, 'Folding the log');
        try {
          return await rebuild({ ...parts.readModels, onProgress: bar.moved });
        } finally {
          bar.stop();
          await parts.close();
        }
      });
      const ms = Math.round(performance.now() - started);
      process.stdout.write(json ? `${JSON.stringify({ position, ms }, null, 2)}\n` : `The read models were made anew from ${position} events in ${(ms / 1000).toFixed(1)} s.\n`);
    });
}
