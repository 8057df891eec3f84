import type { Entry } from '@cairn/kernel/envelope.js';
import type { Located } from './replayed.js';

/** Where frames go: a response, as far as a reader of the live stream needs to know it. */
export interface Sink {
  /** @returns false when the other end does not take more for now */
  write(text: string): boolean;
  /** Resolves once more can be written, or the other end is gone. */
  drained(): Promise<void>;
  end(): void;
  /** Breaks the connection: what is still buffered for it is given up. */
  destroy(): void;
}

/** Entries recorded together, and where their participants are now: found out once, however many listen. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly whereabouts: (participant: string) => Promise<Located | undefined>;
}

/** A batch as one reader may see it, ready to be sent; empty when they may see none of it. */
export type Frames = (batch: Batch) => Promise<string>;

/** As many entries may wait for one reader; whoever is further behind is let go and can resume from the log. */
export const MOST_WAITING = 1_000;

/** One open stream: what is still to be sent to it, in the order of the log, each entry once. */
export class LiveReader {
  private waiting: Batch[] = [];
  private size = 0;
  private wake: (() => void) | undefined;
  private sent: number;
  private blocked = false;
  private listening = false;
  private over = false;

  /** @param after position after which it listens */
  constructor(
    private readonly sink: Sink,
    private readonly frames: Frames,
    after: number,
    private readonly onSlow: () => void,
  ) {
    this.sent = after;
  }

  get ended(): boolean {
    return this.over;
  }

  /** From now on what it is offered is kept for it: it has been sent all that was recorded before. */
  listen(): void {
    this.listening = true;
  }

  /** New entries of the log. A reader that listens and is too far behind is dropped; the others never wait for it. */
  offer(batch: Batch): void {
    if (this.over || !this.listening) return;
    this.size += batch.entries.length;
    if (this.size > MOST_WAITING) return this.drop();
    this.waiting.push(batch);
    this.wake?.();
  }

  /** Says that the stream lives; one that has not taken anything since the last time is dropped. */
  heartbeat(): void {
    if (this.over) return;
    if (this.blocked) return this.drop();
    this.blocked = !this.sink.write(': alive\n\n');
    if (this.blocked) void this.sink.drained().then(() => (this.blocked = false));
  }

  /** Sends entries that were recorded before it began to listen, at the pace at which they are taken. */
  async send({ entries, whereabouts }: Batch): Promise<void> {
    const news = entries.filter(({ position }) => position > this.sent);
    if (news.length === 0 || this.over) return;
    const text = await this.frames({ entries: news, whereabouts });
    this.sent = news.at(-1)?.position ?? this.sent;
    if (text === '' || this.over || this.sink.write(text)) return;
    this.blocked = true;
    await this.sink.drained();
    this.blocked = false;
  }

  /** Sends what comes until it is ended. */
  async run(): Promise<void> {
    while (!this.over) {
      const next = this.waiting.shift();
      if (next) {
        await this.send(next);
        this.size -= next.entries.length;
      } else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.waiting = [];
    this.wake?.();
    this.sink.end();
  }

  private drop(): void {
    this.onSlow();
    this.over = true;
    this.waiting = [];
    this.wake?.();
    this.sink.destroy();
  }
}
