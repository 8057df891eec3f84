import { EventIdHeld, StaleRevision, type Appended, type StoreRefused, type Write } from '@cairn/kernel/event-store.js';
import { int4Array, textArray, uuidArray } from './binary-arrays.js';

/** The thirteen parameters of `log.append`, in their order. */
export const APPEND = {
  name: 'append',
  text: 'select before, recorded_at, others from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)',
  rowMode: 'array',
  types: { getTypeParser: () => String },
} as const;

/** A row of `log.append`, as text. */
export type AppendRow = [before: string, recordedAt: string, others: string | null];

/** How an append ended. */
export type Outcome = Appended | StaleRevision | StoreRefused;

export function parametersOf(appends: readonly (readonly Write[])[]): (number | Buffer)[] {
  const streams = new Map<string, number>();
  const write = { appends: [] as number[], streams: [] as number[], expected: [] as number[], sizes: [] as number[] };
  const event = { writes: [] as number[], revisions: [] as number[], ids: [] as string[], types: [] as string[], versions: [] as number[] };
  const data: string[] = [];
  const meta: string[] = [];
  appends.forEach((writes, index) => {
    for (const { stream, expected, events } of writes) {
      const place = streams.get(stream) ?? streams.size + 1;
      streams.set(stream, place);
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
    appends.length,
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
  ];
}

interface NotTaken {
  /** Both from 1, within the batch. */
  append: number;
  write: number;
  actual: number;
  held: number;
  repeated: boolean;
  positions: number[];
  recordedAt: string;
}

/** One outcome for each append of the batch, in order. */
export function outcomesOf(appends: readonly (readonly Write[])[], [before, recordedAt, others]: AppendRow): Outcome[] {
  const notTaken = new Map((others === null ? [] : (JSON.parse(others) as NotTaken[])).map((other) => [other.append, other]));
  let position = Number(before);
  let writesBefore = 0;
  return appends.map((writes, index) => {
    const other = notTaken.get(index + 1);
    const firstWrite = writesBefore;
    writesBefore += writes.length;
    if (other) return otherOutcome(writes[other.write - 1 - firstWrite], other);
    const size = writes.reduce((sum, { events }) => sum + events.length, 0);
    return { positions: Array.from({ length: size }, () => (position += 1)), recordedAt };
  });
}

function otherOutcome(write: Write | undefined, { actual, held, repeated, positions, recordedAt }: NotTaken): Outcome {
  if (repeated) return { positions, recordedAt };
  if (held > 0) return idHeld();
  return new StaleRevision(write?.stream ?? '', write?.expected ?? actual, actual);
}

export function idHeld(): EventIdHeld {
  return new EventIdHeld(
    'The store already holds an event of this append elsewhere, and an id is used once for ever. Nothing was written; give the events new ids.',
  );
}
