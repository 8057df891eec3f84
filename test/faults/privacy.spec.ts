import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { signedIn, type Connection } from '@cairn/postgres/connection.js';
import { startEmbedded, type PostgresServer } from '@cairn/postgres/embedded.js';
import { erase } from '../erasing.js';
import { until } from '../patience.js';
import { node, root, startService, surroundings } from '../service.js';
import { expectProblem } from './problem.js';
import { Api, haveParticipant, haveProgramme, issueWorkbook, type Receipt } from './record.js';

/** Facts of one participant that nothing else in the record could be mistaken for. */
const session = randomUUID();
const episode = randomUUID();
const telltale = {
  minutes: 593,
  amended: 592,
  text: 'Ferry cancelled; met at Quillfeather Lane',
  reason: 'ferry-cancelled',
  worker: 'w-zephyrine',
  date: '2025-11-17',
  start: '2025-11-17T14:53:00+00:00',
  area: 'northmost-isles',
  form: 'form-77q',
};

let dataDir: string;
let api: Api;
let server: PostgresServer;
let participant: string;
let bystander: string;
let studyNumber: string;
let last: Receipt;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-privacy-'));
  api = new Api(await startService({ dataDir }));
  await haveProgramme(api);
  bystander = await haveParticipant(api);
  participant = await haveParticipant(api);
  last = await journey();
  studyNumber = ((await api.read(`/v1/participants/${participant}`, { after: last })) as { studyNumber: string }).studyNumber;
  server = await startEmbedded({ dataDir });
});
afterAll(async () => {
  await server.release();
  await api.service.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

/** Everything that can be told of a participant, a correction and a refusal included. */
async function journey(): Promise<Receipt> {
  const path = `/v1/participants/${participant}`;
  const occurred = { at: telltale.start };
  const because = { code: telltale.reason, text: telltale.text };
  await api.record('PUT', `${path}/consent`, { as: 'researcher', body: { scopes: ['results'], formVersion: telltale.form, capacity: true, occurred: { at: telltale.date } } });
  await issueWorkbook(api, participant);
  const visit = await api.record('POST', `${path}/visits`, {
    body: { session, minutes: telltale.minutes, mode: 'video', punctuality: 'late', worker: telltale.worker, jointWorker: `${telltale.worker}-2`, occurred, because, sections: [{ section: 'ups-and-downs', progress: 'completed' }] },
    headers: { 'idempotency-key': randomUUID() },
  });
  await api.record('PUT', `${path}/episodes/${episode}/admission`, { as: 'clinician', body: { setting: 'crisis-house', source: 'carer', foundOn: telltale.date, area: telltale.area, occurred: { at: telltale.date }, because } });
  const [attended = ''] = visit.events;
  const { streams } = await api.history(participant);
  const data = { session, minutes: telltale.amended, mode: 'video', worker: telltale.worker, punctuality: 'late' };
  const refused = { body: { data: { ...data, notes: telltale.text }, reason: because }, headers: { 'if-match': streams['support']?.etag ?? '' } };
  await expectProblem(api.send('POST', `${path}/entries/${attended}/amend`, refused), 400, 'invalid');
  await expectProblem(api.send('PUT', `${path}/sessions/${session}/attendance`, { body: { minutes: 17, mode: 'video', punctuality: 'late', occurred, because } }), 409, 'already-recorded');
  return api.record('POST', `${path}/entries/${attended}/amend`, { body: { data, reason: because }, headers: { 'if-match': streams['support']?.etag ?? '' } });
}

/** What of the participant must not be readable where only the envelope may be. */
const facts = () => [telltale.text, telltale.reason, telltale.area, telltale.form, telltale.start, telltale.date, 'Quillfeather', String(telltale.minutes), String(telltale.amended), session, episode, studyNumber, telltale.worker];

/** Every row of every table of the schemas, as text. */
async function rowsOf(connection: Connection, ...schemas: string[]): Promise<{ table: string; row: string }[]> {
  return signedIn(connection, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = any($1) union all select format('%I.%I', schemaname, matviewname) from pg_matviews where schemaname = any($1)",
      [schemas],
    );
    const rows = [];
    for (const { name } of tables) {
      const { rows: found } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
      rows.push(...found.map(({ row }) => ({ table: name, row })));
    }
    return rows;
  });
}

/** A short number may stand anywhere by chance, for milliseconds, a process or the days that something came late: as minutes it is a fact. */
const holds = (row: string, fact: string) => (/^\d+$/.test(fact) ? new RegExp(`minutes\\W{1,4}${fact}\\b|\\b${fact}\\W?min`).test(row) : row.includes(fact));

it('the log and the keyring hold no fact of a participant in the clear, not even for the owner of the database', async () => {
  const rows = await rowsOf(server.connection, 'log', 'keyring');
  const theirs = rows.filter(({ row }) => row.includes(participant));
  expect(theirs.filter(({ table }) => table === 'log.events').length).toBeGreaterThan(8);
  for (const fact of facts()) expect(rows.filter(({ row }) => holds(row, fact)).map(({ table, row }) => `${fact} in ${table}: ${row.slice(0, 400)}`)).toEqual([]);
  // The search finds what is there: the same facts in the read models, but for the value that was amended.
  const models = await rowsOf(server.connection, 'read');
  const found = facts().filter((fact) => models.some(({ row }) => holds(row, fact)));
  expect(facts().filter((fact) => !found.includes(fact))).toEqual([String(telltale.minutes)]);
});

it('the service’s log tells of no participant, no study number, no words of anybody’s, and no token', async () => {
  for (const path of ['', '/timeline', '/history', '/replay?asOf=2026-02-01', '/sessions']) await api.read(`/v1/participants/${participant}${path}`);
  await api.read(`/v1/participants?studyNumber=${studyNumber}`);
  await expectProblem(api.send('GET', `/v1/participants/${participant}/timeline?cursor=${encodeURIComponent(telltale.text)}`, { as: 'trial-manager' }), 400, 'invalid');
  await expectProblem(api.send('GET', `/v1/participants/${participant}/nothing-${studyNumber}`), 404, 'route-unknown');
  await expectProblem(api.send('PUT', `/v1/participants/${participant}/sessions/${session}/attendance`, { raw: `{"${telltale.text}` }), 400, 'malformed-json');
  const logs = api.service.logs();
  expect(logs).toContain('"route":"/v1/participants/:participant/timeline"');
  const token = await api.token('worker');
  for (const never of [participant, bystander, session, studyNumber, telltale.text, 'Quillfeather', telltale.reason, telltale.worker, telltale.area, token, token.split('.')[2] ?? '', 'Bearer', last.etag.replaceAll('"', ''), String(telltale.minutes), String(telltale.amended)])
    expect(logs.split('\n').filter((line) => holds(line, never)).map((line) => `${never} in ${line.slice(0, 300)}`)).toEqual([]);
});

it('a destroyed key leaves entries that tell nothing, and a service that goes on', async () => {
  await erase(dataDir, participant);
  const path = `/v1/participants/${participant}`;
  for (const what of ['', '/timeline', '/history', '/replay', '/sessions']) await expectProblem(api.send('GET', `${path}${what}`, { as: 'trial-manager' }), 404, 'participant-unknown');
  await expectProblem(api.send('PUT', `${path}/sessions/${randomUUID()}/attendance`, { body: { minutes: 60, mode: 'video', punctuality: 'on-time' } }), 404, 'participant-unknown');
  const before = await rowsOf(server.connection, 'log');
  await expectProblem(api.send('PUT', path, { as: 'researcher', body: { programme: 'core', site: 's1' } }), 409, 'participant-erased');
  for (const [kept, merged] of [[participant, bystander], [bystander, participant]] as const)
    await expectProblem(api.send('PUT', `/v1/participants/${kept}/merges/${merged}`, { as: 'data-manager', body: {} }), 409, 'participant-erased');
  expect(await rowsOf(server.connection, 'log')).toEqual(before);

  // Nobody else is touched, and the read models still move.
  const receipt = await api.record('PUT', `/v1/participants/${bystander}/worker`, { as: 'supervisor', body: { worker: 'w2' } });
  expect(await api.read(`/v1/participants/${bystander}`, { after: receipt })).toMatchObject({ support: { worker: 'w2' } });
  expect((await api.history(bystander)).entries.length).toBeGreaterThan(4);
});

it('the read models hold nothing of the participant any more within seconds, the audit trail neither', async () => {
  const held = async () => (await rowsOf(server.connection, 'read')).filter(({ row }) => facts().some((fact) => holds(row, fact)));
  await until(async () => (await held()).length === 0).catch(() => undefined);
  expect((await held()).map(({ table, row }) => `${table}: ${row.slice(0, 400)}`)).toEqual([]);
  const trail = (await rowsOf(server.connection, 'read')).filter(({ table, row }) => table === 'read.trail' && row.includes(participant));
  expect(trail.length).toBeGreaterThan(8);
  for (const { row } of trail) expect(JSON.parse(row)).toMatchObject({ happened: null, happened_at: null, reason: null, late: false, delay: null, corrects: null });
});

it('read models made anew after that hold the same, and nothing of the participant but that there was one', async () => {
  await api.service.stop();
  const tables = async () => (await rowsOf(server.connection, 'read')).filter(({ table }) => table !== 'read.checkpoint').map(({ table, row }) => `${table} ${row}`).sort();
  const before = await tables();
  const env = { ...surroundings(), CAIRN_DATA_DIR: dataDir };
  await promisify(execFile)(node, [join(root, 'dist', 'apps', 'cli', 'src', 'main.js'), 'rebuild'], { cwd: root, env });
  expect(await tables()).toEqual(before);
  api = new Api(await startService({ dataDir }));

  const models = await rowsOf(server.connection, 'read');
  for (const fact of facts()) expect(models.filter(({ row }) => holds(row, fact)).map(({ table, row }) => `${fact} in ${table}: ${row.slice(0, 400)}`)).toEqual([]);
  expect(models.filter(({ row }) => row.includes(participant)).length).toBeGreaterThan(0);
  await expectProblem(api.send('GET', `/v1/participants/${participant}`, { as: 'trial-manager' }), 404, 'participant-unknown');
  expect(await api.read(`/v1/participants/${bystander}`)).toMatchObject({ stage: 'enrolled', support: { worker: 'w2', erased: 0 } });
  const { items } = (await api.read('/v1/participants')) as { items: object[] };
  expect(items).toContainEqual({ participant, studyNumber: null, programme: null, site: null, stage: 'erased', enrolledOn: null, readmission: 'unknown' });
});
