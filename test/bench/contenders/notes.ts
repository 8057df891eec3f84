import type { Appended, Write } from '@cairn/kernel/event-store.js';
import type { Attempt } from '@cairn/stores/checker.js';

const PAGE = 16 * 1024 * 1024;
const HEADER = 4;
const LINE_BREAK = 10;

/**
 * What was sent and answered, to be held against the log afterwards. It lies outside the heap, and leaves nothing on it: there it kept the
 * collector busy for a third of this process's time, and no service keeps what it has written.
 */
export class Notes {
  /** Notes one after the other, each behind its length in bytes; after the last of a page comes a length of 0. */
  private readonly pages: Buffer[] = [];
  private page: Buffer = Buffer.alloc(0);
  private nth = -1;
  private at = 0;

  note({ stream, expected, events }: Write, { positions, recordedAt }: Appended): void {
    const placed = positions.join();
    this.makeRoom(stream.length + recordedAt.length + placed.length + 100 + events.reduce((sum, { id, type, data, meta }) => sum + id.length + type.length + data.length + meta.length + 20, 0));
    const from = (this.at += HEADER);
    // No part has a line break in it: names, and what JSON or base64 made.
    for (const part of [stream, String(expected), recordedAt, placed]) this.write(part);
    for (const { id, type, version, data, meta } of events) {
      this.write(id);
      this.write(type);
      this.write(String(version));
      this.write(data);
      this.write(meta);
    }
    this.page.writeUInt32LE(this.at - from, from - HEADER);
  }

  /** Everything noted; from now on it notes anew, in the same place. */
  taken(): Attempt[] {
    this.finish();
    const attempts: Attempt[] = [];
    for (const page of this.pages.slice(0, this.nth + 1))
      for (let at = 0, size = page.readUInt32LE(at); size > 0; at += HEADER + size, size = page.readUInt32LE(at)) attempts.push(attemptOf(page.toString('utf8', at + HEADER, at + HEADER + size)));
    this.page = Buffer.alloc(0);
    this.nth = -1;
    this.at = 0;
    return attempts;
  }

  /** For so many characters, and for the length that ends the page. */
  private makeRoom(characters: number): void {
    if (this.at + 2 * HEADER + 3 * characters <= this.page.length) return;
    this.finish();
    this.nth += 1;
    this.page = this.pages[this.nth] ??= Buffer.allocUnsafeSlow(PAGE);
    this.at = 0;
  }

  private finish(): void {
    if (this.page.length > 0) this.page.writeUInt32LE(0, this.at);
  }

  private write(part: string): void {
    this.at += this.page.write(part, this.at);
    this.page[this.at++] = LINE_BREAK;
  }
}

function attemptOf(text: string): Attempt {
  const [stream = '', expected, recordedAt = '', positions = '', ...parts] = text.split('\n');
  const events = positions.split(',').map((_, nth) => {
    const [id = '', type = '', version, data = '', meta = ''] = parts.slice(5 * nth, 5 * nth + 5);
    return { id, type, version: Number(version), data, meta };
  });
  return { writes: [{ stream, expected: Number(expected), events }], outcome: 'acknowledged', positions: positions.split(',').map(Number), recordedAt };
}
