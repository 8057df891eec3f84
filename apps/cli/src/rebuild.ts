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
    .description('Folds the whole log into the read models (timelines, summaries, lists) again. No event is touched. Stop the service first: whoever reads them waits. Broken off, it leaves them as they were.')
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
          return await rebuild(parts.server.connection, { ...parts.readModels, onProgress: bar.moved });
        } finally {
          bar.stop();
          await parts.close();
        }
      });
      const ms = Math.round(performance.now() - started);
      process.stdout.write(json ? `${JSON.stringify({ position, ms }, null, 2)}\n` : `The read models were made anew from ${position} events in ${(ms / 1000).toFixed(1)} s.\n`);
    });
}
