import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvTable } from './csv.js';
import { isEmpty, TableUnreadable } from './table.js';

let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-csv-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function rowsIn(content: string | Buffer, separator?: string) {
  const path = join(directory, `${files++}.csv`);
  await writeFile(path, content);
  const table = await csvTable(path, separator);
  const rows = [];
  for await (const { row, cells } of table.rows()) rows.push([row, ...cells]);
  return rows;
}

async function refusal(content: string | Buffer): Promise<string> {
  return rowsIn(content).then(
    () => 'read',
    (error: unknown) => (error instanceof TableUnreadable ? error.message : String(error)),
  );
}

const latin = (text: string) => Buffer.from(text, 'latin1');

describe('a CSV file', () => {
  it.each([
    ['commas', 'a,b\r\n1,2\r\n'],
    ['semicolons, with commas inside', 'a;"b"\n1;2\n'],
    ['tabs', 'a\tb\n1\t2'],
    ['bars', 'a|b\n1|2\n'],
    ['old line ends', 'a,b\r1,2\r'],
  ])('is read with %s', async (_, content) => {
    expect(await rowsIn(content)).toEqual([[1, 'a', 'b'], [2, '1', '2']]);
  });

  it('is read with the separator that it or its reader names', async () => {
    expect(await rowsIn('sep=;\na;b,c\n')).toEqual([[2, 'a', 'b,c']]);
    expect(await rowsIn('a,b;c\n', ';')).toEqual([[1, 'a,b', 'c']]);
  });

  it('finds the separator by its header, not by commas in a comment or a quoted name', async () => {
    expect(await rowsIn('# dates, times, and so on\n"one, two, three";b\n')).toEqual([[1, '# dates, times, and so on'], [2, 'one, two, three', 'b']]);
  });

  it('keeps a cell that goes over several lines whole, and counts it as one row', async () => {
    expect(await rowsIn('a,b\n"one\r\ntwo",2\n3,"say ""no"""\n')).toEqual([[1, 'a', 'b'], [2, 'one\r\ntwo', '2'], [3, '3', 'say "no"']]);
  });

  it('keeps what looks like a formula as the text it is', async () => {
    expect(await rowsIn('a\n=1+1\n@x\n-3\n')).toEqual([[1, 'a'], [2, '=1+1'], [3, '@x'], [4, '-3']]);
  });

  it('keeps empty and ragged rows, for its reader to judge', async () => {
    const rows = await rowsIn('a,b\n\n,\n1\n1,2,3\n');
    expect(rows.map(([, ...cells]) => cells)).toEqual([['a', 'b'], [''], ['', ''], ['1'], ['1', '2', '3']]);
    expect(isEmpty({ row: 3, cells: ['', ' '] })).toBe(true);
  });

  it('says in which row a quotation mark is not closed', async () => {
    expect(await refusal('a,b\n1,2\n3,"4\n')).toMatch(/row 3: a quotation mark/);
    expect(await refusal('a,b\n1,x"y\n')).toMatch(/row 2: a quotation mark/);
    expect(await refusal(`a,b\n1,"${'x'.repeat(1 << 21)}`)).toMatch(/row 2: .* quotation mark/);
  });
});

describe('the encoding of a CSV file', () => {
  it.each([
    ['UTF-8', Buffer.from('name,é\n“ok”,€\n')],
    ['UTF-8 with its mark', Buffer.from('\uFEFFname,é\n“ok”,€\n')],
    ['UTF-16, little end first', Buffer.from('\uFEFFname,é\n“ok”,€\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\uFEFFname,é\n“ok”,€\n', 'utf16le').swap16()],
    ['Windows-1252', latin('name,\xe9\n\x93ok\x94,\x80\n')],
  ])('is found: %s', async (_, content) => {
    expect(await rowsIn(content)).toEqual([[1, 'name', 'é'], [2, '“ok”', '€']]);
  });

  it('is found across the pieces in which the file is read', async () => {
    const row = 'é'.repeat(99) + '\n';
    expect(await rowsIn(Buffer.from('a' + row.repeat(12_000)))).toHaveLength(12_000);
  });

  it('names the line where encodings mix, or none fits', async () => {
    expect(await refusal(Buffer.concat([Buffer.from('a\né\n'), latin('caf\xe9\n')]))).toMatch(/line 3: it mixes encodings: line 2 is UTF-8 and line 3 is not/);
    expect(await refusal(Buffer.concat([latin('a\nb\ncaf\xe9\n'), Buffer.from('é\n')]))).toMatch(/line 4: it mixes encodings: line 4 is UTF-8 and line 3 is not/);
    expect(await refusal(latin('a\nb\n\x81\n'))).toMatch(/line 3: it is neither UTF-8 nor Windows-1252/);
    expect(await refusal(Buffer.concat([Buffer.from('\uFEFFa\n'), latin('caf\xe9\n')]))).toMatch(/line 2: it begins as UTF-8/);
    expect(await refusal(Buffer.from('a,b\n1,2\n', 'utf16le'))).toMatch(/line 1: it holds zero bytes/);
  });
});
