import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Terminal } from '../terminal.js';
import { exits, Failure } from '../failure.js';
import type { RowFault } from './columns.js';

/** `fine`: checked, and not sent, because nothing is in this run. */
export const outcomes = ['taken', 'already-there', 'fine', 'wrong', 'held-back', 'example'] as const;
export type RowOutcome = (typeof outcomes)[number];

export interface RowReport {
  readonly file: string;
  readonly sheet?: string;
  readonly row: number;
  readonly participant?: string;
  readonly outcome: RowOutcome;
  readonly faults: readonly (RowFault & { readonly code?: string })[];
}

const SHOWN = 40;
const heads = ['file', 'sheet', 'row', 'participant', 'outcome', 'column', 'what', 'code'];

/** What became of every row: counted, written out as it is known, and the first wrong ones shown. Memory does not grow with the rows. */
export class Report {
  readonly counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<RowOutcome, number>;
  readonly wrong: RowReport[] = [];
  rows = 0;
  private readonly started = performance.now();
  private readonly out: WriteStream | undefined;
  private said = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly json: boolean,
    private readonly path?: string,
  ) {
    this.out = path === undefined ? undefined : createWriteStream(path, { mode: 0o600 });
    // Told when the report is written to, or closed.
    this.out?.on('error', () => undefined);
    this.out?.write(`\uFEFF${heads.join(',')}\r\n`);
    if (json) process.stdout.write('{ "rows": [');
  }

  async row(report: RowReport): Promise<void> {
    this.rows++;
    this.counts[report.outcome]++;
    const faulty = report.outcome === 'wrong' || report.outcome === 'held-back';
    if (faulty && this.wrong.length < SHOWN) this.wrong.push(report);
    if (faulty && !this.json && this.wrong.length <= SHOWN && this.wrong.at(-1) === report) process.stdout.write(`${rowText(report, this.terminal)}\n`);
    if (this.json && !process.stdout.write(`${this.rows === 1 ? '' : ','}\n${JSON.stringify(report)}`)) await once(process.stdout, 'drain');
    await this.keep(report);
    if (this.terminal.interactive && performance.now() - this.said > 1000) {
      this.said = performance.now();
      process.stderr.write(`\r${this.rows} rows`);
    }
  }

  /** @throws Failure when the report could not be written */
  async end(about: Readonly<Record<string, unknown>>): Promise<void> {
    const seconds = (performance.now() - this.started) / 1000;
    if (this.terminal.interactive) process.stderr.write('\r');
    if (this.json) process.stdout.write(`\n], "counts": ${JSON.stringify(this.counts)}, ${JSON.stringify({ ...about, seconds: Math.round(seconds * 10) / 10 }).slice(1, -1)} }\n`);
    if (!this.out) return;
    this.out.end();
    await finished(this.out).catch((error: unknown) => {
      throw new Failure(exits.unusable, `The report ${this.path ?? ''} could not be written (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`, 'Name another place and run the same command again: nothing is recorded twice.');
    });
  }

  private async keep({ file, sheet = '', row, participant = '', outcome, faults }: RowReport): Promise<void> {
    if (!this.out) return;
    const told = faults.length > 0 ? faults : [{ message: '' }];
    const text = stringify(told.map(({ column = '', message, code = '' }: RowReport['faults'][number]) => [file, sheet, row, participant, outcome, column, message, code]), { escape_formulas: true, record_delimiter: 'windows' });
    if (!this.out.write(text)) await Promise.race([once(this.out, 'drain'), once(this.out, 'close')]).catch(() => undefined);
  }
}

function rowText({ file, sheet, row, participant, outcome, faults }: RowReport, { colour }: Terminal): string {
  const place = `${[file, sheet].filter(Boolean).join(', ')}, row ${row}${participant === undefined ? '' : ` (${participant})`}`;
  const what = faults.map(({ column, message, code }) => `  ${[column && `column "${column}"`, code].filter(Boolean).join(', ')}${column ?? code ? ': ' : ''}${message}`);
  return [`${outcome === 'wrong' ? colour.red('WRONG') : colour.yellow('held back')}  ${place}`, ...what].join('\n');
}

export function totalsText({ counts, rows, wrong }: Report, { colour }: Terminal): string {
  const words: Record<RowOutcome, string> = { taken: 'taken', 'already-there': 'already there', fine: 'fine', wrong: 'wrong', 'held-back': 'held back', example: 'the template\'s example' };
  const parts = outcomes.flatMap((outcome) => (counts[outcome] > 0 ? [`${counts[outcome]} ${words[outcome]}`] : []));
  const hidden = counts.wrong + counts['held-back'] - wrong.length;
  return `${hidden > 0 ? `… and ${hidden} more; --report FILE lists all.\n` : ''}${colour.bold(`${rows} rows: ${parts.join(', ') || 'none'}.`)}`;
}
