import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { poolAs, signedIn } from '@cairn/postgres/connection.js';
import { freshDatabase } from '@cairn/postgres/testing.js';
import type { Pool } from 'pg';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { KeyDestroyed, Keyring, KeyringUnavailable } from './keyring.js';
import { privacyMigrations } from './migrations.js';
import { open, seal, SealBroken } from './seal.js';

const bytes = randomBytes(32);
const kek = new KeyEncryptionKey(bytes, 'the key of this test');

let database: Awaited<ReturnType<typeof freshDatabase>>;
let pool: Pool;
let otherPool: Pool;
let here: Keyring;
/** Another process with the same key. */
let there: Keyring;

beforeAll(async () => {
  database = await freshDatabase(privacyMigrations);
  pool = database.pool('cairn_keyring');
  otherPool = poolAs(database.connection, 'cairn_keyring', { max: 4 });
  here = await Keyring.open(pool, kek);
  there = await Keyring.open(otherPool, new KeyEncryptionKey(bytes, 'the same key'));
});
afterAll(async () => {
  here.close();
  there.close();
  await otherPool.end();
  await database.drop();
});

const keysOf = async (participant: string) =>
  (await pool.query<{ wrapped: string | null; destroyed_at: Date | null }>('select * from keyring.keys where participant = $1', [participant])).rows;

describe("a participant's key", () => {
  it('is made once, opens what it sealed in another process, and is nobody else\'s', async () => {
    const [participant, other, event] = [randomUUID(), randomUUID(), randomUUID()];
    const sealed = seal(await here.keyFor(participant), event, 'Keeping well');
    expect(open(await there.keyFor(participant), event, sealed)).toBe('Keeping well');
    const another = await here.keyFor(other);
    expect(() => open(another, event, sealed)).toThrow(SealBroken);
  });

  it('is one, however many ask for it first, from two processes', async () => {
    const participant = randomUUID();
    const keys = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? here : there).keyFor(participant)));
    expect(new Set(keys.map((key) => key.export().toString('hex'))).size).toBe(1);
    expect(await keysOf(participant)).toHaveLength(1);
  });

  it('is made in one order, so that two processes making the same ones cannot wait for each other', async () => {
    const [low, high] = [randomUUID(), randomUUID()].toSorted() as [string, string];
    await signedIn(database.connection, async (other) => {
      const insert = (participant: string) => other.query('insert into keyring.keys (participant, wrapped) values ($1, $2)', [participant, kek.makeKey(participant)]);
      await other.query('begin');
      await insert(low);
      const asked = Promise.all([here.keyFor(high), here.keyFor(low)]);
      const waiting = "select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'";
      while ((await other.query(waiting)).rowCount === 0) await pause(5);
      await insert(high);
      await other.query('commit');
      await expect(asked).resolves.toHaveLength(2);
    });
  });

  it('is made for many participants at once by two processes', async () => {
    const participants = Array.from({ length: 200 }, () => randomUUID());
    const [ours, theirs] = await Promise.all([
      Promise.all(participants.map((participant) => here.keyFor(participant))),
      Promise.all(participants.toReversed().map((participant) => there.keyFor(participant))),
    ]);
    expect(ours.map((key) => key.export())).toEqual(theirs.toReversed().map((key) => key.export()));
    expect(new Set(ours.map((key) => key.export().toString('hex'))).size).toBe(200);
  });

  it('is asked for many at a time, and never made by asking', async () => {
    const [known, unknown, erased] = [randomUUID(), randomUUID(), randomUUID()];
    const key = await here.keyFor(known);
    await here.destroy(erased);
    const keys = await there.keysFor([known, unknown, erased, known]);
    expect([...keys.keys()]).toEqual([known, unknown, erased]);
    expect(keys.get(known)?.equals(key)).toBe(true);
    expect([keys.get(unknown), keys.get(erased)]).toEqual([undefined, undefined]);
    expect(await keysOf(unknown)).toEqual([]);
  });

  it('of nobody is asked of nobody', async () => {
    const ended = poolAs(database.connection, 'cairn_keyring', { max: 1 });
    const keyring = await Keyring.open(ended, kek);
    await ended.end();
    expect(await keyring.keysFor([])).toEqual(new Map());
  });

  it('is unwrapped anew when its row was changed underneath', async () => {
    const [participant, other] = [randomUUID(), randomUUID()];
    await here.keyFor(participant);
    await signedIn(database.connection, async (administrator) => {
      await administrator.query("set session_replication_role = 'replica'");
      await administrator.query('update keyring.keys set wrapped = $2 where participant = $1', [participant, kek.makeKey(other)]);
    });
    await expect(here.keyFor(participant)).rejects.toThrow(SealBroken);
  });

  it('is the same however its id is written', async () => {
    const participant = randomUUID();
    const key = await here.keyFor(participant.toUpperCase());
    expect((await there.keyFor(participant)).equals(key)).toBe(true);
    expect((await there.keysFor([participant.toUpperCase()])).get(participant.toUpperCase())?.equals(key)).toBe(true);
  });

  it('of something that is no participant is refused without harm to a neighbour', async () => {
    const [good, bad] = await Promise.allSettled([here.keyFor(randomUUID()), here.keyFor('Jane Doe')]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    expect(String(bad.status === 'rejected' && bad.reason)).not.toContain('Jane');
    await expect(here.keysFor(["'; drop table keyring.keys; --"])).rejects.toThrow(TypeError);
  });
});

describe('destroying a key', () => {
  it('is believed at once by a process that had it in memory', async () => {
    const participant = randomUUID();
    await Promise.all([here.keyFor(participant), there.keyFor(participant)]);
    await here.destroy(participant);
    await expect(here.keyFor(participant)).rejects.toThrow(KeyDestroyed);
    await expect(there.keyFor(participant)).rejects.toThrow(KeyDestroyed);
    expect((await there.keysFor([participant])).get(participant)).toBeUndefined();
  });

  it('leaves the row without a key, and may be done again', async () => {
    const participant = randomUUID();
    await here.keyFor(participant);
    await here.destroy(participant);
    const [first] = await keysOf(participant);
    expect(first).toMatchObject({ wrapped: null, destroyed_at: expect.any(Date) });
    await there.destroy(participant);
    expect(await keysOf(participant)).toEqual([first]);
  });

  it('of a participant who never had one keeps them without', async () => {
    const participant = randomUUID();
    await here.destroy(participant);
    await expect(there.keyFor(participant)).rejects.toThrow(KeyDestroyed);
    expect(await keysOf(participant)).toMatchObject([{ wrapped: null }]);
  });

  it('wins over all who ask meanwhile: none gets a key after it returned', async () => {
    const participant = randomUUID();
    await here.keyFor(participant);
    let destroyed = false;
    let late = 0;
    const asking = Array.from({ length: 40 }, async (_, i) => {
      for (let round = 0; round < 5; round++) {
        const askedAfter = destroyed;
        const got = await (i % 2 ? here : there).keyFor(participant).then(() => true, (error: unknown) => !(error instanceof KeyDestroyed));
        if (askedAfter && got) late++;
      }
    });
    await here.destroy(participant).then(() => (destroyed = true));
    await Promise.all(asking);
    expect(late).toBe(0);
  });
});

describe('a keyring whose database is gone', () => {
  it('says so at its opening', async () => {
    const nowhere = poolAs({ ...database.connection, host: '/nowhere' }, 'cairn_keyring', { max: 1 });
    await expect(Keyring.open(nowhere, kek)).rejects.toThrow(KeyringUnavailable);
    await nowhere.end();
  });

  it('says so of a question it cut off, never that a key is destroyed, and answers the next one', async () => {
    const cut = poolAs(database.connection, 'cairn_keyring', { max: 1, applicationName: 'cut' });
    const keyring = await Keyring.open(cut, kek);
    await signedIn(database.connection, async (administrator) => {
      await administrator.query('begin; lock table keyring.keys in access exclusive mode');
      const asked = keyring.keyFor(randomUUID()).catch((error: unknown) => error);
      const end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'cut' and wait_event_type = 'Lock'";
      while ((await administrator.query(end)).rowCount === 0) await pause(5);
      expect(await asked).toBeInstanceOf(KeyringUnavailable);
      await administrator.query('rollback');
    });
    await expect(keyring.keyFor(randomUUID())).resolves.toBeDefined();
    await cut.end();
  });
});
