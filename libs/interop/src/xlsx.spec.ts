import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import write from 'write-excel-file/node';
import { textOf } from './cells.js';
import { TableUnreadable } from './table.js';
import { UNCALCULATED, xlsxTables } from './xlsx.js';

let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-xlsx-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const date = (text: string) => ({ value: new Date(text), type: Date, format: 'dd/mm/yyyy hh:mm' }) as const;
const workbook = () => write([{ sheet: 'Sessions', data: [['a', 'b', 'c'], ['x', 5, true], [date('2026-03-05T14:30:00Z'), date('2026-03-05T00:00:00Z'), null]] }, { sheet: 'Other', data: [['z']] }]).toBuffer();

/** The workbook with a part of it written differently. */
function changed(content: Buffer, part: string, change: (xml: string) => string): Buffer {
  const parts = unzipSync(content);
  return Buffer.from(zipSync({ ...parts, [part]: strToU8(change(strFromU8(parts[part] ?? new Uint8Array()))) }));
}

async function tablesIn(content: Buffer) {
  const path = join(directory, `${files++}.xlsx`);
  await writeFile(path, content);
  return Promise.all(
    (await xlsxTables(path)).map(async ({ sheet, rows }) => {
      const read = [];
      for await (const { row, cells } of rows()) read.push([row, ...cells.map(textOf)]);
      return { sheet, rows: read };
    }),
  );
}

async function refusal(content: Buffer): Promise<string> {
  return tablesIn(content).then(() => 'read', (error: unknown) => (error instanceof TableUnreadable ? error.message : String(error)));
}

const sheet = 'xl/worksheets/sheet1.xml';
const withCell = async (xml: string) => changed(await workbook(), sheet, (text) => text.replace('</sheetData>', `<row r="9">${xml}</row></sheetData>`));
const lastOf = async (content: Buffer) => (await tablesIn(content))[0]?.rows.at(-1);

it('reads every sheet, with numbers, booleans, dates and times as the sheet shows them', async () => {
  expect(await tablesIn(await workbook())).toEqual([
    { sheet: 'Sessions', rows: [[1, 'a', 'b', 'c'], [2, 'x', '5', 'true'], [3, '2026-03-05T14:30', '2026-03-05', '']] },
    { sheet: 'Other', rows: [[1, 'z']] },
  ]);
});

it('knows the dates of a workbook that counts from 1904, and times of day of both', async () => {
  const in1904 = changed(await workbook(), 'xl/workbook.xml', (xml) => xml.replace(/<workbookPr[^>]*\/>|(?=<sheets)/, '<workbookPr date1904="1"/>'));
  expect((await tablesIn(in1904))[0]?.rows[2]?.[2]).toBe('2030-03-06');
  const style = /<c r="A3" s="(\d+)"/.exec(strFromU8(unzipSync(await workbook())[sheet] ?? new Uint8Array()))?.[1] ?? '';
  expect(await lastOf(await withCell(`<c r="A9" s="${style}"><v>0.604166666666667</v></c>`))).toEqual([9, '14:30', '', '']);
});

it('takes the value a formula had when it was saved, and says where there is none or it failed', async () => {
  expect(await lastOf(await withCell('<c r="A9"><f>1+1</f><v>2</v></c><c r="B9" t="str"><f>A1</f><v>kept</v></c>'))).toEqual([9, '2', 'kept', '']);
  expect(await lastOf(await withCell('<c r="A9"><f>1+1</f></c><c r="B9"><f>A1</f><v></v></c><c r="C9" t="e"><f>1/0</f><v>#DIV/0!</v></c>'))).toEqual([9, UNCALCULATED, UNCALCULATED, '#DIV/0!']);
});

it.each([
  ['cells that are never closed', '<c r="A9"><f>1+1</f>'],
  ['tags that are never closed', '<c r="A9" <f>'],
])('refuses a damaged sheet of %s as soon as it would read a whole one', async (_, xml) => {
  const damaged = await withCell(`<c r="A8"><f>1</f>${xml.repeat(120_000)}`);
  const began = performance.now();
  expect(await refusal(damaged)).toMatch(/it cannot be read as a workbook \(.+\)\./);
  // Half a second, and minutes where each is looked for to the end of all.
  expect(performance.now() - began).toBeLessThan(30_000);
});

it('refuses what is no workbook, an old one, and one that unpacks to more than it reads', async () => {
  expect(await refusal(Buffer.from('a,b\n1,2\n'))).toMatch(/it is no \.xlsx workbook, or a damaged one/);
  expect(await refusal(Buffer.from('d0cf11e0a1b11ae1', 'hex'))).toMatch(/it is an old \.xls workbook, or one locked with a password/);
  expect(await refusal(Buffer.from(zipSync({ 'content.xml': strToU8('<x/>') })))).toMatch(/it is no Excel workbook/);
  const bomb = zipSync({ ...unzipSync(await workbook()), 'xl/media/padding': new Uint8Array(201 << 20) });
  expect(await refusal(Buffer.from(bomb))).toMatch(/holds more than 200 MB once unpacked/);
  expect(await refusal(Buffer.alloc(26 << 20))).toMatch(/it is 26 MB; a workbook of more than 25 MB is not read/);
});
