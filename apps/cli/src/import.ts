import { Command } from 'commander';
import { exitsHelp } from './failure.js';
import { runImport, type Options } from './import/flow.js';
import { tableNames } from './import/fields.js';
import { writeTemplates } from './import/template.js';
import type { Surroundings } from './record.js';

export function importCommand(surroundings: Surroundings): Command {
  const command = new Command('import')
    .summary('bring in the spreadsheets that services keep: CSV and XLSX')
    .description('Records the rows of spreadsheets of participants, sessions, workbook sections and admissions, each exactly once: import the same file again, or a longer version of it, and only what is new is recorded. Everything is checked first. apps/cli/IMPORT.md describes the columns, the mapping and the report.')
    .argument('<file...>', 'CSV files or Excel workbooks, named after their table (sessions.csv), or as sessions=FILE')
    .option('--mapping <file>', 'JSON, "format": "cairn-mapping/1": which column is what')
    .option('--programme <id>', 'the programme they belong to')
    .option('--site <id>', 'the site they belong to')
    .option('--dry-run', 'check everything, send nothing')
    .option('--all-or-nothing', 'send nothing if any row is wrong (as when left out)')
    .option('--take-good', 'take the rows that are right, report the others')
    .option('--json', 'print one JSON document instead of lines')
    .option('--report <file>', 'write what became of every row as CSV')
    .option('--as <role:subject>', 'in whose name, once a role: --as researcher:leila --as supervisor:helen', (each: string, before: readonly string[] | undefined) => [...(before ?? []), each])
    .option('--tokens <file>', 'JSON { "role": "token" }, when people sign in elsewhere')
    .option('--url <url>', 'the service; the one on the data directory when left out')
    .addHelpText('after', `
Example:
  npm run cairn -- import template --xlsx
  npm run cairn -- import cairn-import.xlsx --programme core --site s1 --dry-run
${exitsHelp}`)
    .action((files: string[], options: Options) => runImport(files, options, surroundings));
  return command.addCommand(templateCommand(surroundings));
}

function templateCommand({ workingDirectory }: Surroundings): Command {
  return new Command('template')
    .description('Writes a spreadsheet to fill in, with an example and what each column means.')
    .argument('[table]', `one of ${tableNames.join(', ')}; all of them when left out`)
    .option('--xlsx', 'an Excel workbook instead of CSV')
    .exitOverride()
    .action(async (table: string | undefined, { xlsx }: { xlsx?: true }) => {
      for (const file of await writeTemplates(workingDirectory, table, xlsx === true)) process.stdout.write(`${file}\n`);
    });
}
