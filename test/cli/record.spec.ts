import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService, type Service } from '../service.js';
import { cairn, fileOf, killingAt } from './cairn.js';
import { entriesOfPath, fileWith, pathOf, programmeLines } from './history.js';

let dataDir: string;
let service: Service;
const run = (...args: string[]) => cairn(args, { dataDir });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-record-spec-'));
  service = await startService({ dataDir });
});
afterAll(async () => {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

interface History {
  readonly entries: readonly { readonly id: string; readonly type: string; readonly data: object }[];
  readonly streams: Readonly<Record<string, { readonly etag: string }>>;
}

interface Report {
  readonly recorded: number;
  readonly alreadyThere: number;
  readonly lines: readonly { readonly as: string; readonly do: string; readonly outcome: string; readonly participant?: string; readonly participantId?: string; readonly events: readonly string[] }[];
}

async function get<T>(path: string): Promise<T> {
  const token = await service.token('data-manager');
  return (await (await fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).json()) as T;
}

/** What the file told; a query about two visits on one day comes and goes beside it. */
const told = ({ entries }: History) => entries.filter(({ type }) => !type.startsWith('Query'));

async function history(participant = ''): Promise<History> {
  return get(`/v1/participants/${participant}/history`);
}

async function report(file: string): Promise<Report> {
  return JSON.parse((await run('record', file, '--json')).stdout) as Report;
}

async function nothingWasSent(): Promise<void> {
  expect(await get('/v1/programmes/core')).toMatchObject({ code: 'programme-unknown' });
}

it('tells every fault of a file with its place, and sends nothing', async () => {
  const [register] = pathOf('ann');
  const file = await fileOf(fileWith([
    ...programmeLines,
    register!,
    { as: 'nobody', do: 'enrolment', participant: 'ann', when: '2026-01-12' },
    { as: 'leila', do: 'enrollment', participant: 'ann', when: '2026-01-12' },
    { as: 'leila', do: 'enrolment', participant: 'anne', when: '2026-01-12' },
    { as: 'leila', do: 'enrolment', participant: 'ann' },
    { as: 'amina', do: 'response', participant: 'ann', session: 'first', when: '2026-02-30', facts: { response: 'accepted' } },
    { as: 'amina', do: 'void', entry: 'a visit', why: 'duplicate' },
  ]));
  const { code, stderr } = await run('record', file);
  expect(code).toBe(2);
  for (const fault of [
    /line 6 \(row \d+ of the file\): "as" is "nobody", who is not among the people/,
    /line 7 .*"do" is "enrollment"/,
    /line 8 .*participant "anne" is unknown here/,
    /line 9 .*"when" is missing/,
    /line 10 .*session "first" is unknown here/,
    /line 10 .*2026-02-30 is not a date/,
    /line 11 .*"a visit", which is the label of no earlier line/,
  ]) expect(stderr).toMatch(fault);
  expect(stderr).toContain('7 faults; nothing was sent');
  await nothingWasSent();
});

it('refuses what is no record file at all', async () => {
  expect(await run('record', await fileOf('{ "format": '))).toMatchObject({ code: 2, stderr: expect.stringMatching(/is not JSON/) });
  expect(await run('record', await fileOf([]))).toMatchObject({ code: 2, stderr: expect.stringContaining('must be one object') });
  expect(await run('record', await fileOf(fileWith([], { format: 'cairn-record/9' })))).toMatchObject({ code: 2, stderr: expect.stringContaining('this program reads "cairn-record/1"') });
  expect(await run('record', '/nowhere.json')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^There is no file \/nowhere.json\.\n.+\n$/) });
  expect(await run('record')).toMatchObject({ code: 2, stderr: expect.stringContaining("missing required argument 'file'") });
});

it('checks in a dry run what the service would take, and writes nothing', async () => {
  const good = await run('record', await fileOf(fileWith([...programmeLines, ...pathOf('ann')])), '--dry-run');
  expect(good).toMatchObject({ code: 0, stderr: '' });
  expect(good.stdout).toMatch(/15 lines, participants: 1; .* Nothing was sent\./);
  const [register, consent] = pathOf('ann');
  const faulty = await run('record', await fileOf(fileWith([...programmeLines, register!, { ...consent, facts: { scopes: 'contact', formVersion: '2.1', capacity: true, signed: true } }])), '--dry-run');
  expect(faulty.code).toBe(2);
  expect(faulty.stderr).toMatch(/line 6 .*signed is not a fact of this kind of line/);
  expect(faulty.stderr).toMatch(/line 6 .*scopes must be array/);
  const both = await run('record', await fileOf(fileWith([...programmeLines, register!, { ...consent, when: '2026-02-31', facts: { scopes: 'contact', formVersion: '2.1', capacity: true } }])));
  expect(both.stderr).toMatch(/2 faults; nothing was sent[^]*line 6 .*2026-02-31 is not a date[^]*line 6 .*scopes must be array/);
  await nothingWasSent();
});

it('goes on where it stopped, after kill -9 of the command and then of the service', async () => {
  const names = ['ben', 'cleo', 'dan', 'eve'];
  const file = await fileOf(fileWith([...programmeLines, ...names.flatMap(pathOf)]));
  const killed = await cairn(['record', file], { dataDir, env: killingAt(12) });
  expect(killed.code).toBeNull();
  expect(killed.stdout.split('\n')).toHaveLength(13);

  const orphaned = await cairn(['record', file], { dataDir, env: killingAt(27, service.pid) });
  await service.kill();
  expect(orphaned.code).toBe(3);
  expect(orphaned.stderr).toMatch(/cannot be reached .*: stopped at line \d+ of 48; whether that one is recorded is not known\.\nStart it with "npm start" and run the same command again/);
  expect(await run('status')).toMatchObject({ code: 3, stderr: expect.stringContaining('is gone: its process') });

  service = await startService({ dataDir });
  const finished = await report(file);
  expect(finished).toMatchObject({ refused: 0, heldBack: 0 });
  expect(finished.recorded + finished.alreadyThere).toBe(48);
  expect(finished.recorded).toBeGreaterThan(0);
  const ids = new Map(finished.lines.map(({ participant, participantId }) => [participant, participantId]));
  for (const name of names) expect(told(await history(ids.get(name)))).toHaveLength(entriesOfPath);

  const again = await run('record', file);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain('48 lines: 0 recorded, 48 already there.');
});

it('records nothing twice even when the receipts of earlier runs are lost', async () => {
  const file = await fileOf(fileWith([...programmeLines, ...pathOf('ben')]));
  await rm(join(dataDir, 'receipts'), { recursive: true });
  const { recorded, lines } = await report(file);
  expect(recorded).toBe(0);
  // The first worker has the participant no more: the service tells them nothing, and says so.
  expect(lines.filter(({ outcome }) => outcome === 'refused')).toMatchObject([{ as: 'amina', do: 'offer', code: 'participant-unknown' }]);
  expect(told(await history(lines[4]?.participantId))).toHaveLength(entriesOfPath);
});

it('holds back what comes after a refusal, and records the rest; corrections repeat as well without receipts', async () => {
  const stays = pathOf('fay').slice(0, 9);
  const [register, , enrolment] = pathOf('gus');
  const file = await fileOf(fileWith([register!, enrolment!, ...pathOf('gus').slice(3, 5), ...stays]));
  const first = await run('record', file);
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(/REFUSED .*enrolment[^]*consent-missing: No consent stands/);
  expect(first.stdout).toContain('13 lines: 10 recorded, 0 already there, 1 refused, 2 held back.');
  await rm(join(dataDir, 'receipts'), { recursive: true });
  const second = await report(file);
  expect(second).toMatchObject({ recorded: 0, alreadyThere: 10, refused: 1, heldBack: 2 });
});

it('does not amend over what somebody corrected elsewhere', async () => {
  const stays = pathOf('hal').slice(0, 6);
  const { participantId, events } = (await report(await fileOf(fileWith(stays)))).lines.at(-1)!;
  const { entries, streams } = await history(participantId);
  const data = entries.find(({ id }) => id === events[0])?.data;
  const answer = await fetch(`${service.url}/v1/participants/${participantId}/entries/${events[0]}/amend`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await service.token('data-manager')}`, 'content-type': 'application/json', 'if-match': streams['support']?.etag ?? '' },
    body: JSON.stringify({ data: { ...data, minutes: 50 }, reason: { code: 'query-resolved' } }),
  });
  expect(answer.status).toBe(200);
  const second = await run('record', await fileOf(fileWith([...stays, { as: 'amina', do: 'amend', entry: 'hal visit', facts: { mode: 'video' }, because: { code: 'entry-error' } }])));
  expect(second.code).toBe(1);
  expect(second.stdout).toMatch(/corrected-elsewhere: This entry was corrected by someone else/);
});
