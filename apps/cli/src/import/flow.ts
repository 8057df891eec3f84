import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TableUnreadable } from '@cairn/interop/table.js';
import { exits, Failure } from '../failure.js';
import { tokensOf } from '../people.js';
import { Contract } from '../record/contract.js';
import type { Surroundings } from '../record.js';
import { findService } from '../service.js';
import { RowCheck, type Checked } from './check.js';
import { readMapping } from './mapping.js';
import { placeOf, type Given } from './place.js';
import { Report, totalsText, type RowOutcome, type RowReport } from './report.js';
import { inOrder, RowSender } from './send.js';
import { rowsOf, sourcesOf, type Source } from './sources.js';

export interface Options extends Given {
  readonly mapping?: string;
  readonly dryRun?: true;
  readonly allOrNothing?: true;
  readonly takeGood?: true;
  readonly json?: true;
  readonly report?: string;
  readonly tokens?: string;
  readonly url?: string;
}

/** So many rows are read ahead of the slowest answer. */
const WINDOW = 512;

/** @throws Failure */
export async function runImport(files: readonly string[], options: Options, { config, terminal, workingDirectory, exitWith }: Surroundings): Promise<void> {
  if (options.allOrNothing && options.takeGood) throw new Failure(exits.unusable, 'Rows are taken all or none (--all-or-nothing), or those that are right (--take-good).', 'Give one of the two.');
  const at = (path: string | undefined) => path && resolve(workingDirectory, path);
  const mapping = await readMapping(at(options.mapping));
  const { sources, left } = await readable(() => sourcesOf(files, workingDirectory, mapping));
  refuseColumns(sources);
  const found = await findService(config(), options.url);
  const tokens = await tokensOf(config(), found, at(options.tokens));
  const [place, contract] = [await placeOf(mapping, options, found.url, tokens), await Contract.of(found.url)];
  const newCheck = () => new RowCheck(place.teller, contract, place.isThere, place.sections);
  const notes = [...left.map((each) => `${each} is none of the tables and is left out.`), ...sources.flatMap(({ from, columns }) => columns.left.map((column) => `${from.file}: the column "${column}" is not taken.`))];
  for (const note of options.json ? [] : notes) process.stderr.write(`${note}\n`);

  // All are checked before the first is sent; one that is wrong then is found again, to be told.
  const send = options.dryRun !== true && (options.takeGood === true || (await readable(() => areAllRight(sources, newCheck()))));
  const report = new Report(terminal, options.json === true, at(options.report));
  const sender = new RowSender(found.url, tokens);
  await readable(() => told(sources, newCheck(), send ? sender : undefined, report));
  const isWrong = report.counts.wrong + report.counts['held-back'] > 0;
  await report.end({ url: found.url, programme: place.teller.programme, site: place.teller.site, sent: send, notes });
  if (!options.json) process.stdout.write(`${totalsText(report, terminal)}${send ? '' : ' Nothing was sent.'}${isWrong ? `\n${advice(send, options)}` : ''}\n`);
  if (isWrong) exitWith(exits.refused);
}

function advice(sent: boolean, { takeGood }: Options): string {
  if (sent || takeGood) return 'Correct what is wrong, and run the same command again: nothing is recorded twice.';
  return 'Correct what is wrong and run the same command again, or take the rows that are right with --take-good.';
}

/** @throws Failure with what the columns of any file have against being imported; nothing of it is taken then, whatever was asked */
function refuseColumns(sources: readonly Source[]): void {
  const faults = sources.flatMap(({ from, columns }) => columns.faults.map(({ column, message }) => `  ${[from.file, from.sheet].filter(Boolean).join(', ')}${column === undefined ? '' : `, column "${column}"`}: ${message}`));
  if (faults.length > 0) throw new Failure(exits.unusable, [`The columns cannot be imported as they are; nothing was sent.`, ...faults].join('\n'), 'Correct the headers, or say in a mapping what they are. apps/cli/IMPORT.md describes it.');
}

async function areAllRight(sources: readonly Source[], check: RowCheck): Promise<boolean> {
  for await (const { faults, waitsFor } of inOrder(eachRow(sources, check), WINDOW, (checked) => check.withParticipant(checked))) if (faults.length > 0 || waitsFor !== undefined) return false;
  return true;
}

/** Checks every row, sends it where there is a sender, and reports what became of it. */
async function told(sources: readonly Source[], check: RowCheck, sender: RowSender | undefined, report: Report): Promise<void> {
  try {
    for await (const row of inOrder(eachRow(sources, check), WINDOW, async (checked) => become(await check.withParticipant(checked), check, sender))) await report.row(row);
  } catch (error) {
    if (!(error instanceof Failure) || error.exit !== exits.unreachable) throw error;
    throw new Failure(error.exit, `${error.message.replace(/\.$/, '')}: stopped after ${report.rows} rows; of the next some may be recorded.`, error.next);
  }
}

async function become(checked: Checked, check: RowCheck, sender: RowSender | undefined): Promise<RowReport> {
  const { source, row, participant, faults, tellings } = checked;
  const as = (outcome: RowOutcome, why: RowReport['faults'] = faults): RowReport => ({ file: source.from.file, ...(source.from.sheet !== undefined && { sheet: source.from.sheet }), row, ...(participant !== undefined && { participant }), outcome, faults: why });
  const heldBy = (other: number) => as('held-back', [{ message: `row ${other} of the participants is wrong, and this one rests on it` }]);
  if (checked.isExample) return as('example');
  if (faults.length > 0) return as('wrong');
  if (checked.waitsFor !== undefined) return heldBy(checked.waitsFor);
  if (!sender) return as('fine');
  const sent = await sender.send(participant ?? '', () => (check.waitsFor(checked) === undefined ? tellings : []), ({ refusal }) => {
    if (refusal) check.refused(checked);
  });
  const waitsFor = check.waitsFor(checked);
  if (sent.refusal) return as('wrong', [{ ...sent.refusal, message: `${sent.refusal.message}${sent.recorded > 0 ? ` What stands before it in the row was recorded.` : ''}` }]);
  if (waitsFor !== undefined && sent.recorded + sent.alreadyThere === 0) return heldBy(waitsFor);
  return as(sent.recorded > 0 ? 'taken' : 'already-there');
}

async function* eachRow(sources: readonly Source[], check: RowCheck): AsyncIterable<Checked> {
  for (const source of sources) {
    for await (const row of rowsOf(source)) yield check.check(source, row);
    const { mtimeMs } = await stat(source.path);
    if (mtimeMs !== source.written) throw new Failure(exits.unusable, `${source.path} was written to while it was read.`, 'Close it elsewhere and run the same command again: nothing is recorded twice.');
  }
}

/** A file that cannot be read becomes a no that a person reads. */
async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableUnreadable) throw new Failure(exits.unusable, error.message, error.next);
    throw error;
  }
}
