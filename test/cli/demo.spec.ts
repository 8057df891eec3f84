import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processesDone } from '../record/processes-done.js';
import { root, startService, type Service } from '../service.js';
import { cairn, fileOf } from './cairn.js';

let service: Service;
const run = (...args: string[]) => cairn(args, service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

it('records a journey once and shows it on both clocks, plain where no terminal is', async () => {
  const first = await run('demo');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^223 lines: 223 recorded, 0 already there\./);
  expect(first.stdout).not.toContain(String.fromCharCode(27));
  const [now = '', before = '', summary = '', anonymous = ''] = first.stdout.split(/^(?=Timeline of|The same history|Summary|Anonymous log)/m).slice(1);
  expect(now).toContain('session attended (4): 45 min, telephone');
  expect(now).toContain('because: The paper log came back three weeks after the visit.');
  expect(now).toContain('admission found: ward');
  expect(before).toMatch(/~ .*session attended \(4\): 60 min, in-person/);
  expect(before).toMatch(/- .*session attended \(not offered\): 60 min/);
  expect(before).not.toContain('admission found');
  expect(now).toContain('course paused: unwell');
  expect(summary).toMatch(/course 1 +ended \(participant-choice\); paper log reconciled/);
  expect(summary).toContain('filled-copy-lost');
  expect(summary).toMatch(/readmission +yes, on day 160/);
  expect(anonymous).toMatch(/session-attended +2026-01-19\/P28D +in-person +on-time +\d\d/);
  expect(Math.max(...first.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);

  const second = JSON.parse((await run('demo', '--json')).stdout);
  expect(second).toMatchObject({ recorded: 0, alreadyThere: 223, refused: 0 });
  // What a process asks about the visit told twice comes and goes beside what the file told.
  const told = (entries: unknown) => (entries as { type: string }[]).filter(({ type }) => !type.startsWith('Query'));
  expect(told(second.timeline)).toHaveLength(40);
  expect(told(second.before.entries)).toHaveLength(35);
  expect(second.anonymousLog.trailer).toMatchObject({ programme: 'core', k: 10, rows: second.anonymousLog.rows.length });
});

it('takes the example of FORMAT.md as it stands there', async () => {
  const format = await readFile(join(root, 'apps', 'cli', 'FORMAT.md'), 'utf8');
  const example = /```json\n([^]*?)```/.exec(format)?.[1] ?? '';
  const { code, stdout } = await run('record', await fileOf(example));
  expect(stdout).toContain('7 lines: 7 recorded, 0 already there.');
  expect(code).toBe(0);
});

it('keeps to a narrow width, and shows no colour', async () => {
  const { stdout } = await cairn(['demo'], { dataDir: service.dataDir, env: { COLUMNS: '72' } });
  const tables = stdout.split('\n').filter((line) => line.startsWith(' '));
  expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(72);
});

it('says what runs where', async () => {
  await processesDone(service.url);
  const { code, stdout } = await run('status', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ url: service.url, ready: true, readModels: { behind: 0 }, pid: service.pid, dataDir: service.dataDir });
  expect((await run('status')).stdout).toMatch(/read models +up to date/);
});

it('prints a token and nothing else, and the service takes it', async () => {
  const { code, stdout, stderr } = await run('token', '--as', 'worker', '--subject', 'w1', '--site', 's1');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const answer = await fetch(`${service.url}/v1/caseload`, { headers: { authorization: `Bearer ${stdout.trim()}` } });
  expect(((await answer.json()) as { items: unknown[] }).items).not.toHaveLength(0);
});

it('prints a token with the name that its bearer signs with', async () => {
  const { stdout } = await run('token', '--as', 'investigator', '--subject', 'prof.d.osei', '--name', 'Prof. David Osei');
  expect(JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ sub: 'prof.d.osei', name: 'Prof. David Osei', roles: ['investigator'] });
});

it('says why there is no token, and what to do', async () => {
  expect(await run('token', '--as', 'wizard')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no role "wizard"[^]*worker, supervisor/) });
  expect(await run('token', '--as', 'worker', '--expires', 'soon')).toMatchObject({ code: 2, stderr: expect.stringContaining('12h') });
  expect(await run('token')).toMatchObject({ code: 2, stderr: expect.stringContaining("required option '--as <role>'") });
  expect(await cairn(['token', '--as', 'worker'], { dataDir: '/nowhere/at/all' })).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/No service runs on \/nowhere\/at\/all\.\nStart it with "npm start"/) });
  expect(await cairn(['token', '--as', 'worker', '--url', service.url], { dataDir: '/nowhere/at/all' })).toMatchObject({ code: 2, stderr: expect.stringContaining('no sign-in key') });
  const elsewhere = await cairn(['token', '--as', 'worker'], { dataDir: service.dataDir, env: { CAIRN_OIDC_ISSUER: 'https://sign-in.example' } });
  expect(elsewhere).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('https://sign-in.example') });
  expect(await cairn(['status'], { dataDir: service.dataDir, env: { CAIRN_PROT: '1' } })).toMatchObject({ code: 2, stderr: expect.stringContaining('CAIRN_PROT is not a setting') });
});

it('explains each command with an example and what the exit codes mean', async () => {
  for (const command of [[], ['demo'], ['record'], ['token'], ['status'], ['backup'], ['restore'], ['rebuild']]) {
    const { code, stdout } = await run(...command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n +\S/);
    expect(stdout).toContain('Exit codes:');
  }
});

it('leaves nothing of any participant in the service’s log', async () => {
  const lines = (await readFile(`${service.dataDir}/receipts/8b0654dc-5682-57cb-8fd2-bbf4e1992118.jsonl`, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(223);
  expect(service.logs()).not.toMatch(/HX-0001|5fda9c6b-92ba-54e4|paper log/);
});
