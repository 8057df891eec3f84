import type { Role } from '@cairn/access/roles.js';
import { startService } from '../service.js';
import { at, byPost, conduct, first, Observer, peerSupport, second, sharedKey, third, type Observed, type Site } from './arms.js';
import { ownersDatabase } from './database.js';
import { json } from './http.js';
import { processesDone } from '../record/processes-done.js';
import { caughtUp, uuid, voiceOf } from './programme.js';

/*
 * ICH E6(R3) 4.1. Two fresh records under one key, the log's clock and every id given, alike in all that happens on streams masked roles
 * see. In one, participants 1 and 2 have peer support; in the other 1 has a workbook by post and 2 has nothing. Whatever a masked role
 * sends, both answer the same, byte for byte: status, headers (all but Date), body.
 */
let supported: Site;
let posted: Site;
/** Ids of entries on streams that reveal the arm, in the record that has support. */
const telling: string[] = [];
/** Ids of the entries that somebody else told in the other record, under names that both share. */
const untold = new Map<string, string>();
/** Of the timelines, and after which entry each goes on. */
const cursors = new Map<string, string>();
/** Whole seconds: what a correction is dated with. */
const began = Math.floor(Date.now() / 1000) * 1000;
let answered: { supported: Observed[]; posted: Observed[] };

beforeAll(async () => {
  const env = { CAIRN_KEY: sharedKey };
  [supported, posted] = await Promise.all([site(env), site(env)]);
  const [one, other] = await Promise.all([conduct(supported, peerSupport(supported.service, telling, untold)), conduct(posted, byPost(posted.service, untold))]);
  answered = { supported: one, posted: other };
});
afterAll(() =>
  Promise.all(
    [supported, posted].map(async ({ service, database }) => {
      await database.close();
      await service.stop();
    }),
  ),
);

async function site(env: Record<string, string>): Promise<Site> {
  const service = await startService({ env });
  return { service, database: await ownersDatabase(service.dataDir) };
}

/** Everything a role may send after the fact, and much that it may not, the same to either record. */
async function everything({ service }: Site, role: Role): Promise<Observed[]> {
  const voice = await voiceOf(service, role);
  await caughtUp(voice, 'core', { events: [await lastVisible(service)], etag: '' });
  const observer = new Observer(voice);
  await lists(observer);
  for (const participant of [first, second, third, uuid('p', 404)]) await readings(observer, participant);
  await refusals(observer);
  await tokens(observer);
  await corrections(observer);
  await queries(observer);
  await newFacts(observer, service.url);
  for (const participant of [first, second]) await readings(observer, participant);
  return observer.seen;
}

/** The last event that is in both: what was recorded before it is in the read models when it is. */
function lastVisible(service: Site['service']): Promise<string> {
  return lastOf(service, third);
}

async function lastOf(service: Site['service'], participant: string): Promise<string> {
  const { entries } = await (await voiceOf(service, 'researcher')).read<{ entries: { id: string }[] }>(at(participant, '/history'));
  return entries.at(-1)?.id ?? '';
}

async function lists(observer: Observer): Promise<void> {
  const queries = [
    '', '?limit=2', '?limit=0', '?site=s1', '?site=s2', '?stage=enrolled', '?stage=registered', '?stage=died', '?readmission=yes', '?readmission=no', '?readmission=unknown', '?programme=core', '?enrolledFrom=2024-01-14', '?enrolledUntil=2024-01-13', '?consented=contact', '?withdrawn=interviews', '?discontinued=yes', '?discontinued=no', '?standing=running', '?programme=none',
    '?studyNumber=HX-0002-P', '?cursor=nonsense', '?worker=w1',
  ];
  for (const query of queries) await observer.ask('GET', `/v1/participants${query}`);
  for (let next: string | undefined = ''; next !== undefined; ) next = (json(await observer.ask('GET', `/v1/participants?limit=1${next && `&cursor=${next}`}`)) as { next?: string }).next;
  for (const path of ['/v1/caseload', '/v1/caseload?worker=w1', '/v1/access-log', '/v1/audit-trail', '/v1/audit-trail/people', '/v1/audit-trail/after-authority', '/v1/access-review', '/v1/documents', '/v1/anonymous-log?programme=core', '/v1/programmes/core', '/v1/programmes/none', '/v1/nothing', '/v1/queries', '/v1/queries?to=worker', '/v1/queries?to=researcher', '/v1/queries?topic=planning', '/v1/queries?cursor=nonsense', '/v1/events?seconds=1']) await observer.ask('GET', path);
}

async function queries(observer: Observer): Promise<void> {
  for (let next: string | undefined = ''; next !== undefined; ) next = (json(await observer.ask('GET', `/v1/queries?limit=1${next && `&cursor=${next}`}`)) as { next?: string }).next;
  for (const [n, participant] of [first, second].entries()) {
    const { entries = [] } = json(await observer.ask('GET', at(participant, '/history'))) as { entries?: { id: string; type: string }[] };
    const consent = entries.find(({ type }) => type === 'ConsentGiven')?.id ?? '';
    for (const id of [consent, telling[0], telling.at(-1), uuid('none', 1)]) {
      await observer.ask('GET', at(participant, `/entries/${id}/signatures`));
      await observer.ask('POST', at(participant, `/entries/${id}/void?preview`), { body: { why: 'entered-in-error' } });
      await observer.ask('POST', at(participant, `/entries/${id}/amend?preview`), { body: { data: { scopes: ['contact'], formVersion: '2.1', capacity: false }, reason: { code: 'entry-error' } } });
      await observer.ask('POST', at(participant, `/entries/${id}/reattribute?preview`), { body: { to: third, reason: { code: 'wrong-participant' } } });
      await observer.ask('POST', at(participant, `/entries/${id}/reattribute`), { body: { to: participant, reason: { code: 'wrong-participant' } }, headers: { 'if-match': '"stale"' } });
      await observer.ask('PUT', at(participant, `/queries/${uuid('qr', n)}`), { body: { topic: 'data', to: 'data-manager', entries: [id] } });
    }
    for (const query of [uuid('qu', n * 10), uuid('qs', 1), uuid('qs', 2), uuid('none', 1)]) await observer.ask('PUT', at(participant, `/queries/${query}/answer`), { body: { text: 'Form 2.1.' } });
    for (const about of ['support', 'workbook', 'participant', 'nothing']) await observer.ask('PUT', at(participant, `/deviations/${uuid('dr', n)}`), { body: { kind: 'other', about } });
    await observer.ask('PUT', at(participant, `/queries/${uuid('qr', n + 5)}`), { body: { topic: 'data', to: 'worker', about: 'participant' } });
    const { streams = {} } = json(await observer.ask('GET', at(participant, '/history'))) as { streams?: Record<string, { etag: string }> };
    const data = { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.2', capacity: true };
    await observer.ask('POST', at(participant, `/entries/${consent}/amend`), { body: { data, reason: { code: 'entry-error' } }, headers: { 'if-match': streams['participant']?.etag ?? '' } });
  }
}

async function readings(observer: Observer, participant: string): Promise<void> {
  for (const rest of ['', '/history', '/timeline', '/replay', '/sessions', '/queries']) await observer.ask('GET', at(participant, rest));
  const points = ['?asOf=2024-02-15', '?asOf=2024-06-22T00:00:00Z', '?knownAt=2025-02-01T09:06:00Z', '?knownAt=2025-02-01T09:26:30Z', '?asOf=2024-07-01&knownAt=2025-02-01T09:18:00Z', '?asOf=2024-02-30', '?knownAt=never'];
  for (const point of points) await observer.ask('GET', at(participant, `/replay${point}`));
  for (let next: string | undefined = ''; next !== undefined; ) {
    const page = json(await observer.ask('GET', at(participant, `/timeline?limit=2${next && `&cursor=${next}`}`))) as { items?: { id: string }[]; next?: string };
    ({ next } = page);
    if (next !== undefined) cursors.set(next, `after ${page.items?.at(-1)?.id}`);
  }
  const { items = [] } = json(await observer.ask('GET', at(participant, '/timeline'))) as { items?: { id: string }[] };
  for (const entry of [telling[0], telling.at(-1), uuid('none', 1)]) await observer.ask('GET', at(participant, `/timeline?cursor=${entry}`));
  // Side by side: each goes on for its second.
  await Promise.all([items[0]?.id, telling[0], uuid('none', 1)].map((entry) => observer.ask('GET', `/v1/events?seconds=1&participant=${participant}`, { headers: { 'last-event-id': entry ?? uuid('none', 2) } })));
  for (const clock of ['recorded', 'happened']) for (const between of ['from=2024-01-01&to=2024-02-15', 'from=2024-01-20&to=2025-03-01', 'from=2025-03-01&to=2024-01-20']) await observer.ask('GET', at(participant, `/replay/difference?clock=${clock}&${between}`));
  const { entries = [] } = json(await observer.ask('GET', at(participant, '/history'))) as { entries?: { id: string }[] };
  for (const id of [...entries.map((entry) => entry.id), ...telling.slice(0, 3), telling.at(-1), uuid('none', 1)]) await observer.ask('GET', at(participant, `/entries/${id}`));
}

async function refusals(observer: Observer): Promise<void> {
  const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1', occurred: { at: '2024-02-01T10:00:00Z' } };
  for (const participant of [first, second]) {
    await observer.ask('PUT', at(participant, '/worker'), { body: { worker: 'w1' } });
    await observer.ask('DELETE', at(participant, '/worker'));
    await observer.ask('PUT', at(participant, `/sessions/${uuid(first.slice(-2), 1)}/attendance`), { body: attendance });
    await observer.ask('POST', at(participant, '/visits'), { body: { session: uuid(first.slice(-2), 1), ...attendance } });
    await observer.ask('PUT', at(participant, '/workbook'), { body: { version: '1', delivery: 'post' } });
    await observer.ask('PUT', at(participant), { body: { programme: 'core', site: 's2' } });
    await observer.ask('PUT', at(participant, '/screening'), { body: { criteria: [], result: 'not-eligible' } });
    await observer.ask('PUT', at(participant, '/exclusion'), { body: { reason: 'declined' } });
    await observer.ask('PUT', at(participant, '/consent'), { body: { scopes: [] } });
    await observer.ask('PUT', at(participant, '/consent'), { body: '{ not json' });
    await observer.ask('PUT', at(participant, `/episodes/${telling[0]}/discharge`), { body: {} });
    await observer.ask('PUT', at(participant, '/enrolment'), { body: {}, headers: { 'if-match': '"stale"' } });
    await observer.ask('PUT', at(participant, '/death'), { body: { source: 'national-records', occurred: { at: '2024-12-24' } } });
    await observer.ask('PUT', at(participant, '/death'), { body: { source: 'national-records', occurred: { at: '2024-12-25' } } });
    await observer.ask('PUT', at(participant, '/allocation-disclosure'), { body: { to: 'assessor', kind: 'accidental', occurred: { at: '2024-05-04' } } });
    await observer.ask('PUT', at(participant, '/discontinuation'), { body: { reason: 'own-decision', occurred: { at: '2024-05-05' } } });
    await observer.ask('PUT', at(participant, '/capacity'), { body: { has: false, assessed: true, occurred: { at: '2024-05-02' } } });
  }
  await observer.ask('PUT', at(first, '/consent'), { body: { scopes: ['results'], formVersion: '3', capacity: true }, headers: { 'idempotency-key': uuid('k', 0) } });
}

async function tokens(observer: Observer): Promise<void> {
  for (const token of [...telling, uuid('none', 1), 'nonsense']) await observer.ask('GET', at(first), { headers: { 'cairn-token': token } });
}

async function corrections(observer: Observer): Promise<void> {
  for (const participant of [first, second]) {
    const { streams = {} } = json(await observer.ask('GET', at(participant, '/history'))) as { streams?: Record<string, { etag: string }> };
    const etags = [...Object.values(streams).map(({ etag }) => etag), '"stale"'];
    for (const entry of [...telling.slice(0, 6), ...telling.slice(-3), uuid('none', 1)]) {
      await observer.ask('POST', at(participant, `/entries/${entry}/void`), { body: { why: 'duplicate' } });
      for (const etag of etags) {
        await observer.ask('POST', at(participant, `/entries/${entry}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': etag } });
        await observer.ask('POST', at(participant, `/entries/${entry}/amend`), { body: { data: {}, reason: { code: 'entry-error' } }, headers: { 'if-match': etag } });
      }
    }
  }
}

/** Writes after the arms have parted, a correction that folds participants anew among them, read back by their own tokens. */
async function newFacts(observer: Observer, url: string): Promise<void> {
  for (const [n, participant] of [first, second].entries()) {
    await observer.ask('PUT', at(participant, `/episodes/${uuid('e3', n)}/non-acceptance`), { body: { setting: 'crisis-team', source: 'site-records', foundOn: '2024-09-14', occurred: { at: '2024-05-02' } } });
    await observer.ask('PUT', at(participant, `/episodes/${uuid('e2', n)}/adjudication`), { body: { decision: 'index-care', occurred: { at: '2024-10-01' } } });
    await observer.ask('PUT', at(participant, '/workbook/reissue'), { body: { delivery: 'post', cause: 'damaged', filled: false } });
    await observer.ask('PUT', at(participant, '/courses/1/end'), { body: { reason: 'completed' } });
    const told = { body: { scopes: ['results'], formVersion: '2.2', capacity: true, occurred: { at: '2024-10-01' } }, headers: { 'idempotency-key': uuid('key', 9) } };
    const consent = await observer.ask('PUT', at(participant, '/consent'), told);
    await observer.ask('PUT', at(participant, '/consent'), told);
    await observer.ask('PUT', at(participant, '/consent'), { ...told, body: { ...told.body, formVersion: '9' } });
    const { etag = '', events: [given = ''] = [] } = json(consent) as { etag?: string; events?: string[] };
    await observer.ask('GET', at(participant), { headers: { 'cairn-token': given } });
    const voided = await observer.ask('POST', at(participant, `/entries/${given}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': etag } });
    await observer.ask('POST', at(participant, `/entries/${given}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': etag } });
    await observer.ask('GET', at(participant, '/timeline'), { headers: { 'cairn-token': (json(voided) as { events?: string[] }).events?.[0] ?? '' } });
    // What the record does by itself has its ids from the entry that led to it: from the void, were that not looked at yet.
    await processesDone(url);
    // Searched without consent: the record itself says so, and keeps it from use.
    await observer.ask('DELETE', at(participant, '/consent/record-access'), { body: { occurred: { at: '2024-11-01' } } });
    await processesDone(url);
    await observer.ask('PUT', at(participant, `/episodes/${uuid('e4', n)}/admission`), { body: { setting: 'ward', source: 'site-records', foundOn: '2024-11-14', occurred: { at: '2024-10-21' } } });
    await processesDone(url);
  }
}

function expectAlike(one: readonly Observed[], other: readonly Observed[]): void {
  expect(other.map(([what]) => named(what))).toEqual(one.map(([what]) => named(what)));
  const [left, right] = [one.map(told), other.map(told)];
  expect(left.filter((answer, n) => answer !== right[n]).length).toBe(0);
  expect(left).toEqual(right);
}

/** An answer as bytes. A correction happens when it is sent, by the service's own clock, which nobody can set: that alone is made equal. */
function told([what, { status, headers, body }]: Observed): string {
  const undated = body.replaceAll(/"at":"([^"]+)"(?=,("zone":"[^"]+",)?"precision":"minute")/g, (dated, at: string) => (Date.parse(at) >= began && Date.parse(at) <= Date.now() ? '"at":"now"' : dated));
  return named([what, status, ...headers, undated].join('\n'));
}

/** An entry's id is made from who told what: where that differs, all that is equal is which entry it is, and which one a cursor comes after. */
function named(text: string): string {
  return [...cursors].reduce((named, [cursor, place]) => named.replaceAll(cursor, place), text).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => untold.get(id) ?? id);
}

describe('to those who are masked the arms look the same, byte for byte', () => {
  it('what is dated after a death is flagged for those who are masked as well', async () => {
    const { items } = await (await voiceOf(supported.service, 'researcher')).read<{ items: { type: string; flags?: string[] }[] }>(at(first, '/timeline'));
    expect(items.find(({ type }) => type === 'InformationGiven')?.flags).toContain('after-death');
  });

  it('while everything happens', () => {
    expect(answered.supported.filter(([, { status }]) => status !== 200)).toEqual([]);
    expect(answered.supported.length).toBeGreaterThan(15);
    expectAlike(answered.supported, answered.posted);
  });

  it('to the researcher, in whatever they read, write, correct or get wrong', async () => {
    const [one, other] = await Promise.all([everything(supported, 'researcher'), everything(posted, 'researcher')]);
    expectAlike(one, other);
    const statuses = new Set(one.map(([, { status }]) => status));
    expect(one.some(([what, { body }]) => what.includes('/history') && body.includes('"kind":"without-consent"'))).toBe(true);
    for (const status of [200, 400, 403, 404, 409, 412, 422, 428]) expect(statuses).toContain(status);
  });

  it('to the analyst, who may ask for the programme and nothing of any participant', async () => {
    const [one, other] = await Promise.all([everything(supported, 'analyst'), everything(posted, 'analyst')]);
    expectAlike(one.filter(([what]) => !what.includes('/v1/anonymous-log')), other.filter(([what]) => !what.includes('/v1/anonymous-log')));
  });
});

describe('the comparison is not blind itself', () => {
  it('the arms do differ, on every route that those who know them read', async () => {
    for (const participant of [first, second]) {
      for (const rest of ['', '/history', '/timeline', '/replay', '/sessions', '/queries']) {
        const [one, other] = await Promise.all([supported, posted].map(async ({ service }) => (await voiceOf(service, 'data-manager')).ask('GET', at(participant, rest), { headers: { 'x-request-id': 'same' } })));
        expect([participant, rest, one?.status, one?.body === other?.body]).toEqual([participant, rest, 200, false]);
      }
    }
  });

  it('what happened alike is the same in both, down to ids and times', async () => {
    const read = async ({ service }: Site) => (await (await voiceOf(service, 'data-manager')).read<{ entries: { stream: string; id: string; recordedAt: string }[] }>(at(first, '/history'))).entries;
    const [one = [], other = []] = await Promise.all([supported, posted].map(async (each) => (await read(each)).filter(({ stream }) => stream === 'participant' || stream === 'acute')));
    const known = ({ id, recordedAt }: { id: string; recordedAt: string }) => [named(id), recordedAt];
    expect(one.map(known)).toEqual(other.map(known));
    expect(one.length).toBeGreaterThan(9);
  });
});

describe('somebody registered twice', () => {
  it('is one person alike in both arms, once the two are merged', async () => {
    const after = async (record: Site) => {
      await (await voiceOf(record.service, 'data-manager')).record('PUT', at(first, `/merges/${second}`), { occurred: { at: '2025-01-31' } }, { 'x-request-id': 'merge' });
      const observer = new Observer(await voiceOf(record.service, 'researcher'));
      await observer.ask('GET', at(first, '/history'));
      await caughtUp(await voiceOf(record.service, 'researcher'), 'core', { events: [await lastOf(record.service, first)], etag: '' });
      await lists(observer);
      for (const participant of [first, second]) await readings(observer, participant);
      await refusals(observer);
      return observer.seen;
    };
    const [one, other] = await Promise.all([after(supported), after(posted)]);
    expectAlike(one, other);
    expect(one.some(([, { status, body }]) => status === 409 && body.includes('participant-merged'))).toBe(true);
  });
});
