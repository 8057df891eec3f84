import type pg from 'pg';
import type { StoredEvent, StreamSlice } from '@cairn/kernel/event-store.js';
import { isStreamName, isUuid } from './admission.js';
import { int4Array, textArray } from './binary-arrays.js';
import { isConnectionLoss, unreachable } from './failure.js';

const COLUMNS = `e.position, e.stream, e.revision, e.id, e.type, e.version, e.data, e.meta,
  to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

// The order within keeps the planner at one walk along the index for each stream.
const STREAMS = `select ${COLUMNS} from unnest($1::text[], $2::int[]) s (stream, after)
  cross join lateral (select * from log.events where stream = s.stream and revision > s.after order by revision) e
  where e.position <= $3 order by e.position`;

type Row = [position: string, stream: string, revision: string, id: string, type: string, version: string, data: string, meta: string, recordedAt: string];

function stored([position, stream, revision, id, type, version, data, meta, recordedAt]: Row): StoredEvent {
  return { position: Number(position), stream, revision: Number(revision), id, type, version: Number(version), data, meta, recordedAt };
}

const RAW = { getTypeParser: () => String };

/** Reads the log as text, in PostgreSQL's own form. Every method throws StoreUnavailable when the log cannot be reached. */
export class Reader {
  constructor(private readonly pool: pg.Pool) {}

  async streams(slices: readonly StreamSlice[], upTo = Number.MAX_SAFE_INTEGER): Promise<StoredEvent[]> {
    const after = new Map<string, number>();
    for (const slice of slices) {
      if (isStreamName(slice.stream)) after.set(slice.stream, Math.min(slice.after ?? -1, after.get(slice.stream) ?? Infinity));
    }
    if (after.size === 0) return [];
    return this.events(STREAMS, [textArray([...after.keys()]), int4Array([...after.values()]), upTo]);
  }

  async find(id: string): Promise<StoredEvent | undefined> {
    if (!isUuid(id)) return undefined;
    const [event] = await this.events(`select ${COLUMNS} from log.events e where e.id = $1`, [id]);
    return event;
  }

  page(after: number, size: number): Promise<StoredEvent[]> {
    return this.events(`select ${COLUMNS} from log.events e where e.position > $1 order by e.position limit $2`, [after, size]);
  }

  async head(): Promise<number> {
    const [row] = await this.rows<[string]>('select coalesce(max(position), 0) from log.events', []);
    return Number(row?.[0] ?? 0);
  }

  private async events(text: string, values: readonly unknown[]): Promise<StoredEvent[]> {
    return (await this.rows<Row>(text, values)).map(stored);
  }

  private async rows<R extends string[]>(text: string, values: readonly unknown[]): Promise<R[]> {
    const ask = () => this.pool.query<R>({ text, values: [...values], rowMode: 'array', types: RAW });
    try {
      // The pool may not have noticed yet that an idle connection was lost: a second one tells.
      const { rows } = await ask().catch((error: unknown) => {
        if (!isConnectionLoss(error)) throw error;
        return ask();
      });
      return rows;
    } catch (error) {
      throw unreachable(error);
    }
  }
}
