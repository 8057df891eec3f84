import { createServer } from 'node:net';
import { once } from 'node:events';
import { signedIn } from './connection.js';
import { useGiven } from './given.js';
import { type FreshDatabase, freshDatabase } from './testing.js';

describe('a server named by DATABASE_URL', () => {
  let fresh: FreshDatabase;
  const url = (changed: Partial<Record<'user' | 'password' | 'database', string>> = {}): string => {
    const { user, password, database, host } = { ...fresh.connection, ...changed };
    return `postgres://${user}:${encodeURIComponent(password ?? '')}@/${database}?host=${encodeURIComponent(host)}`;
  };
  const asOwner = (sql: string): Promise<unknown> => signedIn(fresh.connection, (client) => client.query(sql));

  beforeEach(async () => {
    fresh = await freshDatabase([]);
  });
  afterEach(() => fresh.drop());

  it('is used as it is and left as it is', async () => {
    const given = await useGiven(url());
    expect(given.connection).toEqual(fresh.connection);
    await given.release();
    expect(await signedIn(given.connection, async (client) => (await client.query('SELECT 1 AS one')).rows)).toEqual([{ one: 1 }]);
  });

  it.each([
    ['sign-in-refused', () => url({ password: 'geheim' })],
    ['sign-in-refused', () => url({ user: 'nobody_known', password: 'geheim' })],
    ['no-database', () => url({ database: 'elsewhere' })],
    ['unreachable', () => 'postgres://anna:geheim@127.0.0.1:1/cairn'],
    ['unreachable', () => 'postgres://anna:geheim@no-such-host.invalid/cairn'],
    ['bad-url', () => 'http://anna:geheim@localhost/cairn'],
  ])('%s is said plainly, without the password', async (code, made) => {
    const failure: unknown = await useGiven(made()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringContaining('DATABASE_URL') });
    expect(String(failure)).not.toContain('geheim');
  });

  it('must be PostgreSQL', async () => {
    const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(useGiven(`postgres://anna:x@127.0.0.1:${port}/cairn`)).rejects.toMatchObject({ code: 'unreachable' });
    stranger.close();
  });

  it('must be of version 15 or newer', async () => {
    await pretend(`current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '140011' $$`);
    await expect(useGiven(url())).rejects.toMatchObject({ code: 'too-old', message: expect.stringMatching(/PostgreSQL 14;.*15 or newer/) });
  });

  it('must take writes', async () => {
    await pretend('pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$');
    await expect(useGiven(url())).rejects.toMatchObject({ code: 'unsuitable', message: expect.stringContaining('standby') });
  });

  it('must store UTF-8', async () => {
    const database = `${fresh.connection.database}_ascii`;
    await asOwner(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`);
    await expect(useGiven(url({ database }))).rejects.toMatchObject({ code: 'unsuitable', message: expect.stringContaining('SQL_ASCII') });
    await asOwner(`DROP DATABASE ${database}`);
  });

  /** Puts a function of ours before PostgreSQL's own: the nearest to another server without having one. */
  async function pretend(definition: string): Promise<void> {
    await asOwner('CREATE SCHEMA pretended');
    await asOwner(`CREATE FUNCTION pretended.${definition}`);
    await asOwner(`ALTER DATABASE ${fresh.connection.database} SET search_path = pretended, pg_catalog`);
  }
});
