import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importFaults, lintFaults, sound, typeFaults, unusedFaults } from './faults.js';

const root = process.cwd();
const own = ['eslint.config.js', '.dependency-cruiser.cjs', 'knip.json', 'tsconfig.json', 'jest.config.js', 'package.json', 'test/architecture/imports.ts'];
const rooms = ['apps', 'libs'];

/** What a check found: "file: rule". */
type Findings = ReadonlySet<string>;
type Linted = readonly { filePath: string; messages: readonly { ruleId: string | null }[] }[];
type Cruised = { summary: { violations: readonly { from: string; rule: { name: string } }[] } };
type Unused = { issues: readonly (Record<string, readonly unknown[]> & { file: string })[] };

let house: string;

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(house, file)), { recursive: true });
    await writeFile(join(house, file), text);
  }
}

/** Runs a program in the planted house; a check that finds something is no failure here. */
function run(...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: house, maxBuffer: 2 ** 26 }, (_, stdout, stderr) => {
      resolve({ stdout, stderr, code: child.exitCode });
    });
  });
}

async function answer<Shape>(...args: readonly string[]): Promise<Shape> {
  const { stdout, stderr } = await run(...args);
  if (!stdout.startsWith('{') && !stdout.startsWith('[')) throw new Error(`${args.join(' ')} gave no findings: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Shape;
}

async function typecheck(): Promise<Findings> {
  const { stdout } = await run('node_modules/@typescript/native-preview/bin/tsgo', '--noEmit', '--pretty', 'false', '-p', '.');
  return new Set(Array.from(stdout.matchAll(/^(\S+?)\(\d+,\d+\): error (TS\d+)/gm), ([, file, code]) => `${file}: ${code}`));
}

async function lint(): Promise<Findings> {
  const files = await answer<Linted>('node_modules/eslint/bin/eslint.js', ...rooms, '--format', 'json');
  return new Set(files.flatMap(({ filePath, messages }) => messages.map(({ ruleId }) => `${relative(house, filePath)}: ${ruleId ?? 'inline configuration'}`)));
}

async function cruise(): Promise<Findings> {
  const { summary } = await answer<Cruised>('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', ...rooms, '--output-type', 'json');
  return new Set(summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`));
}

async function unused(): Promise<Findings> {
  const { issues } = await answer<Unused>('node_modules/knip/bin/knip.js', '--reporter', 'json');
  return new Set(issues.flatMap(({ file, ...kinds }) => Object.keys(kinds).filter((kind) => kinds[kind]?.length).map((kind) => `${file}: ${kind}`)));
}

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'cairn-planted-'));
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
  for (const file of own) {
    await mkdir(dirname(join(house, file)), { recursive: true });
    await cp(join(root, file), join(house, file));
  }
  await write(sound);
  for (const { file, text, beside } of [...typeFaults, ...lintFaults, ...importFaults, ...unusedFaults]) await write({ [file]: text, ...beside });
});
afterAll(() => rm(house, { recursive: true }));

const checks = [
  { name: 'typecheck', check: typecheck, faults: typeFaults },
  { name: 'lint', check: lint, faults: lintFaults },
  { name: 'arch', check: cruise, faults: importFaults },
  { name: 'unused', check: unused, faults: unusedFaults },
];
describe.each(checks)('npm run $name', ({ check, faults }) => {
  let found: Findings;
  beforeAll(async () => {
    found = await check();
  });

  it.each(faults)('catches $what', ({ file, rule }) => {
    expect([...found].filter((finding) => finding.startsWith(`${file}: `))).toContain(`${file}: ${rule}`);
  });

  it('finds nothing in sound files', () => {
    expect([...found].filter((finding) => Object.keys(sound).some((file) => finding.startsWith(`${file}: `)))).toEqual([]);
  });
});

describe('npm run arch', () => {
  it('has a planted fault for every rule', () => {
    const { forbidden } = createRequire(join(root, 'package.json'))('./.dependency-cruiser.cjs') as { forbidden: readonly { name: string }[] };
    const planted = new Set(importFaults.map(({ rule }) => rule));
    expect(forbidden.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });

  it('does not pass blind', async () => {
    const config = join(house, '.dependency-cruiser.cjs');
    await writeFile(config, (await readFile(config, 'utf8')).replace('(?:dist|', '(?:libs|dist|'));
    const { stderr, code } = await run('test/architecture/imports.ts');
    expect(stderr).toContain('libs/kernel/src/refused.ts was not looked at.');
    expect(stderr).toMatch(/Only \d+ files were found/);
    expect(code).toBe(1);
  });
});
