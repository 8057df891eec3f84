import type { Asking } from './routes.js';

/** An answer, and the participants it tells of: it leaves only once the access log holds who read whom. */
export class Disclosed<Body> {
  constructor(
    readonly asking: Asking,
    readonly participants: readonly string[],
    readonly body: Body,
  ) {}
}

export function disclosed<Body>(asking: Asking, participants: readonly string[], body: Body): Disclosed<Body> {
  return new Disclosed(asking, participants, body);
}

/** A body that is text of its own kind, sent as it is, a long one piece by piece; `next` is the cursor of its next page. */
export class Document<Text extends string | Iterable<string> = string> {
  constructor(
    readonly contentType: string,
    readonly text: Text,
    readonly next?: string,
  ) {}
}
