import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableNames, tables } from './fields.js';

const document = readFileSync(join(import.meta.dirname, '..', '..', 'IMPORT.md'), 'utf8');

it.each(tableNames)('every column of the %s is described in IMPORT.md as the template describes it', (table) => {
  const section = document.split(`### ${table}\n`)[1]?.split('\n#')[0] ?? '';
  const described = Object.entries(tables[table]).filter(([name]) => !name.startsWith('because')).map(([name, { header, needed, help }]) => `| ${header}${needed ? ' *' : ''} | \`${name}\` | ${help} |`);
  expect(section.split('\n').filter((line) => /^\| [^|]+ \| `/.test(line))).toEqual(described);
});
