import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { clientAs, poolAs, signedIn } from '@cairn/postgres/connection.js';
import { freshDatabase, type FreshDatabase } from '@cairn/postgres/testing.js';
import type { Pool } from 'pg';
import { AccessLog, AccessLogUnavailable, type AccessEntry } from './access-log.js';
import { accessMigrations } from './migrations.js';

let database: FreshDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await freshDatabase(accessMigrations);
  pool = database.pool('cairn_service');
});
afterAll(() => database.drop());

const read = (actor = `user-${randomUUID()}`): AccessEntry => ({
  actor,
  roles: ['clinician'],
  sites: ['s1'],
  method: 'GET',
  route: '/v1/participants/:participant',
  participants: [randomUUID()],
  requestId: randomUUID(),
});
const count = async (actor: string) => (await pool.query('select from access.log where actor = $1', [actor])).rowCount;

/** Far longer than anything takes here: what must come back sooner comes for another reason. */
const PATIENT = { patienceMs: 60_000, mostWaiting: 10 };

/** Meanwhile nobody can write the log. */
async function holdingTheTable(work: () => Promise<void>): Promise<void> {
  const holder = clientAs(database.connection, 'cairn_owner');
  await holder.connect();
  await holder.query('begin; lock table access.log in exclusive mode');
  await work().finally(() => holder.end());
}

describe('when the log cannot be written', () => {
  it('rejects in bounded time while somebody holds the table, and goes on after', async () => {
    const entry = read();
    await holdingTheTable(async () => {
      // The table is given free only after that.
      await expect(new AccessLog(pool, { patienceMs: 200, mostWaiting: 10 }).record(entry)).rejects.toThrow(AccessLogUnavailable);
    });
    await new AccessLog(pool, PATIENT).record(entry);
    expect(await count(entry.actor)).toBe(1);
  });

  it('rejects with the one that is being written all that wait for it: a turn of their own would be as long again', async () => {
    const log = new AccessLog(pool, PATIENT);
    const entry = read();
    const connect = jest.spyOn(pool, 'connect');
    await holdingTheTable(async () => {
      const held = expect(log.record(entry)).rejects.toThrow(AccessLogUnavailable);
      const blocked = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into access.log%'";
      await signedIn(database.connection, async (client) => {
        while ((await client.query(`select ${blocked}`)).rowCount === 0) await pause(5);
        const waiting = Promise.allSettled(Array.from({ length: 11 }, () => log.record(read(entry.actor))));
        await client.query(`select pg_cancel_backend(pid) ${blocked}`);
        await held;
        const told = await waiting;
        for (const { status } of told) expect(status).toBe('rejected');
        expect(told.at(-1)).toMatchObject({ reason: { message: expect.stringContaining('too many reads') as string } });
      });
    });
    expect(connect).toHaveBeenCalledTimes(1);
    connect.mockRestore();
    await log.record(entry);
    expect(await count(entry.actor)).toBe(1);
  });

  it('rejects in bounded time when the server neither answers nor goes away', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const nowhere = poolAs({ ...database.connection, host: '127.0.0.1', port: (silent.address() as AddressInfo).port }, 'cairn_service', { pipeline: true });
    await expect(new AccessLog(nowhere, { patienceMs: 100, mostWaiting: 10 }).record(read())).rejects.toThrow(AccessLogUnavailable);
    for (const socket of sockets) socket.destroy();
    silent.close();
    await nowhere.end();
  });

  it('rejects in bounded time when the server falls silent after the connection was made', async () => {
    const relay = await relayTo(database);
    const through = poolAs({ ...database.connection, host: '127.0.0.1', port: relay.port }, 'cairn_service', { max: 1, pipeline: true });
    const own = new AccessLog(through, PATIENT);
    await own.record(read());
    relay.hold();
    await expect(new AccessLog(through, { patienceMs: 500, mostWaiting: 10 }).record(read())).rejects.toThrow(AccessLogUnavailable);
    relay.resume();
    await own.record(read());
    await through.end();
    relay.close();
  });

  it('rejects when its connections are cut, and connects again', async () => {
    const own = poolAs(database.connection, 'cairn_service', { applicationName: 'cut', max: 2, pipeline: true });
    const there = new AccessLog(own);
    await there.record(read());
    await signedIn(database.connection, (client) => client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'cut'"));
    const entry = read();
    // Whether the loss was noticed before or only by the write, what was acknowledged is there.
    const acknowledged = await there.record(entry).then(() => 1, () => 0);
    expect(await count(entry.actor)).toBe(acknowledged);
    await there.record(read());
    await own.end();
  });

  it('rejects for a role that may not write it', async () => {
    await expect(new AccessLog(database.pool('cairn_keyring')).record(read())).rejects.toThrow(AccessLogUnavailable);
    await expect(new AccessLog(database.pool('cairn_keyring')).query({ limit: 1 })).rejects.toThrow(AccessLogUnavailable);
  });

  it('rejects after closing, and closes only when all that waited is written', async () => {
    const closing = new AccessLog(pool);
    const entry = read();
    const written = closing.record(entry);
    await closing.close();
    expect(await count(entry.actor)).toBe(1);
    await written;
    await expect(closing.record(read())).rejects.toThrow('the service is stopping');
  });
});

/** A relay to the database that can be told to pass nothing on. */
async function relayTo({ connection: { host, port } }: FreshDatabase): Promise<{ port: number; hold: () => void; resume: () => void; close: () => void }> {
  const sockets: Socket[] = [];
  let held = false;
  const relay = createServer((near) => {
    const far = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    sockets.push(near, far);
    for (const [from, to] of [[near, far], [far, near]] as const) from.on('data', (data) => held || to.write(data)).on('error', () => undefined).on('close', () => to.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    hold: () => void (held = true),
    resume: () => void (held = false),
    close: () => {
      for (const socket of sockets) socket.destroy();
      relay.close();
    },
  };
}
