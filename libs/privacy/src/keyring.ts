import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DatabaseError, type Pool, type QueryResultRow } from 'pg';
import { Gather } from '@cairn/kernel/gather.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import { KeyFileWrong } from './key-file.js';
import type { DataKey } from './seal.js';

export type { DataKey } from './seal.js';

/** The participant was erased: the key is gone, and nothing can be sealed for them any more. */
export class KeyDestroyed extends Error {
  constructor(readonly participant: string) {
    super('This participant was erased and their key destroyed; nothing more can be recorded for them. Register them anew if they take part again.');
  }
}

/** The keyring in the database cannot be reached. Nothing was sealed or recorded; a repeat is safe. */
export class KeyringUnavailable extends Error {}

interface Row {
  readonly participant: string;
  /** The wrapped key, null once destroyed. */
  readonly wrapped: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEPT_UNWRAPPED = 4_000;
/** Who asks for more keys than this asks alone, and holds nobody up. */
const SHARED = 16;

/**
 * Every participant's own key, wrapped, in the database.
 *
 * Who asks is told what the database says; what is kept in memory saves the unwrapping, never the question. So once
 * `destroy` has returned, no process opens with that key again, however recently it did, and a read model folded anew
 * after an erasure holds nothing of it. Whoever was given a key before may still seal with it; what is appended in the
 * term of the log in which they asked is not taken any more, for every key destroyed ends one.
 */
export class Keyring {
  private readonly unwrapped = new LRUCache<string, { wrapped: string; key: DataKey }>({ max: KEPT_UNWRAPPED });
  private readonly standing = new Gather<string, Row | undefined>(async (participants) => {
    const rows = await this.findOrMake([...new Set(participants)]);
    return participants.map((participant) => rows.get(participant));
  });
  private readonly known = new Gather<readonly string[], ReadonlyMap<string, Row>>(async (asked) => {
    const rows = await this.find([...new Set(asked.flat())]);
    return asked.map(() => rows);
  });

  private constructor(
    private readonly pool: Pool,
    private readonly kek: KeyEncryptionKey,
  ) {}

  /** Whether the database has never held a keyring: only then may a key file be made. @throws KeyringUnavailable */
  static async isNew(pool: Pool): Promise<boolean> {
    const [found] = await ask<{ used: boolean }>(pool, 'keyring-used', 'select exists (select from keyring.master) or exists (select from keyring.keys) as used');
    return !found?.used;
  }

  /**
   * At first use stores the key's check value, ever after compares it.
   *
   * @param pool of the role cairn_keyring; it stays the caller's to end
   * @throws KeyFileWrong when the participants' keys were wrapped with another key; nothing was changed
   * @throws KeyringUnavailable
   */
  static async open(pool: Pool, kek: KeyEncryptionKey): Promise<Keyring> {
    await ask(
      pool,
      'keyring-begin',
      'insert into keyring.master (id, check_value) select $1, $2 where not exists (select from keyring.keys) on conflict do nothing',
      [kek.id, kek.checkValue],
    );
    const [master] = await ask<{ id: string; check_value: string }>(pool, 'keyring-master', 'select id, check_value from keyring.master');
    if (!master)
      throw new KeyFileWrong(
        'The keyring holds keys but not the value that tells which key wrapped them: it was restored in part. Restore the whole keyring schema from one backup.',
      );
    if (master.id !== kek.id || !same(master.check_value, kek.checkValue))
      throw new KeyFileWrong(
        `This record's keys were wrapped with the key ${master.id}, but ${kek.origin} holds the key ${kek.id}. ` +
          'Nothing was changed. Put the right key in its place, or connect to the database it belongs to, and start again.',
      );
    return new Keyring(pool, kek);
  }

  /**
   * The participant's key, made and durably stored if there is none yet; whoever asks at the same time gets the same one.
   *
   * @throws KeyDestroyed when the participant was erased
   * @throws SealBroken when the stored key was altered
   * @throws KeyringUnavailable
   */
  async keyFor(participant: string): Promise<DataKey> {
    const row = await this.standing.one(canonical(participant));
    const key = row && this.unwrap(row);
    if (!key) throw new KeyDestroyed(participant);
    return key;
  }

  /** The keys under the ids as given, in one query; undefined where destroyed or never made. Few share it with others who ask. @throws SealBroken, KeyringUnavailable */
  async keysFor(participants: readonly string[]): Promise<Map<string, DataKey | undefined>> {
    if (participants.length === 0) return new Map();
    const ids = participants.map(canonical);
    const rows = await (ids.length > SHARED ? this.find(ids) : this.known.one(ids));
    return new Map(
      participants.map((participant, index) => {
        const row = rows.get(ids[index] ?? '');
        return [participant, row && this.unwrap(row)];
      }),
    );
  }

  /**
   * Destroys the participant's key for good; one that never had a key will never get one. Doing it again changes nothing.
   * Old pages, write-ahead log and backups of the database may hold the wrapped key until they are overwritten.
   */
  async destroy(participant: string): Promise<void> {
    const id = canonical(participant);
    await ask(
      this.pool,
      'keyring-destroy',
      `insert into keyring.keys (participant, destroyed_at) values ($1, now())
       on conflict (participant) do update set wrapped = null, destroyed_at = now() where keys.destroyed_at is null`,
      [id],
    );
    this.unwrapped.delete(id);
  }

  /** Everybody whose key was ever destroyed. @throws KeyringUnavailable */
  async destroyed(): Promise<string[]> {
    const rows = await ask<{ participant: string }>(this.pool, 'keyring-destroyed', 'select participant from keyring.keys where destroyed_at is not null');
    return rows.map(({ participant }) => participant);
  }

  /** A secret of the whole service for one purpose ('fingerprint', 'etag', …): 32 bytes, the same wherever the same key-encryption key is. */
  derive(label: string): Buffer {
    return this.kek.derive(label);
  }

  /** Forgets the unwrapped keys. */
  close(): void {
    this.unwrapped.clear();
  }

  /** Whoever asks here has found no key a moment ago: it is made, and looked for only where somebody else was first. */
  private async findOrMake(participants: string[]): Promise<Map<string, Row>> {
    // In one order everywhere, or two processes making the same keys could wait for each other.
    const wanted = participants.toSorted();
    const made = await ask<Row>(
      this.pool,
      'keyring-make',
      'insert into keyring.keys (participant, wrapped) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing returning participant, wrapped',
      [wanted, wanted.map((participant) => this.kek.makeKey(participant))],
    );
    const found = new Map(made.map((row) => [row.participant, row]));
    const others = wanted.filter((participant) => !found.has(participant));
    return others.length === 0 ? found : new Map([...found, ...(await this.find(others))]);
  }

  private async find(participants: string[]): Promise<Map<string, Row>> {
    const rows = await ask<Row>(this.pool, 'keyring-find', 'select participant, wrapped from keyring.keys where participant = any($1::uuid[])', [participants]);
    return new Map(rows.map((row) => [row.participant, row]));
  }

  private unwrap({ participant, wrapped }: Row): DataKey | undefined {
    if (wrapped === null) {
      this.unwrapped.delete(participant);
      return undefined;
    }
    const kept = this.unwrapped.get(participant);
    if (kept?.wrapped === wrapped) return kept.key;
    const key = this.kek.unwrap(participant, wrapped);
    this.unwrapped.set(participant, { wrapped, key });
    return key;
  }
}

/** As PostgreSQL writes it. Refused here, where it harms no other question sent along with it. */
function canonical(participant: string): string {
  const id = participant.toLowerCase();
  if (!UUID.test(id)) throw new TypeError('A participant is named by a UUID; the keyring was asked for something else.');
  return id;
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function ask<R extends QueryResultRow>(pool: Pool, name: string, text: string, values: unknown[] = []): Promise<R[]> {
  try {
    return (await pool.query<R>({ name, text, values })).rows;
  } catch (error) {
    if (!isAnswer(error)) throw new KeyringUnavailable('The keyring in the database cannot be reached; nothing was sealed. Try again shortly.', { cause: error });
    throw error;
  }
}

/** Whether the server answered, rather than was gone (08), out of resources (53) or shutting down (57). */
function isAnswer(error: unknown): boolean {
  return error instanceof DatabaseError && !/^(08|53|57)/.test(error.code ?? '');
}
