import type { Actor, Source } from '@cairn/kernel/envelope.js';
import type { States, StreamRef } from './states.js';

/** What a request says of itself, beside the command it carries. */
export interface Asked {
  readonly method: string;
  /** The filled path, without query: it names the resource. */
  readonly path: string;
  readonly body: unknown;
  readonly actor: Actor;
  readonly source: Source;
  readonly requestId: string;
  /** Scope: actor and route. The same key with another body is refused. */
  readonly idempotencyKey?: string;
  /** It says when it happened: sent again word for word it tells the same fact, also after what it recorded was corrected. Undated, it is then a new wish. */
  readonly dated?: true;
  /** Etags, or `*`: the write is refused unless the stream still stands at one of them, or is there at all. */
  readonly ifMatch?: string;
  /** What the caller's access rests on: judged on every attempt, and nothing is recorded if it has moved since. `admit` throws when there is none. */
  readonly standing?: { readonly streams: readonly StreamRef[]; readonly admit: (states: States) => void };
}

/** Answer to a write: the ids of the events it recorded, and the etag of the stream it was about. */
export interface Receipt {
  readonly events: readonly string[];
  readonly etag: string;
  /** Whether an earlier request recorded them and this one, its repeat, nothing. */
  readonly repeated?: true;
  /** What the request said beside facts that are all there already, and that is therefore kept nowhere. */
  readonly unrecorded?: readonly ['because'];
}

/** The caller's If-Match is not where the stream stands. Nothing was written. */
export class Stale extends Error {
  constructor() {
    super('If-Match is not the etag this stream stands at: the record has moved on since you read it, or the etag is that of another stream. Read the history again and decide whether the change still applies.');
  }
}

/** The same Idempotency-Key came with another request. Nothing was written. */
export class KeyReused extends Error {
  constructor() {
    super('This Idempotency-Key was already used for a different request. Use a new key for a new request.');
  }
}
