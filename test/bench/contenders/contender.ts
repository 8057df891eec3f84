import type { Happening } from './facts.js';

/** Something that appends to streams, each at the revision it is expected to stand at. */
export interface Contender {
  /** Ready for so many writers at once: connections made, and nothing else under way. */
  open(writers: number): Promise<Opened>;
}

export interface Opened {
  /**
   * All of them on one stream, durably, or an error.
   *
   * @param subject the stream's UUID
   * @param expected the revision it stands at, -1 when it is new
   */
  append(subject: string, expected: number, happenings: readonly Happening[]): Promise<unknown>;
  /** Gives the connections up; throws when what was written is not what was acknowledged. */
  close(): Promise<void>;
}
