import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { caughtUp, voiceOf } from '../access/programme.js';
import { cairn } from '../cli/cairn.js';
import { ask } from '../cli/place.js';
import { startService, type Service } from '../service.js';
import { analystOf, at, furnish, participantOf, type House } from './house.js';

const PEOPLE = 3;
const relations = ['participants', 'sessions', 'sections', 'episodes', 'outcomes'];

describe('what an analyst reaches with SQL', () => {
  let service: Service;
  let house: House;
  let analyst: pg.Client;
  beforeAll(async () => {
    service = await startService();
    house = await furnish(service, PEOPLE);
    await caughtUp(house.investigator, 'core', house.last);
    analyst = await analystOf(service.dataDir);
  });
  afterAll(async () => {
    await analyst.end();
    await service.stop();
  });

  const rows = async <R extends object>(sql: string): Promise<R[]> => (await analyst.query<R>(sql)).rows;
  const refusal = (sql: string): Promise<string> => analyst.query(sql).then(() => 'answered', (error: unknown) => String((error as { code?: unknown }).code));

  it('is rows of a programme that is not masked, and of a masked one figures alone', async () => {
    for (const view of relations) {
      const found = await rows<{ programme: string }>(`select programme from analysis.${view}`);
      expect([view, [...new Set(found.map(({ programme }) => programme))]]).toEqual([view, ['plain']]);
    }
    const figures = await rows<{ programme: string; figure: string; value: number | null; exact: boolean }>('select programme, figure, value, exact from analysis.figures');
    const plain = figures.filter(({ programme }) => programme === 'plain');
    expect(plain.find(({ figure }) => figure === 'attended-3')).toMatchObject({ value: 0, exact: true });
    expect(plain.find(({ figure }) => figure === 'sessions-attended')).toMatchObject({ value: 2 * PEOPLE, exact: true });
    const core = figures.filter(({ programme }) => programme === 'core');
    expect(core.map(({ figure }) => figure)).not.toEqual(expect.arrayContaining(['supported']));
    // Three people, six sessions: all too few to be told.
    expect(core.map(({ figure, value }) => [figure, value])).toEqual(core.map(({ figure }) => [figure, null]));
    expect(core.length).toBeGreaterThan(5);
  });

  it('names nobody: tokens of this release alone, no id, study number or worker', async () => {
    let everything = '';
    for (const view of relations) everything += JSON.stringify(await rows(`select * from analysis.${view}`));
    expect(everything).toContain('"setting":"ward"');
    for (let n = 1; n <= PEOPLE; n++) expect(everything).not.toContain(participantOf('plain', n));
    expect(everything).not.toMatch(/[A-Z]{2}-\d{4}-|"w1"|[0-9a-f]{8}-[0-9a-f]{4}-/);
    const [same] = await rows<{ people: string; matched: string }>('select count(distinct p.participant) as people, count(distinct s.participant) as matched from participants p left join sessions s using (participant)');
    expect(same).toEqual({ people: String(PEOPLE), matched: String(PEOPLE) });
    expect(await rows("select participant from participants where participant !~ '^p[0-9a-f]{32}$'")).toEqual([]);
  });

  it('says what is unknown: a log that is not reconciled, a possible duplicate that counts until somebody decides', async () => {
    expect(await rows('select distinct course_log, sessions_attended, sections_completed, erased from participants')).toEqual([{ course_log: 'unknown', sessions_attended: 2, sections_completed: 1, erased: false }]);
    expect(await rows('select distinct possible_duplicate, day, late_entry from sessions')).toEqual([{ possible_duplicate: true, day: 18, late_entry: true }]);
    expect(await rows("select value, denominator, unknown from figures where programme = 'plain' and figure = 'attended-3'")).toEqual([{ value: 0, denominator: PEOPLE, unknown: PEOPLE }]);
    expect(await rows('select distinct readmission, readmission_day from outcomes')).toEqual([{ readmission: 'yes', readmission_day: 158 }]);
  });

  it('shows itself to programs that look around first', async () => {
    for (const catalogue of ['tables', 'columns', 'views']) {
      const found = await rows<{ table_schema: string }>(`select * from information_schema.${catalogue} where table_schema not in ('pg_catalog', 'information_schema')`);
      expect([catalogue, [...new Set(found.map(({ table_schema }) => table_schema))]]).toEqual([catalogue, ['analysis']]);
    }
  });

  it('has a comment on every view and every column', async () => {
    const bare = await rows(
      `select c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'analysis'
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 where col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null`,
    );
    expect(bare).toEqual([]);
  });

  it('is nothing else: every relation and function beside, and every way round, is refused', async () => {
    const others = await ask<{ name: string }>(
      service.dataDir,
      `select n.nspname || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'v', 'm', 'S', 'p') and n.nspname !~ '^(pg_|information_schema|analysis$|shadow_)'`,
    );
    expect(others.map(({ name }) => name)).toEqual(expect.arrayContaining(['log.events', 'keyring.keys', 'read.sessions', 'access.log', 'analysis_rows.release']));
    for (const { name } of others) expect([name, await refusal(`select 1 from ${name}`)]).toEqual([name, '42501']);
    for (const sql of [
      'select reltuples from pg_class', 'select relpages from pg_class', 'select n_tup_ins from pg_stat_all_tables', 'select * from pg_stat_user_tables', 'select * from pg_stat_database', 'select * from pg_statio_all_tables',
      'select * from pg_stat_activity', 'select * from pg_locks', "select pg_relation_size(oid) from pg_class where relname = 'events'", "select pg_total_relation_size(oid) from pg_class", 'select pg_database_size(current_database())',
      'select pg_stat_get_tuples_inserted(oid) from pg_class', 'select * from pg_statistic', 'select * from pg_authid', 'select pg_current_wal_lsn()', 'select pg_advisory_lock(1, 1)', 'select pg_try_advisory_xact_lock(1)', 'select lo_create(0)',
      'select txid_current()', "select pg_read_file('postgresql.conf')", "copy (select 1) to program 'true'", 'set role cairn_owner', 'set role cairn_service', 'set session authorization cairn', 'select * from analysis_rows.participants()',
      "explain select * from read.sessions", 'show data_directory', 'select * from pg_hba_file_rules',
    ])
      expect([sql, await refusal(sql)]).toEqual([sql, '42501']);
    expect(await rows("select * from pg_stats where schemaname not in ('pg_catalog', 'information_schema')")).toEqual([]);
    expect(await rows('select * from pg_stats_ext')).toEqual([]);
  });

  it('tells nothing of how many rows lie behind a view', async () => {
    const plan = (await rows<Record<string, string>>('explain select * from sessions')).flatMap(Object.values).join('\n');
    expect(plan).toContain('Function Scan');
    expect(plan).not.toMatch(/read|rows=(?!1000\b)/);
  });

  it('cannot be written, even by one who asks to write', async () => {
    await analyst.query('set default_transaction_read_only = off');
    for (const sql of ['create temp table mine (a int)', 'create table analysis.mine (a int)', "create function analysis.f() returns int language sql as 'select 1'", 'create schema mine', 'delete from analysis.sessions', 'drop view analysis.sessions', 'create view analysis.mine as select 1'])
      expect([sql, await refusal(sql)]).toEqual([sql, expect.stringMatching(/^(42501|55000)$/)]);
  });

  it('is behind a password that the owner of the data directory alone can read, in this database alone', async () => {
    expect((await stat(join(service.dataDir, 'analyst-password'))).mode & 0o777).toBe(0o600);
    for (const database of ['postgres', 'template1']) await expect(analystOf(service.dataDir, database)).rejects.toMatchObject({ code: '42501' });
  });

  it('is what `cairn sql` says, and asks', async () => {
    const { dataDir } = service;
    const said = await cairn(['sql'], { dataDir });
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toContain(`PGPASSWORD="$(cat '${join(dataDir, 'analyst-password')}')" psql "host=${analyst.host} port=5432 dbname=cairn user=cairn_analyst"`);
    expect(said.stdout).toMatch(/core: figures alone.*\n\s*plain: rows and exact figures/);
    const asked = await cairn(['sql', '--csv', '--run', "select outcome, count(*) as n, false as late from sessions group by 1"], { dataDir });
    expect(asked).toEqual({ code: 0, stderr: '', stdout: `outcome,n,late\nattended,${2 * PEOPLE},false\n` });
    const wide = await cairn(['sql', '--run', 'select * from participants limit 1'], { dataDir });
    expect(wide.stdout).toMatch(/^ row 1\n participant +p[0-9a-f]+\n programme +plain\n/);
    for (const query of ['select * from read.sessions', 'select 1; reset role', 'create temp table mine (a int)'])
      expect(await cairn(['sql', '--run', query], { dataDir })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('The database says') });
  });

  it('knows how many sessions there were once the paper log was held against the record', async () => {
    const supervisor = await voiceOf(service, 'supervisor');
    const reconciled = await supervisor.record('PUT', at(participantOf('plain', 1), '/courses/1/log-reconciliation'), { attended: 2, occurred: { at: '2024-06-01' } });
    await caughtUp(house.investigator, 'plain', reconciled);
    expect(await rows('select course_log, sessions_by_log, courses from participants order by 1')).toEqual([
      { course_log: 'reconciled', sessions_by_log: 2, courses: 1 },
      ...Array.from({ length: PEOPLE - 1 }, () => ({ course_log: 'unknown', sessions_by_log: null, courses: 1 })),
    ]);
    expect(await rows("select figure, value, denominator, unknown from figures where programme = 'plain' and figure in ('attended-3', 'attended-all') order by 1")).toEqual([
      { figure: 'attended-3', value: 0, denominator: PEOPLE, unknown: PEOPLE - 1 },
      { figure: 'attended-all', value: 0, denominator: 1, unknown: PEOPLE - 1 },
    ]);
  });

  it('leaves out what records told without consent, and counts it', async () => {
    const found = await house.researcher.record('DELETE', at(participantOf('plain', 3), '/consent/record-access'), { occurred: { at: '2024-09-01' } });
    await caughtUp(house.investigator, 'plain', found);
    expect(await rows('select count(*)::int as episodes from episodes')).toEqual([{ episodes: PEOPLE - 1 }]);
    expect(await rows('select readmission, quarantined from outcomes order by 1')).toEqual([{ readmission: 'unknown', quarantined: 1 }, { readmission: 'yes', quarantined: 0 }, { readmission: 'yes', quarantined: 0 }]);
  });

  it('is rows of a masked programme too once it is unblinded, and who learned an arm by accident', async () => {
    const manager = await voiceOf(service, 'trial-manager');
    const disclosed = await manager.record('PUT', at(participantOf('core', 2), '/allocation-disclosure'), { to: 'assessor', kind: 'accidental', occurred: { at: '2024-03-01' } });
    await caughtUp(house.investigator, 'core', disclosed);
    expect(await rows("select value from figures where programme = 'core' and figure = 'accidental-disclosure'")).toEqual([{ value: null }]);
    expect(await rows("select from participants where programme = 'core'")).toEqual([]);

    await house.investigator.record('PUT', '/v1/programmes/core/unblinding', { on: '2026-02-01', reason: 'planned-analysis' });
    for (const view of relations) expect([view, (await rows(`select distinct programme from ${view} order by 1`)).length]).toEqual([view, 2]);
    expect(await rows("select accidental_disclosure_to, count(*)::int as people from participants where programme = 'core' group by 1 order by 1")).toEqual([{ accidental_disclosure_to: 'assessor', people: 1 }, { accidental_disclosure_to: null, people: PEOPLE - 1 }]);
    expect(await rows("select value, exact from figures where programme = 'core' and figure in ('accidental-disclosure', 'supported') order by 1")).toEqual([{ value: 1, exact: true }, { value: PEOPLE, exact: true }]);
  });

  it('is one person once two registrations are found to be', async () => {
    const manager = await voiceOf(service, 'data-manager');
    const merged = await manager.record('PUT', `/v1/participants/${participantOf('core', 1)}/merges/${participantOf('core', 3)}`, { because: { code: 'registered-twice' } });
    await caughtUp(house.investigator, 'core', merged);
    const registered = await rows("select registrations, count(*)::int as people, sum(sessions_attended)::int as sessions from participants where programme = 'core' group by 1 order by 1");
    expect(registered).toEqual([{ registrations: 1, people: PEOPLE - 2, sessions: 2 * (PEOPLE - 2) }, { registrations: 2, people: 1, sessions: 4 }]);
    expect(await rows("select value from figures where programme = 'core' and figure = 'enrolled'")).toEqual([{ value: PEOPLE - 1 }]);
  });
});
