import { clientAs, connectionFromUrl, poolAs } from './connection.js';
import { type FreshDatabase, freshDatabase } from './testing.js';

describe('a connection from a URL', () => {
  it.each([
    ['postgres://anna:s%40crt@db.example:6543/cairn', { host: 'db.example', port: 6543, user: 'anna', password: 's@crt', database: 'cairn' }],
    ['postgresql://anna@db.example/cairn', { host: 'db.example', port: 5432, user: 'anna', database: 'cairn' }],
    ['postgres://anna:x@/cairn?host=/run/postgresql', { host: '/run/postgresql', port: 5432, user: 'anna', password: 'x', database: 'cairn' }],
    [
      'postgres://anna:x@db.example/cairn?sslmode=no-verify',
      { host: 'db.example', port: 5432, user: 'anna', password: 'x', database: 'cairn', ssl: { rejectUnauthorized: false } },
    ],
  ])('%s', (url, connection) => {
    expect(connectionFromUrl(url)).toEqual(connection);
  });

  it.each(['mysql://anna:secret@db/cairn', 'anna:secret', 'postgres://anna:secret@db:port/cairn', 'postgres://anna:secret@[/cairn'])(
    'refuses %s without repeating the password',
    (url) => {
      let failure: unknown;
      try {
        connectionFromUrl(url);
      } catch (error) {
        failure = error;
      }
      expect(failure).toMatchObject({ code: 'bad-url', message: expect.stringContaining('postgres://user:password@host:5432/database') });
      expect(String(failure)).not.toContain('secret');
    },
  );
});

describe('sessions under a role', () => {
  let fresh: FreshDatabase;
  beforeAll(async () => {
    fresh = await freshDatabase([]);
  });
  afterAll(() => fresh.drop());

  it('have it from the first statement, and return to it', async () => {
    const pool = poolAs(fresh.connection, 'cairn_keyring', { max: 1, applicationName: 'keys' });
    const { rows } = await pool.query(`SELECT current_user AS role, current_setting('application_name') AS name`);
    expect(rows).toEqual([{ role: 'cairn_keyring', name: 'keys' }]);
    await pool.query('RESET ALL');
    expect((await pool.query('SELECT current_user AS role')).rows).toEqual([{ role: 'cairn_keyring' }]);
    await pool.end();
  });

  it('are bounded by the server and not by the client', async () => {
    const { rows } = await fresh
      .pool('cairn_service')
      .query(`SELECT name FROM pg_settings WHERE name ~ '^(statement|lock|idle_in_transaction_session)_timeout$' AND setting::int > 0 ORDER BY 1`);
    expect(rows.map(({ name }: { name: string }) => name)).toEqual(['idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout']);
    const client = clientAs(fresh.connection, 'cairn_service');
    await client.connect();
    await client.query('SET statement_timeout = 20');
    await expect(client.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('survive the loss of their connections: the process goes on and the next query connects again', async () => {
    const pool = poolAs(fresh.connection, 'cairn_service', { max: 3, applicationName: 'to be cut' });
    const client = clientAs(fresh.connection, 'cairn_service', { applicationName: 'to be cut' });
    await client.connect();
    const inUse = await pool.connect();
    await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')]);
    const underWay = pool.query('SELECT pg_sleep(20)');
    const ended = new Promise((resolve) => client.once('end', resolve));

    // Sessions of three kinds: idle in the pool, handed out, and with a query under way.
    const cut = expect(underWay).rejects.toMatchObject({ code: '57P01' });
    const superuser = clientAs(fresh.connection, 'cairn_owner');
    await superuser.connect();
    await superuser.query('SET ROLE NONE');
    await superuser.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'to be cut'`);
    await superuser.end();

    await Promise.all([cut, ended]);
    inUse.release(true);
    // The idle one hears of its end when it does; from then on nothing of it is left.
    while (pool.totalCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('leave everybody else out of the database', async () => {
    const { rows } = await fresh.pool('cairn_owner').query(
      `SELECT has_database_privilege('public', current_database(), 'CONNECT') AS connect,
              has_database_privilege('public', current_database(), 'TEMP') AS temp,
              has_schema_privilege('public', 'public', 'USAGE') AS usage,
              has_database_privilege('cairn_owner', current_database(), 'CREATE') AS create`,
    );
    expect(rows).toEqual([{ connect: false, temp: false, usage: false, create: true }]);
    await expect(fresh.pool('cairn_service').query('CREATE SCHEMA mine')).rejects.toMatchObject({ code: '42501' });
    await expect(fresh.pool('cairn_service').query('CREATE TABLE public.mine (id int)')).rejects.toMatchObject({ code: '42501' });
  });
});
