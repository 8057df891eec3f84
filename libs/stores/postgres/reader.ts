import type pg from 'pg';
import type { StoredEvent, StreamSlice } from '@cairn/kernel/event-store.js';
import { Gather } from '@cairn/kernel/gather.js';
import { isStreamName, isUuid } from './admission.js';
import { int4Array, textArray } from './binary-arrays.js';
import { isConnectionLoss, unreachable } from './failure.js';
import { Recent, type Follower } from './recent.js';

const COLUMNS = `e.position, e.stream, e.revision, e.id, e.type, e.version, e.data, e.meta,
  to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

// The order within keeps the planner at one walk along the index for each stream.
const STREAMS = `select ${COLUMNS} from unnest($1::text[], $2::int[]) s (stream, after)
  cross join lateral (select * from log.events where stream = s.stream and revision > s.after order by revision limit $4) e
  where e.position <= $3 order by e.position`;

/** Reads of more streams than this, or of more events of one, hold nobody up: they are not made together with others. */
const SHORT = { streams: 16, events: 64 };
const SHARED = { atOnce: 2, together: 64 };

type Row = [position: string, stream: string, revision: string, id: string, type: string, version: string, data: string, meta: string, recordedAt: string];

function stored([position, stream, revision, id, type, version, data, meta, recordedAt]: Row): StoredEvent {
  return { position: Number(position), stream, revision: Number(revision), id, type, version: Number(version), data, meta, recordedAt };
}

/** Streams, and after which revision each is wanted. */
type Tails = ReadonlyMap<string, number>;

/** One entry for each stream, from where it is wanted first. */
function tailsOf(wanted: readonly (readonly [stream: string, after: number])[]): Tails {
  const tails = new Map<string, number>();
  for (const [stream, after] of wanted) tails.set(stream, Math.min(after, tails.get(stream) ?? Infinity));
  return tails;
}

const RAW = { getTypeParser: () => String };

/** Reads the log as text, in PostgreSQL's own form. Every method throws StoreUnavailable when the log cannot be reached. */
export class Reader {
  private readonly shared = new Gather<Tails, StoredEvent[] | undefined>((asked) => this.together(asked), SHARED);
  /** For whoever follows the log by pages. */
  readonly recent = new Recent();

  constructor(private readonly pool: pg.Pool) {}

  async streams(slices: readonly StreamSlice[], upTo?: number): Promise<StoredEvent[]> {
    const tails = tailsOf(slices.filter(({ stream }) => isStreamName(stream)).map(({ stream, after = -1 }) => [stream, after] as const));
    if (tails.size === 0) return [];
    const short = upTo === undefined && tails.size <= SHORT.streams ? await this.shared.one(tails) : undefined;
    return short ?? this.tails(tails, { upTo });
  }

  /** Several reads in one; undefined for one that turns out to be long. */
  private async together(asked: readonly Tails[]): Promise<(StoredEvent[] | undefined)[]> {
    const events = Map.groupBy(await this.tails(tailsOf(asked.flatMap((tails) => [...tails])), { most: SHORT.events }), ({ stream }) => stream);
    return asked.map((tails) => {
      const found = [...tails].map(([stream, after]) => ({ after, of: events.get(stream) ?? [] }));
      if (found.some(({ of }) => of.length === SHORT.events)) return undefined;
      return found.flatMap(({ after, of }) => of.filter(({ revision }) => revision > after)).sort((a, b) => a.position - b.position);
    });
  }

  private tails(tails: Tails, { upTo = Number.MAX_SAFE_INTEGER, most }: { upTo?: number | undefined; most?: number }): Promise<StoredEvent[]> {
    return this.events(STREAMS, [textArray([...tails.keys()]), int4Array([...tails.values()]), upTo, most ?? null], 'log-streams');
  }

  async find(id: string): Promise<StoredEvent | undefined> {
    if (!isUuid(id)) return undefined;
    const [event] = await this.events(`select ${COLUMNS} from log.events e where e.id = $1`, [id]);
    return event;
  }

  /** What comes next for one of those who follow. */
  async page(follower: Follower, size: number): Promise<StoredEvent[]> {
    const known = this.recent.after(follower, size);
    if (known.length > 0) return known;
    const page = await this.events(`select ${COLUMNS} from log.events e where e.position > $1 order by e.position limit $2`, [follower.position, size], 'log-page');
    this.recent.take(page);
    return page;
  }

  async head(): Promise<number> {
    const [row] = await this.rows<[string]>('select coalesce(max(position), 0) from log.events', []);
    return Number(row?.[0] ?? 0);
  }

  /** @param name of what is asked so often that the server had better remember it */
  private async events(text: string, values: readonly unknown[], name?: string): Promise<StoredEvent[]> {
    return (await this.rows<Row>(text, values, name)).map(stored);
  }

  private async rows<R extends string[]>(text: string, values: readonly unknown[], name?: string): Promise<R[]> {
    const ask = () => this.pool.query<R>({ text, values: [...values], rowMode: 'array', types: RAW, ...(name !== undefined && { name }) });
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
