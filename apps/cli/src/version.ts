import { readFile } from 'node:fs/promises';

/** Of the program, as its package says. */
export async function programVersion(): Promise<string> {
  const found = await readFile(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(found) as { version: string }).version;
}
