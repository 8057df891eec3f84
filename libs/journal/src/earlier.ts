import type { Receipt } from './asked.js';
import type { Names } from './names.js';
import type { StreamView, Trace } from './stream-view.js';

export interface CommandNames {
  readonly commandId: string;
  readonly fingerprint: string;
}

/** Where nothing is recorded. */
export const noCommand: CommandNames = { commandId: '', fingerprint: '' };

/** What the same command left on these streams before: by its key whatever the body was, without a key only for the same request. */
export function earlierOf(views: Iterable<StreamView>, { commandId, fingerprint }: CommandNames, keyed: boolean, names: Names): { receipt: Receipt; fingerprint: string } | undefined {
  const left: (readonly Trace[])[] = [];
  for (const view of views) {
    const entries = view.recordedBy(commandId, keyed ? undefined : fingerprint);
    if (entries.length > 0) left.push(entries);
  }
  const last = left[0]?.at(-1);
  if (!last) return undefined;
  return { receipt: { events: left.flat().map(({ id }) => id), etag: names.etag(last.stream, last.revision), repeated: true }, fingerprint: last.fingerprint };
}
