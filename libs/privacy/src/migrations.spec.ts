import { randomBytes, randomUUID } from 'node:crypto';
import { freshDatabase } from '@cairn/postgres/testing.js';
import type { Pool } from 'pg';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { Keyring } from './keyring.js';
import { privacyMigrations } from './migrations.js';
import { SealBroken } from './seal.js';

const bytes = randomBytes(32);
const kek = new KeyEncryptionKey(bytes, 'the key of this test');

let database: Awaited<ReturnType<typeof freshDatabase>>;
let pool: Pool;
let here: Keyring;

beforeAll(async () => {
  database = await freshDatabase(privacyMigrations);
  pool = database.pool('cairn_keyring');
  here = await Keyring.open(pool, kek);
});
afterAll(() => database.drop());

describe('the keyring in the database', () => {
  it('holds no key in the clear', async () => {
    const participant = randomUUID();
    const key = (await here.keyFor(participant)).export();
    const { rows } = await pool.query<{ row: string }>('select to_jsonb(k)::text as row from keyring.keys k union all select to_jsonb(m)::text from keyring.master m');
    const all = rows.map(({ row }) => row).join('\n');
    expect(all).toContain(participant);
    for (const secret of [key, bytes, here.derive('etag')])
      for (const form of ['hex', 'base64', 'base64url'] as const) expect(all).not.toContain(secret.toString(form));
  });

  it('refuses a wrapped key put in another participant\'s row', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await here.keyFor(one);
    await pool.query('insert into keyring.keys (participant, wrapped) select $2, wrapped from keyring.keys where participant = $1', [one, other]);
    await expect(here.keyFor(other)).rejects.toThrow(SealBroken);
    await expect(here.keysFor([one, other])).rejects.toThrow(/does not unwrap with the key of this test/);
    await expect(here.keyFor(one)).resolves.toBeDefined();
  });

  it.each(['keys', 'master'])('refuses the service\'s role everything on %s', async (table) => {
    const service = database.pool('cairn_service');
    for (const statement of [`select * from keyring.${table}`, `delete from keyring.${table}`, `update keyring.${table} set created_at = now()`, `insert into keyring.${table} default values`])
      await expect(service.query(statement)).rejects.toMatchObject({ code: '42501' });
    const { rows } = await service.query("select pg_has_role('cairn_service', 'cairn_keyring', 'member') as member");
    expect(rows).toEqual([{ member: false }]);
  });

  it('lets its own role destroy and nothing else', async () => {
    for (const statement of ['delete from keyring.keys', 'truncate keyring.keys', 'delete from keyring.master', 'update keyring.master set id = id', 'drop table keyring.keys', 'update keyring.keys set created_at = now()'])
      await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it.each(['cairn_keyring', 'cairn_owner'] as const)('brings no destroyed key back, even for %s', async (role) => {
    const [live, gone] = [randomUUID(), randomUUID()];
    await here.keyFor(live);
    await here.destroy(gone);
    const asRole = database.pool(role);
    const wrapped = kek.makeKey(gone);
    for (const [statement, values] of [
      ['update keyring.keys set wrapped = $2, destroyed_at = null where participant = $1', [gone, wrapped]],
      ['update keyring.keys set destroyed_at = now() where participant = $1', [gone]],
      ['update keyring.keys set wrapped = $2 where participant = $1', [live, wrapped]],
      ['update keyring.keys set wrapped = null where participant = $1', [live]],
    ] as const)
      await expect(asRole.query(statement, [...values])).rejects.toMatchObject({ code: expect.stringMatching(/^23/) });
    await expect(here.keyFor(live)).resolves.toBeDefined();
  });

  it.each(['delete from keyring.keys', 'truncate keyring.keys', 'delete from keyring.master', 'truncate keyring.master', "update keyring.master set check_value = 'x'"])(
    'keeps its rows even from its owner: %s',
    async (statement) => {
      await here.keyFor(randomUUID());
      await expect(database.pool('cairn_owner').query(statement)).rejects.toThrow(/The keyring keeps every row/);
    },
  );
});
