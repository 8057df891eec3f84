import { EventIdHeld, NO_STREAM, StaleRevision, TermOver, type Appended, type StoreRefused, type Write } from '@cairn/kernel/event-store.js';
import { int4Array, textArray, uuidArray } from './binary-arrays.js';
import type { Call } from './call.js';

const APPEND = { name: 'append', text: "select concat_ws(' ', before, recorded_at, others) from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)" } as const;
const APPEND_ONE = { name: 'append one', text: 'select log.append_one($1, $2, $3, $4, $5, $6, $7, $8)' } as const;

/** How an append ended. */
export type Outcome = Appended | StaleRevision | TermOver | StoreRefused;

/** The call that takes the batch, in the term only. */
export function callOf(appends: readonly (readonly Write[])[], term?: number): Call {
  const [[write, ...otherWrites] = [], ...otherAppends] = appends;
  const [event, ...others] = write?.events ?? [];
  const named = term === undefined ? null : String(term);
  if (!write || !event || others.length + otherWrites.length + otherAppends.length > 0) return { ...APPEND, values: [...parametersOf(appends), named] };
  return { ...APPEND_ONE, values: [write.stream, String(write.expected), event.id, event.type, String(event.version), event.data, event.meta, named] };
}

/** In the order of `log.append`, all but the term. */
function parametersOf(appends: readonly (readonly Write[])[]): Call['values'] {
  const streams = new Map<string, number>();
  const stands: number[] = [];
  const added = new Set<number>();
  let areApart = true;
  const write = { appends: [] as number[], streams: [] as number[], expected: [] as number[], sizes: [] as number[] };
  const event = { writes: [] as number[], revisions: [] as number[], ids: [] as string[], types: [] as string[], versions: [] as number[] };
  const data: string[] = [];
  const meta: string[] = [];
  appends.forEach((writes, index) => {
    for (const { stream, expected, events } of writes) {
      const place = streams.get(stream) ?? streams.size + 1;
      streams.set(stream, place);
      // Whoever only checks may share a stream with others who expect the same; whoever adds to one has it alone.
      const isNew = place > stands.length;
      if (isNew) stands.push(expected);
      else if (events.length > 0 || added.has(place) || stands[place - 1] !== expected) areApart = false;
      if (events.length > 0) added.add(place);
      write.appends.push(index + 1);
      write.streams.push(place);
      write.expected.push(expected);
      write.sizes.push(events.length);
      let revision = expected;
      for (const each of events) {
        event.writes.push(write.appends.length);
        event.revisions.push((revision += 1));
        event.ids.push(each.id);
        event.types.push(each.type);
        event.versions.push(each.version);
        data.push(each.data);
        meta.push(each.meta);
      }
    }
  });
  return [
    String(appends.length),
    textArray([...streams.keys()]),
    int4Array(write.appends),
    int4Array(write.streams),
    int4Array(write.expected),
    int4Array(write.sizes),
    int4Array(event.writes),
    int4Array(event.revisions),
    uuidArray(event.ids),
    textArray(event.types),
    int4Array(event.versions),
    textArray(data),
    textArray(meta),
    areApart ? int4Array(stands) : null,
  ];
}

interface NotTaken {
  /** Both from 1, within the batch. */
  append: number;
  /** Null where none found its stream elsewhere. */
  write: number | null;
  actual: number | null;
  /** The present one, where it is not the one named. */
  term: number | null;
  held: number;
  repeated: boolean;
  positions: number[];
  recordedAt: string;
}

/**
 * One outcome for each append of the batch, in order.
 *
 * @param answer of the call: position before, stamp and, where there are any, the appends not taken, a space between
 */
export function outcomesOf(appends: readonly (readonly Write[])[], answer: string): Outcome[] {
  const [before, recordedAt = '', ...others] = answer.split(' ');
  const notTaken = new Map((others.length === 0 ? [] : (JSON.parse(others.join(' ')) as NotTaken[])).map((other) => [other.append, other]));
  let position = Number(before);
  let writesBefore = 0;
  return appends.map((writes, index) => {
    const other = notTaken.get(index + 1);
    const firstWrite = writesBefore;
    writesBefore += writes.length;
    if (other) return otherOutcome(writes[(other.write ?? 0) - 1 - firstWrite], other);
    const size = writes.reduce((sum, { events }) => sum + events.length, 0);
    return { positions: Array.from({ length: size }, () => (position += 1)), recordedAt };
  });
}

function otherOutcome(write: Write | undefined, { actual, term, held, repeated, positions, recordedAt }: NotTaken): Outcome {
  if (repeated) return { positions, recordedAt, repeated: true };
  if (term !== null) return new TermOver(term);
  if (held > 0) return idHeld();
  return new StaleRevision(write?.stream ?? '', write?.expected ?? NO_STREAM, actual ?? NO_STREAM);
}

export function idHeld(): EventIdHeld {
  return new EventIdHeld(
    'The store already holds an event of this append elsewhere, and an id is used once for ever. Nothing was written; give the events new ids.',
  );
}
