import type { Appended, Write } from '@cairn/kernel/event-store.js';
import type { Attempt } from '@cairn/stores/checker.js';

const PAGE = 16 * 1024 * 1024;

/**
 * What was sent and answered, to be held against the log afterwards. It lies outside the heap: there it kept the collector busy for a third
 * of this process's time, and no service keeps what it has written.
 */
export class Notes {
  private readonly pages: Buffer[] = [];
  private readonly notes: { readonly page: number; readonly from: number; readonly to: number }[] = [];
  private page = -1;
  private at = PAGE;

  note({ stream, expected, events }: Write, { positions, recordedAt }: Appended): void {
    // No part has a line break in it: names, and what JSON or base64 made.
    const text = [stream, expected, recordedAt, positions.join(), ...events.flatMap(({ id, type, version, data, meta }) => [id, type, version, data, meta])].join('\n');
    if (this.at + 3 * text.length > PAGE) {
      this.page += 1;
      this.at = 0;
    }
    const page = (this.pages[this.page] ??= Buffer.allocUnsafeSlow(PAGE));
    const to = this.at + page.write(text, this.at);
    this.notes.push({ page: this.page, from: this.at, to });
    this.at = to;
  }

  /** Everything noted; from now on it notes anew, in the same place. */
  taken(): Attempt[] {
    const attempts = this.notes.map(({ page, from, to }) => attemptOf(this.pages[page]?.toString('utf8', from, to) ?? ''));
    this.notes.length = 0;
    this.page = -1;
    this.at = PAGE;
    return attempts;
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
