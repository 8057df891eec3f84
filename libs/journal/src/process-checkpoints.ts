import type { Pool } from 'pg';
import type { Process } from './process.js';

/** Where the processes stand, kept in the database: each the last entry it has done with. */
export class ProcessCheckpoints {
  constructor(private readonly pool: Pool) {}

  /** By name, those that have begun. */
  async read(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ name: string; position: string }>('select name, position from process.checkpoint');
    return new Map(rows.map(({ name, position }) => [name, Number(position)]));
  }

  /** Gives those that are new their place to begin at: before the first entry, or after the last there is now. */
  async begin(processes: readonly Process[], head: number): Promise<Map<string, number>> {
    const places = processes.map(({ from }) => (from === 'now' ? head : 0));
    await this.pool.query('insert into process.checkpoint (name, position) select * from unnest($1::text[], $2::bigint[]) on conflict do nothing', [processes.map(({ name }) => name), places]);
    return this.read();
  }

  /** Never back: whoever lost the lease without noticing moves nothing. A crash of the server may take the last moves back; what is done again then is done once. */
  async move(names: readonly string[], to: number): Promise<void> {
    if (names.length === 0) return;
    await this.pool.query(
      `with quick as (select set_config('synchronous_commit', 'off', true))
      update process.checkpoint c set position = $2, moved_at = now() from quick where c.name = any ($1) and c.position < $2`,
      [names, to],
    );
  }
}
