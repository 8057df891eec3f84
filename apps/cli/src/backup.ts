import { resolve } from 'node:path';
import { Command } from 'commander';
import { takeBackup, type Backup } from './backup-take.js';
import { exits, exitsHelp, Failure } from './failure.js';
import type { Surroundings } from './record.js';
import { explained } from './record-place.js';
import { table, type Terminal } from './terminal.js';

interface Options {
  readonly keys?: string;
  readonly force?: true;
  readonly json?: true;
}

export function backupCommand({ config, terminal, workingDirectory }: Surroundings): Command {
  return new Command('backup')
    .summary('write the record to a file and its keys to another, while the service runs')
    .description(`Writes two files that hold one moment of the record, and reads them back before it says that they are good.

FILE has every event and the access log. By itself it opens no participant's record.

FILE.keys has the participants' keys and the key over them. Keep it apart from FILE: whoever holds both can read everything, and without it FILE cannot be restored. After a participant is erased, make a new backup and destroy every older keys file: it still holds their key.

A key that comes from the environment (CAIRN_KEY) is put into no file; keep it yourself. The read models are in no backup, as "cairn restore" makes them anew. apps/cli/BACKUP.md describes the files.`)
    .argument('<file>', 'the file to write')
    .option('--keys <file>', 'the file for the keys; FILE.keys when left out')
    .option('--force', 'replace files that are there')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `
Example:
  npm run cairn -- backup /mnt/backups/cairn-2026-03-05 --keys /media/safe/cairn-2026-03-05.keys
${exitsHelp}`)
    .action(async (file: string, { keys, force, json }: Options) => {
      const path = resolve(workingDirectory, file);
      const keysPath = keys === undefined ? `${path}.keys` : resolve(workingDirectory, keys);
      if (path === keysPath) throw new Failure(exits.unusable, 'The keys would be in the same file as the record.', 'Name another file with --keys.');
      const backup = await explained(() => takeBackup(config(), { path, keysPath, force: force === true }));
      process.stdout.write(`${json ? JSON.stringify(backup, null, 2) : inWords(backup, terminal)}\n`);
    });
}

function inWords({ madeAt, position, rows, backup, keys }: Backup, terminal: Terminal): string {
  const { colour } = terminal;
  const facts = [
    ['as it was at', madeAt],
    ['last position', String(position)],
    ...Object.entries(rows).map(([name, count]) => [name, `${count} rows`]),
    ['backup', backup.file],
    ['', `${backup.bytes} bytes, sha256 ${backup.sha256}`],
    ['keys', keys.file],
    ['', `${keys.bytes} bytes, sha256 ${keys.sha256}`],
  ];
  const environment = 'The key-encryption key comes from CAIRN_KEY and is in neither file: keep it where it is kept now, a restore needs it.';
  return [
    table(terminal, ['what', 'how much'], facts),
    '',
    colour.green('Written and read back: both files are good.'),
    `${colour.bold(`Keep ${keys.file} apart from the backup:`)} whoever holds both can read every participant's record, and the backup opens nothing without it.`,
    ...(keys.keyEncryptionKey === 'environment' ? [environment] : []),
    'After an erasure, destroy every older keys file: it still holds the key of whoever was erased.',
  ].join('\n');
}
