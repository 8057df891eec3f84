import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { type Connection, poolAs, signedIn } from './connection.js';
import { type PostgresServer, startEmbedded } from './embedded.js';
import { migrate } from './migrate.js';
import { ensureRoles } from './roles.js';

class Path1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA path');
    await runner.query('CREATE TABLE path.stones (id int GENERATED ALWAYS AS IDENTITY, laid_by text DEFAULT current_user)');
  }
  async down(): Promise<void> {}
}

class Stone1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO path.stones DEFAULT VALUES');
    await runner.query('SELECT pg_sleep(0.1)');
  }
  async down(): Promise<void> {}
}

class Fall1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO path.stones DEFAULT VALUES');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

/** On a server of its own, as roles belong to a whole server. */
describe('migrations', () => {
  let dataDir: string;
  let server: PostgresServer;
  let databases = 0;

  const query = async (connection: Connection, sql: string): Promise<unknown[]> => signedIn(connection, async (client) => (await client.query(sql)).rows as unknown[]);
  const newDatabase = async (owner = 'cairn'): Promise<Connection> => {
    const database = `Path "${++databases}"`;
    await query(server.connection, `CREATE DATABASE "Path ""${databases}""" OWNER ${owner}`);
    return { ...server.connection, database };
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'cairn-migrate-'));
    server = await startEmbedded({ dataDir });
  });
  afterAll(async () => {
    await server.release();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('find the roles made, though two databases prepare a new server at once', async () => {
    const [one, other] = [await newDatabase(), await newDatabase()];
    await Promise.all([one, other, one].map((connection) => ensureRoles(connection)));
    const roles = await query(server.connection, `SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname LIKE 'cairn\\_%' ORDER BY 1`);
    expect(roles).toEqual(['cairn_analyst', 'cairn_keyring', 'cairn_owner', 'cairn_service'].map((rolname) => ({ rolname, rolcanlogin: false })));
  });

  it('run once, in order, as the owner, though three services start at once', async () => {
    const connection = await newDatabase();
    await Promise.all([1, 2, 3].map(() => migrate(connection, [Stone1700000000002, Path1700000000001])));
    expect(await query(connection, 'SELECT * FROM path.stones')).toEqual([{ id: 1, laid_by: 'cairn_owner' }]);
    expect(await query(connection, 'SELECT name FROM cairn.migrations ORDER BY id')).toEqual([{ name: 'Path1700000000001' }, { name: 'Stone1700000000002' }]);
    await migrate(connection, [Path1700000000001, Stone1700000000002]);
    expect(await query(connection, 'SELECT count(*)::int AS stones FROM path.stones')).toEqual([{ stones: 1 }]);
  });

  it('of a newer release stop an older one, which changes nothing', async () => {
    const connection = await newDatabase();
    await migrate(connection, [Path1700000000001, Stone1700000000002]);
    await expect(migrate(connection, [Path1700000000001, Fall1700000000003])).rejects.toMatchObject({
      code: 'migrations-newer',
      message: expect.stringContaining('Stone1700000000002'),
    });
    expect(await query(connection, 'SELECT count(*)::int AS stones FROM path.stones')).toEqual([{ stones: 1 }]);
  });

  it('that fail leave nothing behind, name the cause, and keep those before them', async () => {
    const connection = await newDatabase();
    await expect(migrate(connection, [Path1700000000001, Fall1700000000003])).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining('division by zero'),
    });
    expect(await query(connection, 'SELECT * FROM path.stones')).toEqual([]);
    await migrate(connection, [Path1700000000001, Stone1700000000002]);
    expect(await query(connection, 'SELECT count(*)::int AS stones FROM path.stones')).toEqual([{ stones: 1 }]);
  });

  it('wait for a process that migrates, and not for one that died of it', async () => {
    const connection = await newDatabase();
    await signedIn(connection, async (holder) => {
      await holder.query('SELECT pg_advisory_lock(4727246107)');
      let done = false;
      const waiting = migrate(connection, [Path1700000000001]).then(() => (done = true));
      await signedIn(connection, async (client) => {
        for (let waits = false; !waits; ) {
          const { rows } = await client.query<{ waits: boolean }>(`SELECT count(*) > 0 AS waits FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
          waits = rows[0]?.waits ?? false;
        }
        expect(done).toBe(false);
        await client.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted`);
      });
      await waiting;
    });
  });

  it('need no superuser: owning the database and belonging to the roles is enough', async () => {
    await query(server.connection, `CREATE ROLE anna LOGIN PASSWORD 'anna'`);
    const connection = { ...(await newDatabase('anna')), user: 'anna', password: 'anna' };
    await expect(migrate(connection, [Path1700000000001])).rejects.toMatchObject({
      code: 'roles-refused',
      message: expect.stringContaining('GRANT cairn_owner, cairn_service, cairn_keyring, cairn_analyst TO "anna"'),
    });
    await query(server.connection, 'GRANT cairn_owner, cairn_service, cairn_keyring, cairn_analyst TO anna');
    await migrate(connection, [Path1700000000001, Stone1700000000002]);
    const pool = poolAs(connection, 'cairn_owner');
    expect((await pool.query('SELECT * FROM path.stones')).rows).toEqual([{ id: 1, laid_by: 'cairn_owner' }]);
    await pool.end();
  });

  it('need no administrator on a new server, given a user who may make roles', async () => {
    const newServer = await startEmbedded({ dataDir: join(dataDir, 'another') });
    await query(newServer.connection, `CREATE ROLE berta LOGIN CREATEROLE PASSWORD 'berta'`);
    await query(newServer.connection, 'CREATE DATABASE hers OWNER berta');
    const connection = { ...newServer.connection, user: 'berta', password: 'berta', database: 'hers' };
    await migrate(connection, [Path1700000000001, Stone1700000000002]);
    expect(await query(newServer.connection, `SELECT rolsuper FROM pg_roles WHERE rolname IN ('berta', 'cairn_owner')`)).toEqual([{ rolsuper: false }, { rolsuper: false }]);
    await newServer.release();
  });
});
