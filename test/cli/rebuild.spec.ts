import { existsSync } from 'node:fs';
import { Api, haveParticipant, haveProgramme, issueWorkbook } from '../faults/record.js';
import { startService } from '../service.js';
import { cairn } from './cairn.js';
import { databaseOf, ownDirectory } from './place.js';

let places: Awaited<ReturnType<typeof ownDirectory>>;

beforeAll(async () => {
  places = await ownDirectory();
});
afterAll(() => places.remove());

const everything = `select string_agg(rows::text, E'\\n' order by name) as rows from (
  select table_name as name, query_to_xml(format('select * from read.%I x order by x::text', table_name), true, false, '') as rows
  from information_schema.tables where table_schema = 'read' and table_name <> 'checkpoint') all_tables`;

it('makes the same rows anew from the log, once the service is stopped', async () => {
  const dataDir = places.at();
  const service = await startService({ dataDir });
  const api = new Api(service);
  await haveProgramme(api);
  const participant = await haveParticipant(api);
  await issueWorkbook(api, participant);
  const duplicate = await haveParticipant(api);
  await issueWorkbook(api, duplicate);
  await api.record('PUT', `/v1/participants/${participant}/merges/${duplicate}`, { as: 'data-manager', body: {} });
  const receipt = await api.record('PUT', `/v1/participants/${participant}/death`, { as: 'clinician', body: { source: 'family' } });
  await api.read(`/v1/participants/${participant}`, { after: receipt });

  const early = await cairn(['rebuild'], { dataDir });
  expect(early.stderr).toBe('Another process keeps the read models at this moment.\nStop the service (or the projector), then rebuild; nothing was changed.\n');
  expect(early.code).toBe(1);
  // Kept running from here on, which spares starting it for every look.
  const database = await databaseOf(dataDir);
  await service.stop();
  const rowsNow = () => database.ask<{ rows: string }>(everything);

  const [before] = await rowsNow();
  for (const whose of [participant, duplicate]) expect(before?.rows).toContain(whose);
  await database.ask("delete from read.timeline; delete from read.merges; update read.participants set study_number = 'nonsense'");
  expect(await rowsNow()).not.toEqual([before]);

  const done = await cairn(['rebuild', '--json'], { dataDir });
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(done.stdout)).toMatchObject({ position: 19 });
  expect(await rowsNow()).toEqual([before]);
  await database.release();
});

it('makes no record where there is none', async () => {
  const dataDir = places.at();
  const refused = await cairn(['rebuild'], { dataDir });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(`There is no record in ${dataDir}.`);
  expect(existsSync(dataDir)).toBe(false);
});
