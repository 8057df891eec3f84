import Table from 'cli-table3';
import pc from 'picocolors';

/** Where people read: how wide it is, and whether it shows colour. */
export interface Terminal {
  readonly width: number;
  /** Whether somebody looks at it: progress bars only then. */
  readonly interactive: boolean;
  readonly colour: ReturnType<typeof pc.createColors>;
}

const PIPE_WIDTH = 110;
const NARROWEST = 8;
const ESCAPE = String.fromCharCode(27);

/** Colour on a terminal only, and never when NO_COLOR is set (no-color.org). */
export function terminalOf(env: Readonly<Record<string, string | undefined>>, out: { readonly isTTY?: boolean; readonly columns?: number }): Terminal {
  const interactive = out.isTTY === true && env['TERM'] !== 'dumb';
  const given = out.columns ?? Number(env['COLUMNS']);
  return { interactive, width: given >= 40 ? Math.min(given, 200) : PIPE_WIDTH, colour: pc.createColors(interactive && !env['NO_COLOR']) };
}

const bare = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ',
};

/** Columns under their heads; what does not fit the width wraps in the widest column. */
export function table({ width, colour }: Terminal, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return colour.dim('  (nothing)');
  const natural = head.map((title, column) => Math.max(title.length, ...rows.map((row) => plain(row[column] ?? '').length)) + 2);
  const colWidths = fitted(natural, width);
  const made = new Table({ head: head.map((title) => colour.bold(title)), chars: bare, wordWrap: true, colWidths, style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 } });
  made.push(...rows.map((row) => row.map((text, column) => text.replace(/\S+/g, (word) => broken(word, (colWidths[column] ?? 0) - 2)))));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Whether the heads of the columns can be read beside one another. */
export function fits({ width }: Terminal, head: readonly string[]): boolean {
  return head.reduce((sum, title) => sum + title.length + 3, 0) <= width;
}

/** Rows one under the other, each as its columns with what stands in them: for more columns than fit beside one another. */
export function records({ colour }: Terminal, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return colour.dim('  (nothing)');
  const wide = Math.max(...head.map(({ length }) => length));
  return rows.map((row, index) => [colour.dim(` row ${index + 1}`), ...head.map((title, column) => ` ${colour.bold(title.padEnd(wide))}  ${row[column] ?? ''}`.trimEnd())].join('\n')).join('\n\n');
}

/** The widest gives way until the whole fits. */
function fitted(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const tooWide = () => widths.reduce((sum, each) => sum + each + 1, 0) - width;
  while (tooWide() > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const next = Math.max(...widths.filter((_, column) => column !== widest), NARROWEST);
    const cut = Math.max(1, Math.min(tooWide(), (widths[widest] ?? 0) - next));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - cut;
  }
  return widths;
}

/** A word wider than its column goes on below, after a hyphen where it has one: the table itself would cut it off. */
function broken(word: string, room: number): string {
  if (word.length <= room || word.includes(ESCAPE)) return word;
  const parts = (word.match(/[^-]*-|[^-]+/g) ?? [word]).flatMap((part) => part.match(new RegExp(`.{1,${room}}`, 'gu')) ?? []);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= room) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines.join('\n');
}

function plain(text: string): string {
  return text.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g'), '');
}
