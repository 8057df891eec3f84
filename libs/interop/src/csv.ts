import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { encodingOf, type Encoding } from './encoding.js';
import { TableUnreadable, type Row, type Table } from './table.js';

const separators = [',', ';', '\t', '|'];
/** No row of a table is longer; an unclosed quote soon is. */
const LONGEST_ROW = 1 << 20;
const CHUNK = 256 * 1024;

/**
 * A CSV file as a table: any of the encodings of `encodingOf`, the separator found by its first row (or said by Excel's `sep=` line),
 * line ends of any kind, quoted cells over several lines. Read as a stream: memory does not grow with the file.
 *
 * @throws TableUnreadable when its encoding is none
 */
export async function csvTable(path: string, separator?: string): Promise<Table> {
  const file = basename(path);
  const encoding = await encodingOf(path);
  return {
    file,
    async *rows() {
      const found = separator ?? (await separatorOf(path, encoding));
      yield* rowsOf(file, textOf(path, encoding), found);
    },
  };
}

async function* rowsOf(file: string, text: AsyncIterable<string>, separator: string): AsyncIterable<Row> {
  const parser = parse({ delimiter: separator, relax_column_count: true, skip_empty_lines: false, max_record_size: LONGEST_ROW, record_delimiter: ['\r\n', '\n', '\r'] });
  // What goes wrong is told where the rows are read.
  pipeline(Readable.from(text), parser, () => undefined);
  let row = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row++;
      if (row > 1 || !/^sep=.$/i.test(cells.join(separator))) yield { row, cells };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const quote = /QUOTE/.test(error.code);
    throw new TableUnreadable(file, quote ? 'a quotation mark is opened and not closed, or stands inside a cell that is not quoted.' : 'it is longer than a row can be: a quotation mark was probably never closed.', 'Correct it there; a cell with quotation marks is written "like ""this""".', `row ${row + 1}`);
  } finally {
    parser.destroy();
  }
}

async function* textOf(path: string, encoding: Encoding): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The one that stands oftenest in the first row that holds anything; a comma where none does. */
async function separatorOf(path: string, encoding: Encoding): Promise<string> {
  let text = '';
  for await (const piece of textOf(path, encoding)) {
    text += piece;
    break;
  }
  const said = /^sep=(.)\r?\n?/i.exec(text);
  if (said?.[1] !== undefined) return said[1];
  const [first = ''] = text.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !line.startsWith('# '));
  const bare = first.replace(/"[^"]*"?/g, '');
  const counts = separators.map((each) => [each, bare.split(each).length] as const);
  return counts.sort(([, a], [, b]) => b - a)[0]?.[0] ?? ',';
}
