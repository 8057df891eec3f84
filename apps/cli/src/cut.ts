import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { cut, CutRefused, type Cut, type CutWanted } from '@cairn/analysis/cut.js';
import { manifestIn, type Manifest } from '@cairn/analysis/manifest.js';
import type { Parts } from '@cairn/assembly/parts.js';
import { catalogues } from '@cairn/record/aspects.js';
import { exits, exitsHelp, Failure } from './failure.js';
import { progressIn } from './progress.js';
import type { Surroundings } from './record.js';
import { explained, quiet, refuseNowhere } from './record-place.js';
import { table, type Terminal } from './terminal.js';
import { programVersion } from './version.js';

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

interface Options {
  readonly programme: string;
  readonly out?: string;
  readonly at?: string;
  readonly since?: string;
  readonly json?: true;
}

export function cutCommand(surroundings: Surroundings): Command {
  const { config, terminal, workingDirectory } = surroundings;
  return new Command('cut')
    .summary('cut a dataset: the analysts’ views at one position of the log, as files')
    .description('Writes every view of a programme as CSV and Parquet, with codebook and manifest, as the record stands now: pseudonymous, under tokens of this cut alone. Of a masked programme that is not unblinded, figures alone. The same name in the same place makes the same cut again, byte for byte, and says so. The service may run meanwhile.')
    .argument('<name>', 'what to call it: lower-case letters, digits and hyphens')
    .option('--programme <id>', 'whose dataset it is', 'core')
    .option('--out <directory>', 'where to put it; cuts/<name> when left out')
    .option('--at <position>', 'the position of an earlier manifest, to make a cut that was lost again')
    .option('--since <cut>', 'an earlier cut of the programme (its name in cuts/, its directory or manifest.json): adds a report of what has changed')
    .option('--json', 'print the manifest')
    .addHelpText('after', `
Example:
  npm run cairn -- cut baseline --programme core
  npm run cairn -- cut month-3 --programme core --since baseline
${exitsHelp}`)
    .action(async (name: string, options: Options) => {
      if (!NAME.test(name)) throw new Failure(exits.unusable, `"${name}" cannot name a cut.`, 'Use lower-case letters, digits and hyphens, such as month-3.');
      refuseNowhere(config());
      const out = resolve(workingDirectory, options.out ?? join('cuts', name));
      const standing = await standingIn(out, name, options);
      const since = options.since === undefined ? standing?.difference?.since : await manifestAt(placeOfCut(workingDirectory, options.since), options.programme);
      const made = await cutOn(surroundings, { name, programme: options.programme, position: options.at ?? standing?.position, since });
      if (standing) await compare(out, made);
      else await place(out, made);
      process.stdout.write(options.json ? `${JSON.stringify(made.manifest, null, 2)}\n` : `${told(terminal, out, made.manifest, standing !== undefined)}\n`);
    });
}

/** Makes the cut, its own reading of the record told in the access log. @throws Failure */
export async function cutOn({ config, terminal }: Surroundings, wanted: Omit<CutWanted, 'onProgress'>): Promise<Cut> {
  return explained(async () => {
    const { openParts } = await import('@cairn/assembly/parts.js');
    const parts = await openParts(config(), quiet);
    const bar = progressIn(terminal, 'Folding the log');
    try {
      const house = { connection: parts.server.connection, readModels: parts.readModels, derive: parts.derive, catalogues, version: await programVersion() };
      const made = await cut(house, { ...wanted, onProgress: bar.moved });
      await inTheAccessLog(parts, made);
      return made;
    } catch (error) {
      if (!(error instanceof CutRefused)) throw error;
      throw new Failure(exits.refused, `${error.code}: ${error.message}`, 'Nothing was written.');
    } finally {
      bar.stop();
      await parts.close();
    }
  });
}

/** The manifest of the cut that lies there already, whose position is then the one to cut at. @throws Failure where something else lies there */
async function standingIn(out: string, name: string, { programme, at }: Options): Promise<Manifest | undefined> {
  const found = await readdir(out).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw unwritable(out, error);
  });
  if (found.length === 0) return undefined;
  const manifest = manifestIn(await readFile(join(out, 'manifest.json'), 'utf8').catch(() => ''));
  if (!manifest) throw new Failure(exits.unusable, `${out} is not empty, and holds no cut.`, 'Name another directory with --out. Nothing was touched.');
  if (manifest.name !== name || manifest.programme !== programme || (at !== undefined && at !== manifest.position))
    throw new Failure(exits.unusable, `${out} holds another cut: ${manifest.name} of ${manifest.programme}.`, 'Name another directory with --out. Nothing was touched.');
  return manifest;
}

/** Where a cut lies that is named as `cairn cut` names it, or by its path. */
export function placeOfCut(workingDirectory: string, given: string): string {
  const named = resolve(workingDirectory, 'cuts', given);
  return NAME.test(given) && existsSync(join(named, 'manifest.json')) ? named : resolve(workingDirectory, given);
}

/** The manifest of an earlier cut, of this programme where one is asked for. @throws Failure */
export async function manifestAt(path: string, programme?: string): Promise<Manifest> {
  const file = basename(path).endsWith('.json') ? path : join(path, 'manifest.json');
  const manifest = manifestIn(await readFile(file, 'utf8').catch(() => ''));
  if (!manifest) throw new Failure(exits.unusable, `${file} is no manifest of a cut.`, 'Give the name of a cut in cuts/, its directory, or its manifest.json.');
  if (programme !== undefined && manifest.programme !== programme) throw new Failure(exits.unusable, `${file} is of a cut of ${manifest.programme}, not of ${programme}.`, 'Two cuts of one programme can be compared.');
  return manifest;
}

/** Nobody's rows leave before it is on record that they did. */
async function inTheAccessLog({ accessLog }: Parts, { manifest, participants }: Cut): Promise<void> {
  await accessLog.record({ actor: `operator:${userInfo().username}`, roles: [], sites: [], method: 'CUT', route: `cairn cut ${manifest.name}`, participants: [...participants], requestId: randomUUID() });
}

/** All files or none. @throws Failure */
async function place(out: string, { files }: Cut): Promise<void> {
  let draft: string | undefined;
  try {
    await mkdir(dirname(out), { recursive: true });
    draft = await mkdtemp(join(dirname(out), '.cut-'));
    for (const [file, bytes] of files) await writeFile(join(draft, file), bytes, { flush: true });
    // An empty directory that is there already gives way.
    await rename(draft, out);
  } catch (error) {
    throw unwritable(out, error);
  } finally {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function unwritable(out: string, error: unknown): Failure {
  return new Failure(exits.unusable, `${out} cannot be made the directory of a cut (${String(codeOf(error) ?? error)}).`, codeOf(error) === 'ENOSPC' ? 'Make room on that disk, or name another directory with --out. Nothing was kept.' : 'Name another directory with --out. Nothing was kept.');
}

/** @throws Failure naming the files that are not there as they were just made; they are left as they are */
async function compare(out: string, { files }: Cut): Promise<void> {
  const others: string[] = [];
  for (const [file, bytes] of files) if (!(await readFile(join(out, file)).catch(() => undefined))?.equals(bytes)) others.push(file);
  if (others.length > 0)
    throw new Failure(exits.refused, `The cut in ${out} cannot be made again as it is there: ${others.join(', ')} would differ. A file was altered, a participant was erased since, or it was made by another release.`, 'Nothing was touched. Make a new cut under another name, with --since to see what differs.');
}

function told(terminal: Terminal, out: string, manifest: Manifest, again: boolean): string {
  const { pooled, why, difference, files, release, position, knownAt } = manifest;
  return [
    again ? `The cut in ${out} was made again: the same bytes.` : `The cut is in ${out}.`,
    `Release ${release}, position ${position}${knownAt === null ? '' : `, as known at ${knownAt}`}.`,
    ...(pooled && why ? [why] : []),
    table(terminal, ['file', 'rows', 'sha256'], files.map(({ file, rows, sha256 }) => [file, String(rows), `${sha256.slice(0, 16)}…`])),
    ...(difference ? [changesSince(difference)] : []),
  ].join('\n');
}

/** How much has changed, by view. */
export function changesSince({ since, counts }: NonNullable<Manifest['difference']>): string {
  const changes = Object.entries(counts).map(([view, { added, gone, changed }]) => `  ${view}: ${added} added, ${gone} gone, ${changed} changed`);
  return [`Since ${since.name}:`, ...(changes.length > 0 ? changes : ['  nothing has changed'])].join('\n');
}
