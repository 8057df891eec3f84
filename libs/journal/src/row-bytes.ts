import { dateOfDay, dayOf } from '@cairn/kernel/clocks.js';

/** Days, and milliseconds, from 1970 to the year 2000, where PostgreSQL begins to count. */
const EPOCH_DAYS = 10_957;
const EPOCH_MS = 946_684_800_000;
/** Of its binary form. */
const JSONB = 1;
/** Texts this short are written faster than they are handed over. */
const SHORT = 24;

/** Of several rows, which go their way together. */
const CHUNK = 64 * 1024;

const DASH = 45;
const NO_DIGIT = 0xff;
/** By the code of its character. */
const digits = new Uint8Array(128).fill(NO_DIGIT);
for (const digit of '0123456789abcdefABCDEF') digits[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

/** Writes rows in PostgreSQL's binary form, which it takes over without reading every byte of it twice. A value in a column of another kind throws a RangeError. */
export class RowBytes {
  private bytes = Buffer.allocUnsafeSlow(CHUNK);
  private at = 0;
  private start = 0;

  begin(cells: number): void {
    this.start = this.at;
    this.reserve(2);
    this.at = this.bytes.writeInt16BE(cells, this.at);
  }

  /** The row that was begun last; it stays as it is. */
  end(): Buffer {
    return this.bytes.subarray(this.start, this.at);
  }

  nothing(): void {
    this.int4(-1);
  }

  boolean(value: unknown): void {
    if (typeof value !== 'boolean') throw unfit('boolean');
    this.int4(1);
    this.reserve(1);
    this.bytes[this.at++] = value ? 1 : 0;
  }

  smallint(value: unknown): void {
    const number = whole(value, 2 ** 15);
    this.int4(2);
    this.reserve(2);
    this.at = this.bytes.writeInt16BE(number, this.at);
  }

  integer(value: unknown): void {
    const number = whole(value, 2 ** 31);
    this.int4(4);
    this.int4(number);
  }

  bigint(value: unknown): void {
    const number = whole(value, 2 ** 53);
    this.int4(8);
    this.int4(Math.floor(number / 2 ** 32));
    this.int4(number);
  }

  double(value: unknown): void {
    if (typeof value !== 'number') throw unfit('double precision');
    this.int4(8);
    this.reserve(8);
    this.at = this.bytes.writeDoubleBE(value, this.at);
  }

  /** `2026-03-05`. */
  date(value: unknown): void {
    if (typeof value !== 'string' || dateOfDay(dayOf(value)) !== value) throw unfit('date');
    this.int4(4);
    this.int4(dayOf(value) - EPOCH_DAYS);
  }

  instant(value: unknown): void {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw unfit('timestamp');
    this.int4(8);
    this.reserve(8);
    this.at = this.bytes.writeBigInt64BE(BigInt(value.getTime() - EPOCH_MS) * 1000n, this.at);
  }

  uuid(value: unknown): void {
    if (typeof value !== 'string' || value.length !== 36) throw unfit('uuid');
    this.int4(16);
    this.reserve(16);
    const { bytes, at } = this;
    let wrong = 0;
    for (let nth = 0, from = 0; nth < 16; nth++, from += 2) {
      if (nth === 4 || nth === 6 || nth === 8 || nth === 10) wrong |= value.charCodeAt(from++) ^ DASH;
      const high = digits[value.charCodeAt(from)] ?? NO_DIGIT;
      const low = digits[value.charCodeAt(from + 1)] ?? NO_DIGIT;
      wrong |= (high | low) & 0xf0;
      bytes[at + nth] = (high << 4) | low;
    }
    if (wrong !== 0) throw unfit('uuid');
    this.at += 16;
  }

  text(value: unknown): void {
    this.counted(typeof value === 'string' ? value : String(value));
  }

  /** Nothing for what JSON leaves out. */
  json(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) this.nothing();
    else this.counted(text);
  }

  jsonb(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) this.nothing();
    else this.counted(text, JSONB);
  }

  private counted(text: string, version?: number): void {
    this.reserve(5 + 3 * text.length);
    const start = this.at;
    this.at += 4;
    if (version !== undefined) this.bytes[this.at++] = version;
    if (text.length > SHORT || !this.ascii(text)) this.at += this.bytes.write(text, this.at);
    this.bytes.writeInt32BE(this.at - start - 4, start);
  }

  /** Whether it could be written so; if not, nothing is. */
  private ascii(text: string): boolean {
    const { bytes, at } = this;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      bytes[at + index] = code;
    }
    this.at += text.length;
    return true;
  }

  private int4(value: number): void {
    this.reserve(4);
    const { bytes, at } = this;
    bytes[at] = value >> 24;
    bytes[at + 1] = value >> 16;
    bytes[at + 2] = value >> 8;
    bytes[at + 3] = value;
    this.at += 4;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const { bytes, start, at } = this;
    this.bytes = Buffer.allocUnsafeSlow(Math.max(CHUNK, 2 * (at - start + more)));
    bytes.copy(this.bytes, 0, start, at);
    this.start = 0;
    this.at = at - start;
  }
}

function whole(value: unknown, end: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -end || value >= end) throw unfit('integer');
  return value;
}

/** Never with the value, which may be a participant's. */
function unfit(type: string): RangeError {
  return new RangeError(`A value is no ${type}.`);
}
