import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@cairn/postgres/testing.js';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { KeyFileMissing, KeyFileWrong, loadKeyEncryptionKey } from './key-file.js';
import { Keyring } from './keyring.js';
import { privacyMigrations } from './migrations.js';

describe('a start', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'cairn start '));
    database = await freshDatabase(privacyMigrations);
  });
  afterEach(async () => {
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  const start = async (file: string) => {
    const pool = database.pool('cairn_keyring');
    return Keyring.open(pool, await loadKeyEncryptionKey({ file, mayCreate: await Keyring.isNew(pool) }));
  };

  it('makes the key once, even when two start at once, and takes it up again', async () => {
    const file = join(home, 'keys', 'cairn.key');
    const [first, second] = await Promise.all([start(file), start(file)]);
    expect(second.derive('etag')).toEqual(first.derive('etag'));
    const participant = randomUUID();
    const key = await first.keyFor(participant);
    expect((await (await start(file)).keyFor(participant)).equals(key)).toBe(true);
  });

  it('without the key file the record was sealed with is refused and touches nothing', async () => {
    const file = join(home, 'keys', 'cairn.key');
    await (await start(file)).keyFor(randomUUID());
    await rm(join(home, 'keys'), { recursive: true });
    const before = await contents();
    await expect(start(file)).rejects.toThrow(KeyFileMissing);
    expect(await readdir(home)).toEqual([]);
    expect(await contents()).toEqual(before);
  });

  it('with another key is refused at once, naming both, and touches nothing', async () => {
    const [file, other] = [join(home, 'keys', 'cairn.key'), join(home, 'others', 'cairn.key')];
    await start(file);
    await loadKeyEncryptionKey({ file: other, mayCreate: true });
    const before = await contents();
    await expect(start(other)).rejects.toThrow(KeyFileWrong);
    await expect(start(other)).rejects.toThrow(/wrapped with the key [0-9a-f]{16}, but the key file .*others\/cairn\.key holds the key [0-9a-f]{16}/);
    expect(await contents()).toEqual(before);
  });

  it('of two with different keys at once, only one begins the keyring', async () => {
    const pool = database.pool('cairn_keyring');
    const started = await Promise.allSettled(['one', 'another'].map((origin) => Keyring.open(pool, new KeyEncryptionKey(randomBytes(32), origin))));
    expect(started.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(started.find(({ status }) => status === 'rejected')).toMatchObject({ reason: expect.any(KeyFileWrong) });
  });

  it('on a keyring restored without its check value is refused', async () => {
    await database.pool('cairn_keyring').query('insert into keyring.keys (participant, wrapped) values ($1, $2)', [randomUUID(), 'v1.x']);
    await expect(start(join(home, 'cairn.key'))).rejects.toThrow(KeyFileMissing);
    await expect(Keyring.open(database.pool('cairn_keyring'), new KeyEncryptionKey(randomBytes(32), 'a key'))).rejects.toThrow(/restored in part/);
    expect((await contents()).master).toEqual([]);
  });

  async function contents() {
    const asked = database.pool('cairn_keyring');
    const [keys, master] = await Promise.all([asked.query('select * from keyring.keys'), asked.query('select * from keyring.master')]);
    return { keys: keys.rows, master: master.rows };
  }
});
