import 'reflect-metadata';
import { Command } from 'commander';
import { changesSince, cutOn, manifestAt, placeOfCut } from './cut.js';
import { exitsHelp } from './failure.js';
import type { Surroundings } from './record.js';
import { refuseNowhere } from './record-place.js';

interface Options {
  readonly csv?: true;
  readonly json?: true;
}

export function differenceCommand(surroundings: Surroundings): Command {
  return new Command('difference')
    .summary('what has changed between two cuts of a programme')
    .description('Makes both cuts again from the log, under the tokens of the later one, and tells which rows were added, are gone or changed, with former and present values. Writes no file.')
    .argument('<earlier>', 'the earlier cut: its name in cuts/, its directory or manifest.json')
    .argument('<later>', 'the later one')
    .option('--csv', 'print every change as CSV')
    .option('--json', 'print every change as JSON')
    .addHelpText('after', `
Example:
  npm run -s cairn -- difference baseline month-3 --csv
${exitsHelp}`)
    .action(async (earlier: string, later: string, { csv, json }: Options) => {
      const { config, workingDirectory } = surroundings;
      refuseNowhere(config());
      const { name, programme, position } = await manifestAt(placeOfCut(workingDirectory, later));
      const since = await manifestAt(placeOfCut(workingDirectory, earlier), programme);
      const { manifest, files } = await cutOn(surroundings, { name, programme, position, since });
      if (csv ?? json) process.stdout.write(files.get(csv ? 'difference.csv' : 'difference.json') ?? '');
      else if (manifest.difference) process.stdout.write(`${changesSince(manifest.difference)}\n`);
    });
}
