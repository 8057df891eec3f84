import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What earlier runs of a file's namespace recorded, line by line, kept beside the service's own data.
 * It spares sending a line again, above all one whose teller may no longer reach the participant. Without it the service itself
 * still tells a repeat by its Idempotency-Key; and what it says is believed only where the history holds the same entries.
 */
export class Receipts {
  private constructor(
    private readonly file: string | undefined,
    private readonly known: Map<string, readonly string[]>,
  ) {}

  /** Nothing is kept where there is no data directory at hand, or when it cannot be written. */
  static async in(dataDir: string | undefined, namespace: string): Promise<Receipts> {
    const directory = dataDir !== undefined && existsSync(dataDir) ? join(dataDir, 'receipts') : undefined;
    if (directory === undefined) return new Receipts(undefined, new Map());
    const file = join(directory, `${namespace}.jsonl`);
    const writable = await mkdir(directory, { recursive: true, mode: 0o700 }).then(() => true, () => false);
    const text = await readFile(file, 'utf8').catch(() => '');
    return new Receipts(writable ? file : undefined, new Map(text.split('\n').flatMap(entryOf)));
  }

  of(key: string): readonly string[] | undefined {
    return this.known.get(key);
  }

  async keep(key: string, events: readonly string[]): Promise<void> {
    if (events.length === 0 || this.known.has(key)) return;
    this.known.set(key, events);
    if (this.file !== undefined) await appendFile(this.file, `${JSON.stringify([key, events])}\n`, { mode: 0o600 }).catch(() => undefined);
  }
}

/** A line cut short by a crash is no receipt. */
function entryOf(line: string): [string, string[]][] {
  try {
    const [key, events] = JSON.parse(line) as [unknown, unknown];
    return typeof key === 'string' && Array.isArray(events) ? [[key, events as string[]]] : [];
  } catch {
    return [];
  }
}
