import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { clientAs, type Connection } from '@cairn/postgres/connection.js';
import type { Write } from '@cairn/kernel/event-store.js';
import { callOf } from './batch.js';
import { ask } from './call.js';
import { NOTIFY } from './notifier.js';
import { refuseUnsafe, type DurabilitySettings } from './safe-settings.js';

const TELL = { name: 'tell', text: NOTIFY };

/** A server process that may still hold a batch of ours. The start tells it from a later process of the same number. */
export interface Backend {
  readonly pid: number;
  readonly started: string;
}

/** The one connection on which batches are sent, without waiting for the answers of those before (pg's `pipeline`). */
export class WriterSession {
  private lost = false;
  private readonly waiting = new Set<(error: Error) => void>();

  private constructor(
    private readonly client: pg.Client,
    readonly backend: Backend,
    /** In which it was opened. */
    readonly term: number,
  ) {
    client.on('error', () => (this.lost = true));
    client.on('end', () => (this.lost = true));
  }

  /**
   * Connects, and comes back only when the predecessor's process has ended: what it was sent is then in the log for good, or never will be.
   *
   * @throws UnsafeSettings
   */
  static async open(connection: Connection, patienceMs: number, predecessor?: Backend): Promise<WriterSession> {
    const client = clientAs(connection, 'cairn_service', { applicationName: 'cairn log writer', pipeline: true });
    try {
      await client.connect();
      // Only the user who signed in, not the role, may see and end that user's other processes.
      await client.query('set role none');
      if (predecessor) await outlive(client, predecessor, patienceMs);
      const backend = await prepare(client, connection.database, patienceMs);
      await client.query('reset role');
      await warmUp(client);
      return new WriterSession(client, backend, await termOf(client));
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
  }

  get isAlive(): boolean {
    return !this.lost;
  }

  /**
   * @param term the only one in which they may be taken
   * @param tells whether other processes hear of it as it commits
   * @returns what the call for the batch answers
   */
  append(appends: readonly (readonly Write[])[], term: number | undefined, tells: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      this.waiting.add(reject);
      ask(this.client, callOf(appends, term), tells ? TELL.name : undefined, (error, answer) => {
        this.waiting.delete(reject);
        if (answer === undefined) reject(error ?? new Error('log.append gave no answer'));
        else resolve(answer);
      });
    });
  }

  /** Gives up on a connection that no longer answers; what was sent on it fails as lost. */
  abandon(reason: string): void {
    this.lost = true;
    for (const reject of this.waiting) reject(new Error(reason));
    this.client.end().catch(() => {});
  }

  async end(): Promise<void> {
    if (this.lost) return;
    this.lost = true;
    await this.client.end();
  }
}

/**
 * What a connection makes of statements and functions when they are first called is made here, for an append that is never taken, so that
 * nobody's first one waits for it: no stream has that name, and so none stands where it expects. `log.append_one` hands it on to `log.append`.
 */
async function warmUp(client: pg.Client): Promise<void> {
  const never: Write = { stream: '', expected: 0, events: [{ id: randomUUID(), type: '', version: 0, data: '', meta: '' }] };
  await client.query('begin');
  await client.query(TELL);
  await new Promise<void>((done) => ask(client, callOf([[never]]), TELL.name, () => done()));
  // The log's clock stays where the last append has set it.
  await client.query('rollback');
}

async function termOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ term: string }>('select term from log.counter');
  return Number(rows[0]?.term);
}

async function outlive(client: pg.Client, { pid, started }: Backend, patienceMs: number): Promise<void> {
  const end = Date.now() + patienceMs;
  const values = [pid, started];
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz', values);
  for (;;) {
    const { rowCount } = await client.query('select from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz', values);
    if (!rowCount) return;
    if (Date.now() > end) throw new Error(`the server process ${pid} of the connection that was lost did not end`);
    await pause(20);
  }
}

async function prepare(client: pg.Client, database: string, patienceMs: number): Promise<Backend> {
  const { rows } = await client.query<DurabilitySettings & { pid: number; started: string }>(
    `select pid, backend_start::text as started, current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
       set_config('statement_timeout', $1, false), set_config('lock_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', $1, false),
       -- A batch must see what the batch it waited for has done.
       set_config('default_transaction_isolation', 'read committed', false),
       -- One plan for batches of every size, and one that outlives the days when the tables were small enough to be read from end to end.
       set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false)
     from pg_stat_activity where pid = pg_backend_pid()`,
    [String(Math.ceil(patienceMs / 2))],
  );
  const [row] = rows;
  if (!row) throw new Error('pg_stat_activity does not list the connection that asks');
  refuseUnsafe(database, row);
  return { pid: row.pid, started: row.started };
}
