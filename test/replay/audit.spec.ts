import { createHash } from 'node:crypto';
import { cairn } from '../cli/cairn.js';
import { ownDirectory } from '../cli/place.js';
import { codeOf, header, json } from '../access/http.js';
import { caughtUp, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { erase } from '../erasing.js';
import { until } from '../patience.js';
import { startService, type Service } from '../service.js';

/* Reviewing the trail, who read whom, and documents that stay what they were. ICH E6(R3) 4.2.2, 4.2.3; 21 CFR 11.10(b), (e). */
const [one, two] = [uuid('p', 1), uuid('p', 2)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const visit = (day: string, also: object = {}) => ({ minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: `2024-02-${day}T10:00:00+00:00` }, ...also });
/** A person whose id a spreadsheet would run. */
const FORMULA = '=HYPERLINK("evil")';

interface Line {
  readonly [column: string]: unknown;
  readonly changes?: { what: string; from: unknown; to: unknown }[];
}
interface Report {
  readonly cut: string;
  readonly next?: string;
  readonly items: Line[];
}

let places: Awaited<ReturnType<typeof ownDirectory>>;
let dataDir: string;
let service: Service;
let auditor: Voice;
let worker: Voice;
let attended: string;
let amended: string;
let last: Receipt;

beforeAll(async () => {
  places = await ownDirectory();
  dataDir = places.at();
  service = await startService({ dataDir });
  await startProgramme(await voiceOf(service, 'investigator'));
  const researcher = await voiceOf(service, 'researcher', { sites: ['s1', 's2'] });
  [auditor, worker] = [await voiceOf(service, 'auditor'), await voiceOf(service, 'worker')];
  const on = { occurred: { at: '2024-01-12' } };
  await researcher.record('PUT', at(one), { programme: 'core', site: 's1', ...on });
  await researcher.record('PUT', at(two), { programme: 'core', site: 's2', ...on });
  await (await voiceOf(service, 'supervisor')).record('PUT', at(one, '/worker'), { worker: 'w1', ...on });
  const receipt = await worker.record('PUT', at(one, `/sessions/${uuid('se', 1)}/attendance`), visit('01', { because: { code: 'told-late', text: 'She was ill.' } }));
  attended = receipt.events[0] ?? '';
  const correction = await worker.record('POST', at(one, `/entries/${attended}/amend`), { data: { session: uuid('se', 1), minutes: 45, mode: 'in-person', worker: 'w1', punctuality: 'on-time' }, reason: { code: 'entry-error' } }, { 'if-match': receipt.etag });
  amended = correction.events[0] ?? '';
  await (await voiceOf(service, 'clinician', { subject: FORMULA })).record('PUT', at(one, `/episodes/${uuid('ep', 1)}/index-discharge`), { setting: 'crisis-team', occurred: { at: '2024-01-09' } });
  last = await researcher.record('PUT', at(two, '/screening'), { criteria: [], result: 'eligible' });
  await caughtUp(auditor, 'core', last);
});
afterAll(async () => {
  await service.stop();
  await places.remove();
});

const report = (query = '', voice = auditor) => voice.read<Report>(`/v1/audit-trail${query}`, last);
const what = ({ items }: Report) => items.map((line) => line['what']);

describe('the audit trail', () => {
  it('holds every entry, newest first, in the words people use', async () => {
    const { items } = await report();
    expect(items.map((line) => line['what'])).toEqual([
      'screened', 'index discharge recorded', 'amended', 'session attended', 'worker assigned', 'study number issued', 'participant registered', 'study number issued', 'participant registered',
      'site activated', 'site activated', 'workbook version published', 'protocol version published', 'programme registered',
    ]);
    expect(items.at(-1)).toMatchObject({ about: 'programme core', person: 'investigator-s1', participant: null });
  });
  it('says of an entry who, in which role, where, when on both clocks, why, how late, and that it was corrected', async () => {
    const { items } = await report('?type=session attended');
    expect(items).toMatchObject([{ person: 'w1', role: 'worker', programme: 'core', site: 's1', studyNumber: expect.stringMatching(/^HX-0001-/), happened: '2024-02-01T10:00:00+00:00', reason: 'told-late', late: true, corrected: true, protocolVersion: '1', entry: attended, changes: [] }]);
    expect(items[0]?.['workingDays']).toBeGreaterThan(400);
  });
  it('says of a correction the former and the new value, by the field’s label', async () => {
    expect((await report(`?type=EntryAmended`)).items).toMatchObject([{ what: 'amended', entry: amended, corrects: attended, reason: 'entry-error', changes: [{ what: 'minutes', from: 60, to: 45 }] }]);
  });
  it('never holds what is personal', async () => expect(JSON.stringify(await report())).not.toContain('She was ill.'));
  it.each<[string, string[]]>([
    ['actor=w1', ['amended', 'session attended']],
    ['role=clinician', ['index discharge recorded']],
    ['site=s2&role=researcher', ['screened', 'study number issued', 'participant registered']],
    [`participant=${two}`, ['screened', 'participant registered']],
    ['reason=told-late', ['session attended']],
    ['late=true&corrected=false&site=s1&role=supervisor', ['worker assigned']],
    ['corrected=true', ['session attended']],
    ['programme=none', []],
    ['from=2099-01-01T00:00:00Z', []],
    ['until=2000-01-01T00:00:00Z', []],
  ])('narrows by %s', async (query, expected) => expect(what(await report(`?${query}`))).toEqual(expected));
  it.each(['late=perhaps', 'late=1', 'corrected=0', 'type=session atended', 'from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 'role=king', 'participant=x', 'cursor=nonsense', 'limit=0', 'limit=501', 'from=never', 'from=2024-02-30T00:00:00Z', 'nonsense=1', 'format=xml'])('%s is no question', async (query) => {
    const answer = await auditor.ask('GET', `/v1/audit-trail?${query}`);
    expect([query, answer.status, codeOf(answer)]).toEqual([query, 400, 'invalid']);
  });
  it('is paged where its first page was cut, whatever is recorded meanwhile', async () => {
    const whole = what(await report());
    const paged: unknown[] = [];
    let page = await report('?limit=4');
    last = await (await voiceOf(service, 'researcher')).record('PUT', at(one, '/screening'), { criteria: [], result: 'eligible' });
    for (paged.push(...what(page)); page.next !== undefined; paged.push(...what(page))) page = await report(`?limit=4&cursor=${page.next}`);
    expect(paged).toEqual(whole);
    expect(what(await report())).toHaveLength(whole.length + 1);
    const elsewhere = await auditor.ask('GET', `/v1/audit-trail/people?cursor=${(await report('?limit=4')).next}`);
    expect([elsewhere.status, codeOf(elsewhere)]).toEqual([400, 'invalid']);
  });
  it.each(['csv', 'ndjson', 'json'])('says of a page of %s that there is more, and where', async (format) => {
    const page = await auditor.ask('GET', `/v1/audit-trail?role=researcher&limit=2&format=${format}`);
    const [, next = '', cursor = ''] = /^<(.*[?&]cursor=([\w-]+))>; rel="next"$/.exec(header(page, 'link') ?? '') ?? [];
    if (format === 'csv') expect(page.body.split('\r\n').at(-2)).toBe(`# rows=2 more=yes next=${cursor}`);
    else expect(page.body).toContain(`"next":"${cursor}"`);
    const rest = await auditor.ask('GET', next.replace('limit=2', 'limit=500'));
    expect([next, rest.status, header(rest, 'link')]).toEqual([`/v1/audit-trail?role=researcher&limit=2&format=${format}&cursor=${cursor}`, 200, undefined]);
  });
  it('comes as CSV, in which no cell is a formula, and as NDJSON', async () => {
    const csv = await auditor.ask('GET', '/v1/audit-trail', { headers: { accept: 'text/csv' } });
    expect([csv.status, header(csv, 'content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const [heading, ...lines] = csv.body.trimEnd().split('\r\n');
    expect(lines.pop()).toBe(`# rows=${lines.length} more=no`);
    expect(header(csv, 'link')).toBeUndefined();
    expect(heading).toMatch(/^Recorded,Happened,Person,Role,/);
    expect(csv.body).toContain(`"'=HYPERLINK(""evil"")"`);
    expect(csv.body).not.toMatch(/(^|,)"?[=+@]/m);
    expect(csv.body).toContain('minutes: 60 → 45');
    const ndjson = await auditor.ask('GET', '/v1/audit-trail?format=ndjson');
    const parsed = ndjson.body.trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
    expect(parsed).toHaveLength(lines.length + 1);
    expect(parsed.at(-1)).toMatchObject({ trailer: { report: 'audit-trail', lines: lines.length } });
  });
});

it('counts late entries and corrections by person, role and site', async () => {
  const { items } = await auditor.read<Report>('/v1/audit-trail/people', last);
  const looks = items.map(({ late, corrections }) => Number(late) + Number(corrections));
  expect(looks).toEqual([...looks].sort((a, b) => b - a));
  expect(looks[0]).toBe(2);
  expect(items.find(({ person }) => person === 'w1')).toMatchObject({ role: 'worker', site: 's1', entries: 2, late: 1, lateWithoutReason: 0, corrections: 1, corrected: 1 });
  expect(items).toContainEqual(expect.objectContaining({ person: 'supervisor-s1', late: 1, lateWithoutReason: 1, corrections: 0 }));
});

describe('the access review', () => {
  it('shows who read whom how often, and first who read outside of their caseload or their sites', async () => {
    await worker.read(at(one), last);
    await worker.read(at(one, '/timeline'));
    const supervisor = await voiceOf(service, 'supervisor');
    await supervisor.record('PUT', at(one, '/worker'), { worker: 'w2', occurred: { at: '2024-03-01' } });
    await (await voiceOf(service, 'worker', { subject: 'w2' })).read(at(one));
    await (await voiceOf(service, 'data-manager')).read(at(two));
    last = await supervisor.record('PUT', at(one, '/worker'), { worker: 'w1', occurred: { at: '2024-03-02' } });
    const { items } = await auditor.read<Report>('/v1/access-review', last);
    expect(items[0]).toMatchObject({ person: 'data-manager-s1', participant: two, site: 's2', readings: 1, outsideSites: 1, roles: ['data-manager'] });
    expect(items).toContainEqual(expect.objectContaining({ person: 'w1', participant: one, readings: 2, outsideCaseload: 0, outsideSites: 0, routes: ['/v1/participants/:participant', '/v1/participants/:participant/timeline'] }));
    expect(items).toContainEqual(expect.objectContaining({ person: 'w2', readings: 1, outsideCaseload: 0 }));
    expect((await auditor.read<Report>(`/v1/access-review?actor=w1&participant=${two}`)).items).toEqual([]);
  });
});

it('covers, asked for a participant, the registrations merged into them, for as long as they are', async () => {
  const researcher = await voiceOf(service, 'researcher');
  const keeper = await voiceOf(service, 'data-manager');
  const [kept, merged] = [uuid('p', 31), uuid('p', 32)];
  for (const participant of [kept, merged]) await researcher.record('PUT', at(participant), { programme: 'core', site: 's1', occurred: { at: '2024-01-12' } });
  await researcher.record('PUT', at(merged, '/screening'), { criteria: [], result: 'eligible' });
  const told = async () => (await report(`?participant=${kept}`)).items.map(({ what, participant }) => [what, participant]);
  last = await keeper.record('PUT', at(kept, `/merges/${merged}`), { because: { code: 'registered-twice' } });
  expect((await told()).filter(([what]) => what === 'participant registered')).toEqual([['participant registered', merged], ['participant registered', kept]]);
  expect((await report('?type=participants merged')).items.map(({ changes }) => changes)).toEqual([[{ what: 'participant', from: merged, to: kept }], [{ what: 'participant', from: merged, to: kept }]]);
  const close = await voiceOf(service, 'auditor', { subject: 'close-auditor' });
  const registered = (await report(`?participant=${kept}&type=participant registered`)).items[0]?.['entry'];
  for (const rest of ['/replay/difference?from=2020-01-01&to=2099-01-01', `/entries/${String(registered)}`, `/sight?user=researcher-s1&at=2099-01-01T00:00:00Z`]) await close.read(at(kept, rest));
  const read = await auditor.read<{ items: { participants: string[] }[] }>('/v1/access-log?actor=close-auditor');
  expect(read.items.map(({ participants }) => [...participants].sort())).toEqual(Array.from({ length: 3 }, () => [kept, merged].sort()));
  last = await keeper.record('DELETE', at(kept, `/merges/${merged}`), { because: { code: 'merged-in-error' } });
  expect((await told()).map(([, participant]) => participant)).toEqual([kept, kept, kept]);
});

describe('a saved document', () => {
  const saved: { id: string; body: object; text: string; sha256: string }[] = [];
  const bodies = [
    { report: 'audit-trail', filters: { site: 's1', late: 'true' }, format: 'csv' },
    { report: 'audit-trail', filters: {}, format: 'json' },
    { report: 'audit-trail-people', format: 'ndjson' },
    { report: 'access-review', filters: { site: 's1' }, format: 'csv' },
    { report: 'after-authority', filters: {}, format: 'json' },
  ];
  const document = (id: string) => `/v1/documents/${id}`;

  it('knows where it was cut, and the hash of its bytes', async () => {
    for (const [n, body] of bodies.entries()) {
      const id = uuid('do', n);
      const answer = await auditor.ask('PUT', document(id), { body });
      expect(answer.status).toBe(200);
      const view = json(answer) as { cut: string; sha256: string; savedBy: string };
      expect(view).toMatchObject({ document: id, cut: last.events.at(-1), savedBy: 'auditor-s1', report: body.report, format: body.format });
      const { status, body: text } = await auditor.ask('GET', document(id));
      expect([status, createHash('sha256').update(text).digest('hex')]).toEqual([200, view.sha256]);
      saved.push({ id, body, text, sha256: view.sha256 });
    }
    expect(saved[0]?.text.split('\r\n').length).toBeGreaterThan(3);
  });

  it('is the same bytes after more was recorded and read, and after a rebuild', async () => {
    await worker.record('PUT', at(one, `/sessions/${uuid('se', 2)}/attendance`), visit('08'));
    const { streams } = await worker.read<{ streams: Record<string, { etag: string }> }>(at(one, '/history'));
    last = await worker.record('POST', at(one, `/entries/${attended}/void`), { why: 'entered-in-error' }, { 'if-match': streams['support']?.etag ?? '' });
    await worker.read(at(one), last);
    const before = await Promise.all(saved.map(async ({ id }) => (await auditor.ask('GET', document(id))).body));
    expect(before).toEqual(saved.map(({ text }) => text));
    await service.stop();
    expect(await cairn(['rebuild', '--json'], { dataDir })).toMatchObject({ code: 0 });
    service = await startService({ dataDir });
    [auditor, worker] = [await voiceOf(service, 'auditor'), await voiceOf(service, 'worker')];
    for (const { id, text } of saved) expect((await auditor.ask('GET', document(id))).body).toBe(text);
  });

  it('saved again is the one there is, and another under its id is refused', async () => {
    for (const { id, body, sha256 } of saved) expect(json(await auditor.ask('PUT', document(id), { body }))).toMatchObject({ sha256 });
    const other = await auditor.ask('PUT', document(saved[0]?.id ?? ''), { body: { report: 'audit-trail', format: 'json' } });
    expect([other.status, codeOf(other)]).toEqual([409, 'already-recorded']);
  });

  it('is listed, newest first, to those who may read its report', async () => {
    const ids = ({ items }: { items: { document: string }[] }) => items.map((each) => each.document);
    expect(ids(await auditor.read('/v1/documents'))).toEqual(saved.map(({ id }) => id).reverse());
    const privacy = await voiceOf(service, 'privacy-officer');
    expect(ids(await privacy.read('/v1/documents'))).toEqual([saved[3]?.id]);
    const hidden = await privacy.ask('GET', document(saved[0]?.id ?? ''), { headers: { 'x-request-id': 'same' } });
    expect(hidden).toEqual(await privacy.ask('GET', document(uuid('do', 404)), { headers: { 'x-request-id': 'same' } }));
    expect([hidden.status, codeOf(hidden)]).toEqual([404, 'document-unknown']);
  });

  it.each<[object, number, string]>([
    [{ report: 'audit-trail', filters: { colour: 'red' }, format: 'csv' }, 400, 'invalid'],
    [{ report: 'access-review', filters: { late: 'true' }, format: 'csv' }, 400, 'invalid'],
    [{ report: 'everything', format: 'csv' }, 400, 'invalid'],
    [{ report: 'audit-trail', format: 'pdf' }, 400, 'invalid'],
  ])('%j is none', async (body, status, code) => {
    const answer = await auditor.ask('PUT', document(uuid('do', 99)), { body });
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
  it('says so where it cannot be given any more: somebody it told of was erased', async () => {
    await erase(dataDir, one);
    // What a correction said is read from the log itself; the rest once the read models have been told.
    await until(async () => (await auditor.ask('GET', document(saved[0]?.id ?? ''))).status !== 200);
    const answers = await Promise.all(saved.map(({ id }) => auditor.ask('GET', document(id))));
    // Of an erased entry nobody knows whether it was late, so that it counts as such no more.
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(({ report }, n) => (report === 'audit-trail-people' || saved[n]?.text.includes(one) ? 409 : 200)));
    expect(answers.filter(({ status }) => status === 409).length).toBeGreaterThan(1);
    expect(answers[1] && json(answers[1])).toMatchObject({ code: 'document-not-reproducible', detail: expect.stringContaining(saved[1]?.sha256 ?? '') });
    expect(answers.map(({ body }) => body.includes('minutes'))).toEqual([false, false, false, false, false]);
  });
  it('of a report that is not for one’s role is refused', async () => {
    const answer = await (await voiceOf(service, 'privacy-officer')).ask('PUT', document(uuid('do', 98)), { body: { report: 'audit-trail', format: 'csv' } });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'report-not-for-your-role']);
  });
});
