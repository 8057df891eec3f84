import { resolve } from 'node:path';
import { Command } from 'commander';
import { exitsHelp } from './failure.js';
import { progressIn } from './progress.js';
import type { Surroundings } from './record.js';
import { explained } from './record-place.js';
import { restore, type Restored } from './restore-all.js';
import { table, type Terminal } from './terminal.js';

interface Options {
  readonly keys: string;
  readonly json?: true;
}

export function restoreCommand({ config, terminal, workingDirectory }: Surroundings): Command {
  return new Command('restore')
    .summary('make a place anew from a backup and its keys')
    .description(`Checks both files to their last byte, and only then fills an empty place with them: the data directory that CAIRN_DATA_DIR names, not there yet or empty, or with DATABASE_URL a database that holds nothing of Cairn. Puts the key file in its place, makes the read models anew, and compares everything with the backup. Then start the service there.

A key that comes from the environment is in no file: set CAIRN_KEY to it.

Whoever was erased since the backup was made is back with it: erase them again, and destroy that keys file.`)
    .argument('<file>', 'the backup')
    .requiredOption('--keys <file>', 'the keys file that was written with it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `
Example:
  CAIRN_DATA_DIR=restored npm run cairn -- restore cairn-2026-03-05 --keys /media/safe/cairn-2026-03-05.keys
${exitsHelp}`)
    .action(async (file: string, { keys, json }: Options) => {
      const bar = progressIn(terminal, 'Making the read models');
      const paths = { path: resolve(workingDirectory, file), keysPath: resolve(workingDirectory, keys) };
      const restored = await explained(() => restore(config(), { ...paths, onProgress: bar.moved })).finally(bar.stop);
      process.stdout.write(`${json ? JSON.stringify(restored, null, 2) : inWords(restored, terminal)}\n`);
    });
}

function inWords({ madeAt, position, rows, place, keyFile }: Restored, terminal: Terminal): string {
  const facts = [
    ['place', place],
    ['as it was at', madeAt],
    ['last position', String(position)],
    ...Object.entries(rows).map(([name, count]) => [name, `${count} rows`]),
    ['key file', keyFile ?? 'none: the key comes from CAIRN_KEY'],
  ];
  return [
    table(terminal, ['what', 'how it stands'], facts),
    '',
    terminal.colour.green('Restored, compared with the backup, and the read models made anew. Start the service there.'),
    'Tokens of the local sign-in are not restored: people sign in again.',
    'If anybody was erased after this backup was made, erase them again now.',
  ].join('\n');
}
