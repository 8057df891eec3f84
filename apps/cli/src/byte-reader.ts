const LONGEST_LINE = 1 << 20;

/** Takes lines and counted bytes, in turn, from a stream of pieces of any size. */
export class ByteReader {
  private readonly pieces: AsyncIterator<unknown>;
  private held: Buffer = Buffer.alloc(0);

  /** @param tooShort makes the error to throw when the stream ends within what was asked for */
  constructor(
    source: AsyncIterable<unknown>,
    private readonly tooShort: () => Error,
  ) {
    this.pieces = source[Symbol.asyncIterator]();
  }

  /** Up to the next newline, without it. */
  async line(): Promise<string> {
    for (let from = 0; ; ) {
      const end = this.held.indexOf(10, from);
      if (end >= 0) {
        const line = this.held.toString('utf8', 0, end);
        this.held = this.held.subarray(end + 1);
        return line;
      }
      from = this.held.length;
      if (from > LONGEST_LINE) throw this.tooShort();
      await this.more();
    }
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.held.length < count) await this.more();
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return taken;
  }

  private async more(): Promise<void> {
    const next = await this.pieces.next();
    if (next.done) throw this.tooShort();
    this.held = Buffer.concat([this.held, next.value as Buffer]);
  }
}
