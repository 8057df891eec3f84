import { DatabaseError, type Pool } from 'pg';
import { uuidArray } from '@cairn/stores/postgres/binary-arrays.js';
import { quoted } from './cells.js';
import { togetherOn, type Step } from './together.js';

/** Another process has moved the read models on. Nothing was written. */
export class CheckpointMoved extends Error {
  constructor() {
    super('Another process has moved the read models on; nothing was written here.');
  }
}

/** Where all read models stand in the log. What is written to them is sent with it: all of it takes place, or nothing. */
export class Checkpoint {
  private readonly name: string;

  constructor(schema = 'read') {
    this.name = `${quoted(schema)}.checkpoint`;
  }

  /** Position of the last entry folded into all models, 0 for none; and those whose rows were made anew since they were erased. */
  async read(pool: Pool): Promise<{ readonly position: number; readonly erased: readonly string[] }> {
    const { rows } = await pool.query<{ position: string; erased: string[] }>(`select position, erased from ${this.name}`);
    return { position: Number(rows[0]?.position ?? 0), erased: rows[0]?.erased ?? [] };
  }

  /**
   * Moves on with what is written. A crash of the server may take the last commits back, rows and checkpoint together; the log gives them again.
   *
   * @throws CheckpointMoved when the models do not stand at `from`
   */
  move(pool: Pool, from: number, to: number, steps: readonly Step[]): Promise<void> {
    return this.standing(pool, steps, {
      text: `with quick as (select set_config('synchronous_commit', 'off', true)) update ${this.name} set position = $2::bigint / ${THERE}, moved_at = now() from quick`,
      values: [from, to],
    });
  }

  /**
   * Stays with what is written, and notes whose rows are made anew.
   *
   * @throws CheckpointMoved when the models do not stand there
   */
  erase(pool: Pool, at: number, participants: readonly string[], steps: readonly Step[]): Promise<void> {
    return this.standing(pool, steps, { text: `update ${this.name} set position = position / ${THERE}, erased = erased || $2::uuid[]`, values: [at, uuidArray(participants)] });
  }

  private async standing(pool: Pool, steps: readonly Step[], step: Step): Promise<void> {
    try {
      await togetherOn(pool, [step, ...steps]);
    } catch (error) {
      throw error instanceof DatabaseError && error.code === DIVISION_BY_ZERO ? new CheckpointMoved() : error;
    }
  }
}

/** Where the models stand elsewhere it divides by nothing, before anything else is done; where they stand there nobody moves them until all is. */
const THERE = '(position = $1)::int';
const DIVISION_BY_ZERO = '22012';
