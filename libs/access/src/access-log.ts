import { setImmediate as turn } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { Invalid } from '@cairn/kernel/refused.js';
import { cutOff, inOneWrite } from '@cairn/postgres/wire.js';
import { faultOf, isUuid, type AccessEntry } from './access-entry.js';

export type { AccessEntry } from './access-entry.js';

/** An entry as it was written. */
export interface LoggedAccess {
  readonly id: string;
  /** RFC 3339, UTC, with microseconds. */
  readonly at: string;
  readonly actor: string;
  readonly roles: readonly string[];
  readonly sites: readonly string[];
  readonly method: string;
  readonly route: string;
  readonly purpose?: string;
  readonly participants: readonly string[];
  readonly requestId: string;
  readonly outcome: string;
}

export interface AccessFilter {
  readonly participant?: string | undefined;
  readonly actor?: string | undefined;
  /** RFC 3339 instants, both inclusive. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** `next` of the page before. */
  readonly before?: string | number | undefined;
  /** Entries on a page, at most 500. */
  readonly limit: number;
}

export interface AccessPage {
  /** Newest first. */
  readonly items: readonly LoggedAccess[];
  /** Send it back as `after` for older ones; absent on the last page. */
  readonly next?: string;
}

/** The access log cannot be written or read now, so nothing may be shown. Try again in a moment. */
export class AccessLogUnavailable extends Error {}

const LARGEST_BATCH = 256;
const LARGEST_PAGE = 500;
/** The server ends a statement that takes too long; this much later we end the connection of a server that does not. */
const GRACE_MS = 1_000;

const INSERT = `insert into access.log (actor, roles, sites, method, route, purpose, participants, request_id, outcome)
  select actor, roles, sites, method, route, purpose, participants, request_id, outcome from jsonb_to_recordset($1::jsonb)
  as entry(actor text, roles text[], sites text[], method text, route text, purpose text, participants uuid[], request_id text, outcome text)`;

interface Waiting {
  readonly entry: AccessEntry;
  readonly done: () => void;
  readonly failed: (error: AccessLogUnavailable) => void;
}

/** Who read whom. Entries that come at once are written in one transaction: however many read, one wait for the disk serves them. */
export class AccessLog {
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;
  private closed = false;

  /**
   * @param pool of the role cairn_service; the caller ends it
   * @param bounds `patienceMs`: how long a write may take; `mostWaiting`: how many entries may wait for one
   */
  constructor(
    private readonly pool: Pool,
    private readonly bounds: { readonly patienceMs: number; readonly mostWaiting: number } = { patienceMs: 3_000, mostWaiting: 2_000 },
  ) {}

  /**
   * Resolves once the entry is durable: only then may the answer leave.
   *
   * @throws AccessLogUnavailable the entry may or may not be there; the answer must not leave
   */
  record(entry: AccessEntry): Promise<void> {
    const fault = faultOf(entry);
    if (fault !== undefined) return Promise.reject(unwritten(fault));
    if (this.closed) return Promise.reject(unwritten('the service is stopping'));
    if (this.waiting.length >= this.bounds.mostWaiting) return Promise.reject(unwritten('too many reads wait for it'));
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed });
      this.writing ??= this.write();
    });
  }

  /**
   * @throws Invalid when a filter is not what it must be
   * @throws AccessLogUnavailable
   */
  async query(filter: AccessFilter): Promise<AccessPage> {
    const { participant, actor, from, until, before, limit } = checked(filter);
    const rows = await this.pool
      .query<Row>(
        `select id::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, actor, roles, sites, method, route, purpose, participants, request_id, outcome
         from access.log
         where ($1::uuid is null or participants @> array[$1::uuid]) and ($2::text is null or actor = $2)
           and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at <= $4) and ($5::bigint is null or id < $5)
         order by log.id desc limit $6`,
        [participant, actor, from, until, before, limit + 1],
      )
      .catch((cause: unknown) => {
        throw new AccessLogUnavailable('The access log cannot be read now. Try again in a moment.', { cause });
      });
    const items = rows.rows.slice(0, limit).map(logged);
    const last = items.at(-1);
    return { items, ...(rows.rows.length > limit && last && { next: last.id }) };
  }

  /** Writes what waits; what comes after is refused. */
  async close(): Promise<void> {
    this.closed = true;
    await this.writing;
  }

  private async write(): Promise<void> {
    await turn();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, LARGEST_BATCH);
      try {
        await this.insert(batch.map(({ entry }) => entry));
        for (const { done } of batch) done();
      } catch (cause) {
        // Those behind would only wait as long again for the same.
        for (const { failed } of [...batch, ...this.waiting.splice(0)]) failed(unwritten('the database did not take it', cause));
      }
    }
    this.writing = undefined;
  }

  private async insert(entries: readonly AccessEntry[]): Promise<void> {
    const { patienceMs } = this.bounds;
    const client = await this.connected(patienceMs);
    const deadline = setTimeout(() => cutOff(client), patienceMs + GRACE_MS);
    const sent = () => [
      client.query(`begin; set local statement_timeout = ${patienceMs}; set local synchronous_commit = on`),
      client.query({ name: 'access-log', text: INSERT, values: [JSON.stringify(entries.map(stored))] }),
      // Behind an insert that failed it takes everything back.
      client.query('commit'),
    ];
    try {
      await Promise.all(inOneWrite(client, sent));
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  private async connected(patienceMs: number): Promise<PoolClient> {
    const connecting = this.pool.connect();
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => {
        connecting.then((client) => client.release()).catch(() => undefined);
        reject(new Error(`No connection within ${patienceMs} ms.`));
      }, patienceMs);
    });
    return Promise.race([connecting, late]).finally(() => clearTimeout(deadline));
  }
}

function unwritten(why: string, cause?: unknown): AccessLogUnavailable {
  return new AccessLogUnavailable(`The access log cannot be written: ${why}. Nothing is shown that it does not hold; try again in a moment.`, { cause });
}

function stored({ actor, roles, sites, method, route, purpose, participants, requestId, outcome = 'disclosed' }: AccessEntry): object {
  return { actor, roles, sites, method, route, purpose, participants: [...new Set(participants)], request_id: requestId, outcome };
}

interface Row {
  id: string;
  at: string;
  actor: string;
  roles: string[];
  sites: string[];
  method: string;
  route: string;
  purpose: string | null;
  participants: string[];
  request_id: string;
  outcome: string;
}

function logged({ request_id: requestId, purpose, ...row }: Row): LoggedAccess {
  return { ...row, ...(purpose !== null && { purpose }), requestId };
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function checked({ participant, actor, from, until, before, limit }: AccessFilter): AccessFilter {
  const faults = [
    ...(participant !== undefined && !isUuid(participant) ? [{ field: 'participant', message: 'must be the id of a participant, a UUID' }] : []),
    ...(actor !== undefined && (actor.includes('\0') || !actor.isWellFormed()) ? [{ field: 'actor', message: 'holds characters that no id holds' }] : []),
    ...Object.entries({ from, until }).flatMap(([field, at]) =>
      at !== undefined && !(instant.test(at) && Number.isFinite(Date.parse(at))) ? [{ field, message: 'must be an instant such as 2026-03-01T00:00:00Z' }] : [],
    ),
    ...(!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE ? [{ field: 'limit', message: `must be a whole number from 1 to ${LARGEST_PAGE}` }] : []),
  ];
  if (faults.length > 0) throw new Invalid(faults);
  return { participant, actor, from, until, before, limit };
}
