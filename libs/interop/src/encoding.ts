import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { TableUnreadable } from './table.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

const save = 'Open it in the program it came from and save it again as "CSV UTF-8".';
const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/**
 * The one encoding all of a text file is in, found by reading it once: by its byte order mark; else UTF-8 when all of it is; else
 * Windows-1252, which is what Excel writes as "CSV", when no part of it is UTF-8 beyond ASCII.
 *
 * @throws TableUnreadable naming the first line that is in no encoding, or in another than the lines before
 */
export async function encodingOf(path: string): Promise<Encoding> {
  let scan: Scan | undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    if (!scan) {
      const marked = markOf(chunk);
      if (marked === 'utf-16le' || marked === 'utf-16be') return marked;
      scan = new Scan(basename(path), marked === 'utf-8');
      scan.take(marked === 'utf-8' ? chunk.subarray(3) : chunk);
    } else scan.take(chunk);
  }
  return scan?.end() ?? 'utf-8';
}

function markOf([a, b, c]: Buffer): Encoding | undefined {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return a === 0xef && b === 0xbb && c === 0xbf ? 'utf-8' : undefined;
}

class Scan {
  private carry: Buffer = Buffer.alloc(0);
  private line = 1;
  private utf8At: number | undefined;
  private otherAt: number | undefined;

  constructor(
    private readonly file: string,
    /** Whether it says itself that it is UTF-8. */
    private readonly marked: boolean,
  ) {}

  take(bytes: Buffer): void {
    const zero = bytes.indexOf(0);
    if (zero !== -1) throw new TableUnreadable(this.file, 'it holds zero bytes, which no text has.', 'If it is a spreadsheet, save it as .xlsx or as "CSV UTF-8"; UTF-16 text needs its byte order mark.', `line ${this.line + newlines(bytes.subarray(0, zero))}`);
    const whole = this.carry.length > 0 ? Buffer.concat([this.carry, bytes]) : bytes;
    const end = whole.length - unfinished(whole);
    this.judge(whole.subarray(0, end));
    this.carry = Buffer.from(whole.subarray(end));
  }

  end(): Encoding {
    if (this.carry.length > 0) this.judge(this.carry);
    return this.otherAt === undefined ? 'utf-8' : 'windows-1252';
  }

  private judge(bytes: Buffer): void {
    if (!isAscii(bytes)) {
      if (isUtf8(bytes) && this.otherAt === undefined) this.utf8At ??= this.line + newlines(bytes.subarray(0, bytes.findIndex((byte) => byte > 0x7f)));
      else this.lines(bytes);
    }
    this.line += newlines(bytes);
  }

  /** Line by line, where some of it is not UTF-8. */
  private lines(bytes: Buffer): void {
    let line = this.line;
    for (let start = 0; start < bytes.length; line++) {
      const found = bytes.indexOf(NEWLINE, start);
      const end = found === -1 ? bytes.length : found + 1;
      this.one(bytes.subarray(start, end), line);
      start = end;
    }
  }

  private one(bytes: Buffer, line: number): void {
    if (isAscii(bytes)) return;
    if (isUtf8(bytes)) this.utf8At ??= line;
    else {
      this.otherAt ??= line;
      if (this.marked) throw new TableUnreadable(this.file, 'it begins as UTF-8, and this line is not.', save, `line ${line}`);
      if (bytes.some((byte) => [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte))) throw new TableUnreadable(this.file, 'it is neither UTF-8 nor Windows-1252.', save, `line ${line}`);
    }
    if (this.utf8At !== undefined && this.otherAt !== undefined)
      throw new TableUnreadable(this.file, `it mixes encodings: line ${this.utf8At} is UTF-8 and line ${this.otherAt} is not.`, save, `line ${Math.max(this.utf8At, this.otherAt)}`);
  }
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Bytes at the end that begin a character of UTF-8 whose rest is still to come. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}
