import type { Pool, PoolClient } from 'pg';

/** Numbers of advisory locks, which are this database's own: 'cairn', and what the right is to. */
const CAIRN = 0x6361_6972;
const rights = { 'read models': 1, processes: 2 } as const;

/** The right to keep the read models, or to run the processes. It lives as long as the connection it was taken on; PostgreSQL gives it to one at a time. */
export class Lease {
  private readonly gone = new AbortController();
  private readonly lose = () => this.gone.abort();

  private constructor(
    private readonly client: PoolClient,
    private readonly lock: readonly [number, number],
  ) {
    client.on('error', this.lose);
    client.on('end', this.lose);
  }

  /** Keeps one connection of the pool until it is released. Undefined when another process, or another runner of this one, holds it. */
  static async take(pool: Pool, to: keyof typeof rights = 'read models'): Promise<Lease | undefined> {
    const lease = new Lease(await pool.connect(), [CAIRN, rights[to]]);
    try {
      // A holder whose machine vanished without a word is given up by the server within seconds.
      const { rows } = await lease.client.query<{ taken: boolean }>(
        `select pg_try_advisory_lock($1, $2) as taken, set_config('tcp_keepalives_idle', '1', false),
          set_config('tcp_keepalives_interval', '1', false), set_config('tcp_keepalives_count', '2', false)`,
        [...lease.lock],
      );
      if (rows[0]?.taken) return lease;
    } catch (error) {
      lease.giveBack(true);
      throw error;
    }
    lease.giveBack(false);
    return undefined;
  }

  /** Aborted as soon as the connection is lost, and the right with it. */
  get lost(): AbortSignal {
    return this.gone.signal;
  }

  async release(): Promise<void> {
    const unlocked = !this.lost.aborted && (await this.client.query('select pg_advisory_unlock($1, $2)', [...this.lock]).catch(() => undefined)) !== undefined;
    this.giveBack(!unlocked);
  }

  private giveBack(broken: boolean): void {
    this.client.off('error', this.lose);
    this.client.off('end', this.lose);
    this.client.release(broken);
  }
}
