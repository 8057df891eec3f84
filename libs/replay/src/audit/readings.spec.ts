import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { accessMigrations } from '@cairn/access/migrations.js';
import type { Journal } from '@cairn/journal/journal.js';
import { journalMigrations } from '@cairn/journal/migrations.js';
import { freshDatabase, type FreshDatabase } from '@cairn/postgres/testing.js';
import { privacyMigrations } from '@cairn/privacy/migrations.js';
import { storeMigrations } from '@cairn/stores/postgres/migrations.js';
import { replayMigrations } from '../migrations.js';
import { Readings, type Sum } from './readings.js';

let database: FreshDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await freshDatabase([...storeMigrations, ...privacyMigrations, ...accessMigrations, ...journalMigrations, ...replayMigrations]);
  const { host, port, user, password, database: name } = database.connection;
  dataSource = await new DataSource({ type: 'postgres', host, port, username: user, database: name, ...(password !== undefined && { password }), parseInt8: true, extra: { max: 2, options: '-c role=cairn_service' } }).initialize();
  for (let n = 1; n <= 5; n++) await entry(n, 'ParticipantRegistered', n, null);
  for (let n = 6; n <= 20; n++) await entry(n, n % 7 === 0 ? 'WorkerUnassigned' : 'WorkerAssigned', (n % 5) + 1, n % 7 === 0 ? null : `w${n % 3}`);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const participant = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
/** Minutes before now. */
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

const entry = (position: number, type: string, n: number, worker: string | null) =>
  database.pool('cairn_owner').query(
    `insert into read.trail (position, event, recorded_at, stream, subject, participant, site, actor, role, type, source, late, correction, worker)
     values ($1, gen_random_uuid(), $2, 'support', $3::text, $3::text::uuid, $4, 'x', 'supervisor', $5, 'api', false, false, $6)`,
    [position, ago(120 - position).replace('Z', '000Z'), participant(n), `s${n % 2}`, type, worker],
  );
const read = (id: number, at: string, n: number) =>
  database.pool('cairn_owner').query(
    `insert into access.log (id, at, actor, roles, sites, method, route, participants, request_id, outcome) overriding system value values ($1, $2, $3, $4, $5, 'GET', $6, $7, 'r', 'disclosed')`,
    [id, at, `w${n % 4}`, n % 5 === 0 ? ['supervisor'] : ['worker'], [`s${n % 2}`], ['/v1/caseload', '/v1/audit-trail'][n % 11 === 0 ? 1 : 0], n % 3 === 0 ? [participant((n % 5) + 1), participant(((n + 1) % 5) + 1)] : [participant((n % 5) + 1)]],
  );

const all = { actor: undefined, participant: undefined, site: undefined, from: undefined, until: undefined };
const sorted = (sums: readonly Sum[]) => [...sums].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

it('sums what is kept and what was read since to what the whole log sums to, at any cut, filtered or not', async () => {
  const readings = new Readings(dataSource, { head: async () => 20 } as Journal);
  for (const [access, minutes] of [[40, 100], [80, 50], [120, 2], [160, 0]] as const) {
    for (let id = access - 39; id <= access; id++) if (id !== 150) await read(id, ago(Math.max(minutes, 0)), id);
    for (const cut of [{ position: 20, access }, { position: 20, access: access - 7 }])
      for (const filter of [{}, { site: 's1' }, { actor: 'w1' }, { participant: participant(2) }]) {
        const whole = await new Readings(dataSource, { head: async () => 20 } as Journal).sums({ ...all, ...filter, from: '2020-01-01T00:00:00.000000Z' }, cut);
        expect(whole.length).toBeGreaterThan(0);
        expect(sorted(await readings.sums({ ...all, ...filter }, cut))).toEqual(sorted(whole));
      }
  }
  // Numbered before others, and committed after them.
  const before = await readings.sums(all, { position: 20, access: 160 });
  await read(150, ago(0), 150);
  const count = (sums: readonly Sum[]) => sums.reduce((sum, each) => sum + each.readings, 0);
  expect(count(await readings.sums(all, { position: 20, access: 160 }))).toBe(count(before) + 2);
});

it('keeps nothing while the read models are behind the log', async () => {
  const behind = new Readings(dataSource, { head: async () => 21 } as Journal);
  const known = await behind.sums(all, { position: 19, access: 160 });
  await entry(21, 'WorkerAssigned', 1, 'w9');
  expect(sorted(await behind.sums(all, { position: 19, access: 160 }))).toEqual(sorted(known));
  const outside = (sums: readonly Sum[]) => sums.reduce((sum, each) => sum + each.outsideCaseload, 0);
  expect(outside(await behind.sums(all, { position: 21, access: 160 }))).toBeGreaterThan(outside(known));
});
