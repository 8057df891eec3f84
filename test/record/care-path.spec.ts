import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { programme, protocol, site, workbook } from '@cairn/record/programme/examples.js';
import type { Role } from '@cairn/access/roles.js';
import { onceCaughtUp } from '../patience.js';
import { startService, type Service } from '../service.js';

interface Answer {
  readonly status: number;
  readonly body: Record<string, never> & { events: string[]; etag: string; code: string };
  readonly token: string | undefined;
}

let service: Service;
const participant = randomUUID();
const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
const of = (path: string) => `/v1/participants/${participant}${path}`;

async function send(role: Role, method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${await service.token(role)}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'], token: answer.headers.get('cairn-token') ?? undefined };
}

const ask = (...asked: Parameters<typeof send>): Promise<Answer> => onceCaughtUp(() => send(...asked), ({ body }) => JSON.stringify(body));

async function put(role: Role, path: string, body: object): Promise<Answer> {
  const answer = await ask(role, 'PUT', path, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer;
}

/** A read that holds the write it follows. */
async function after(write: Answer, role: Role, path: string): Promise<Answer['body']> {
  return (await ask(role, 'GET', path, undefined, { 'cairn-token': write.token ?? '' })).body;
}

const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time' };

let begun: Answer;
beforeAll(async () => {
  service = await startService();
  await put('investigator', '/v1/programmes/core', programme);
  await put('investigator', '/v1/programmes/core/protocols/1', { ...protocol, plannedSessions: 2 });
  await put('investigator', '/v1/programmes/core/protocols/2', { ...protocol, plannedSessions: 3 });
  await put('investigator', '/v1/programmes/core/workbooks/1', workbook);
  await put('investigator', '/v1/programmes/core/sites/s1', site);
  await put('investigator', '/v1/programmes/core/protocols/2/approval', { on: '2026-02-20', reference: 'REC 26/LO/0112, amendment 1' });
  await put('investigator', '/v1/programmes/core/sites/s1', { ...site, protocolVersion: '2', on: '2026-03-01' });
  await put('researcher', of(''), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
  await put('researcher', of('/consent'), { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true, occurred: { at: '2026-01-12' } });
  begun = await put('researcher', of('/enrolment'), { occurred: { at: '2026-01-12' } });
  await put('clinician', of(`/episodes/${randomUUID()}/index-discharge`), { setting: 'crisis-team', occurred: { at: '2026-01-09' } });
  await put('supervisor', of('/worker'), { worker: 'w1', occurred: { at: '2026-01-13' } });
  await put('worker', of('/workbook'), { version: '1', delivery: 'in-person', occurred: { at: '2026-01-20' } });
});
afterAll(() => service.stop());

describe('one participant’s path', () => {
  let attended: Answer;

  it('begins with a study number of the site, issued by the server, the same however often it is asked', async () => {
    await put('researcher', of(''), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
    expect(await after(begun, 'researcher', of(''))).toMatchObject({ studyNumber: 'HX-0001-S', stage: 'enrolled', enrolledOn: '2026-01-12', protocolVersion: '1' });
  });

  it('keeps under each event the protocol version in force at the site on its day', async () => {
    await put('worker', of(`/sessions/${first}/offer`), { plannedStart: '2026-01-20T14:00:00+00:00', mode: 'in-person', method: 'telephone', occurred: { at: '2026-01-14' } });
    attended = await put('worker', of(`/sessions/${first}/attendance`), { ...attendance, occurred: { at: '2026-01-20T14:00:00+00:00' } });
    const later = await put('worker', of(`/sessions/${second}/attendance`), { ...attendance, occurred: { at: '2026-03-09T14:00:00+00:00' } });
    const { items } = (await after(later, 'auditor', of('/timeline'))) as unknown as { items: { id: string; protocol: { version: string } }[] };
    const versionOf = (receipt: Answer) => items.find(({ id }) => id === receipt.body.events[0])?.protocol.version;
    expect([versionOf(attended), versionOf(later)]).toEqual(['1', '2']);
  });

  it('takes a visit nobody offered, with its sections, at once, and flags it', async () => {
    const visit = await ask('worker', 'POST', of('/visits'), {
      ...attendance, session: third, punctuality: 'late', occurred: { at: '2026-06-30T10:15:00+01:00' },
      sections: [{ section: 'recovery-means', progress: 'completed' }, { section: 'moving-on', progress: 'started' }],
    });
    expect(visit.body.events).toHaveLength(3);
    const summary = await after(visit, 'worker', of(''));
    expect(summary).toMatchObject({ support: { offered: 1, attended: 3, planned: 2, lastContact: '2026-06-30', worker: 'w1' }, workbook: { completed: 1 } });
    expect(summary['flags']).toContainEqual({ session: third, flags: expect.arrayContaining(['not-offered', 'beyond-planned', 'outside-span']) });
  });

  it('records nothing of a visit of which one part is refused', async () => {
    const before = await ask('worker', 'GET', of('/history'));
    const refused = await ask('worker', 'POST', of('/visits'), { ...attendance, session: randomUUID(), occurred: { at: '2026-04-01T10:00:00+01:00' }, sections: [{ section: 'no-such', progress: 'started' }] });
    expect(refused).toMatchObject({ status: 409, body: { code: 'section-unknown' } });
    expect((await ask('worker', 'GET', of('/history'))).body).toEqual(before.body);
  });

  it('is corrected by a fact about a fact: the new value everywhere, the old one in the history and as known before', async () => {
    const entry = attended.body.events[0] ?? '';
    const { streams, entries } = (await ask('worker', 'GET', of('/history'))).body as unknown as { streams: { support: { etag: string } }; entries: { recordedAt: string }[] };
    const knownBefore = entries.at(-1)?.recordedAt ?? '';
    const data = { ...attendance, session: first, worker: 'w1', minutes: 45, mode: 'telephone' };
    const amend = (etag: string) => ask('worker', 'POST', of(`/entries/${entry}/amend`), { data, reason: { code: 'entry-error', text: 'It was a call.' } }, { 'if-match': etag });
    expect(await amend(attended.body.etag)).toMatchObject({ status: 412, body: { code: 'stale' } });
    const amended = await amend(streams.support.etag);
    expect(amended.status).toBe(200);

    const { items } = (await after(amended, 'worker', of('/sessions'))) as unknown as { items: { session: string; minutes: number }[] };
    expect(items.find(({ session }) => session === first)).toMatchObject({ minutes: 45, mode: 'telephone', code: '5', occurredOn: '2026-01-20' });
    const history = (await ask('auditor', 'GET', of('/history'))).body as unknown as { entries: { id: string }[] };
    expect(history.entries.find(({ id }) => id === entry)).toMatchObject({ stands: true, data: { minutes: 60 }, current: { data: { minutes: 45 } }, corrections: [{ type: 'EntryAmended', reason: { code: 'entry-error' } }] });
    const minutesAt = async (query: string) => ((await ask('auditor', 'GET', of(`/replay${query}`))).body as never as { state: { support: { sessions: Record<string, { outcome?: { data: { minutes: number } } }> } } }).state.support.sessions[first]?.outcome?.data.minutes;
    expect([await minutesAt(''), await minutesAt(`?knownAt=${knownBefore}`), await minutesAt('?asOf=2026-01-20'), await minutesAt('?asOf=2026-01-19')]).toEqual([45, 60, 45, undefined]);
  });

  it('loses a voided entry from every view but the history', async () => {
    const { streams, entries } = (await ask('supervisor', 'GET', of('/history'))).body as unknown as { streams: { support: { etag: string } }; entries: { id: string; type: string; data: { session?: string } }[] };
    const entry = entries.find(({ type, data }) => type === 'SessionAttended' && data.session === second)?.id ?? '';
    const voided = await ask('supervisor', 'POST', of(`/entries/${entry}/void`), { why: 'entered-in-error' }, { 'if-match': streams.support.etag });
    expect(await after(voided, 'worker', of(''))).toMatchObject({ support: { attended: 2 } });
    const { items } = (await ask('worker', 'GET', of('/timeline'))).body as unknown as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).not.toContain(entry);
    const history = (await ask('worker', 'GET', of('/history'))).body as unknown as { entries: { id: string }[] };
    expect(history.entries.find(({ id }) => id === entry)).toMatchObject({ stands: false });
    // The session itself may be told again: what stands is that nothing is recorded of it.
    await put('worker', of(`/sessions/${second}/non-attendance`), { kind: 'no-warning', occurred: { at: '2026-03-09T14:00:00+00:00' } });
  });

  it('has its outcome recomputed when a readmission is found months later, and only then says so', async () => {
    const outcome = async (write: Answer) => ((await after(write, 'researcher', of(''))) as never as { outcome: object }).outcome;
    const searched = await put('researcher', of('/outcome-window'), { sources: ['site-records'], searchedTo: '2026-11-01', noneFound: true, occurred: { at: '2026-11-02' } });
    expect(await outcome(searched)).toMatchObject({ readmission: 'unknown', reason: 'search-incomplete', timeDays: 293 });
    const episode = randomUUID();
    const found = await put('researcher', of(`/episodes/${episode}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-11-10', occurred: { at: '2026-06-21' } });
    expect(await outcome(found)).toMatchObject({ readmission: 'yes', day: 160, timeDays: 160 });
    const { body } = await ask('auditor', 'GET', of('/replay?asOf=2026-06-20'));
    expect((body as never as { state: { acute: { episodes: object } } }).state.acute.episodes).toEqual({});
  });

  it('goes on after one consent is withdrawn: record access stands, and a visit after it is kept and flagged', async () => {
    await ask('researcher', 'DELETE', of('/consent/contact'), { occurred: { at: '2026-07-01' } });
    const session = randomUUID();
    const visit = await put('worker', of(`/sessions/${session}/attendance`), { ...attendance, occurred: { at: '2026-07-08T10:00:00+01:00' } });
    const summary = await after(visit, 'worker', of(''));
    expect(summary).toMatchObject({ stage: 'enrolled', withdrawn: { contact: '2026-07-01' }, outcome: { readmission: 'yes' } });
    expect(Object.keys(summary['consent'] ?? {})).not.toContain('contact');
    expect(summary['flags']).toContainEqual({ session, flags: expect.arrayContaining(['after-withdrawal']) });
  });

  it('is on the caseload of whoever has it now, and out of reach of whoever had it', async () => {
    const moved = await put('supervisor', of('/worker'), { worker: 'w2', occurred: { at: '2026-07-10' } });
    expect(await ask('worker', 'GET', of(''), undefined, { 'cairn-token': moved.token ?? '' })).toMatchObject({ status: 404 });
    expect(await after(moved, 'supervisor', of(''))).toMatchObject({ support: { worker: 'w2' } });
    const listed = await fetch(`${service.url}/v1/caseload`, { headers: { authorization: `Bearer ${await service.token('worker', { subject: 'w2', staff: 'w2' })}`, 'cairn-token': moved.token ?? '' } });
    expect(await listed.json()).toMatchObject({ items: [{ participant, worker: 'w2' }] });
  });
});

describe('requests that look alike', () => {
  const visit = (session: string, at: string) => ask('worker', 'POST', of('/visits'), { ...attendance, worker: 'w1', session, occurred: { at } });

  it('each get their own receipt back: a visit told again is not answered with the one told since', async () => {
    await put('supervisor', of('/worker'), { worker: 'w1', occurred: { at: '2026-07-11' } });
    const [a, b] = [randomUUID(), randomUUID()];
    const first = await visit(a, '2026-07-13T10:00:00+01:00');
    const other = await visit(b, '2026-07-14T10:00:00+01:00');
    expect(other.body.events).not.toEqual(first.body.events);
    expect((await visit(a, '2026-07-13T10:00:00+01:00')).body).toEqual(first.body);
  });

  it('from many at once all find their place: nobody is turned away from a busy site, and no study number is given twice', async () => {
    const participants = Array.from({ length: 30 }, () => randomUUID());
    const answers = await Promise.all(participants.map((id) => ask('researcher', 'PUT', `/v1/participants/${id}`, { programme: 'core', site: 's1' })));
    expect(answers.map(({ status }) => status)).toEqual(participants.map(() => 200));
    const listed = await after(answers.at(-1) ?? answers[0] ?? (await ask('researcher', 'GET', of(''))), 'researcher', '/v1/participants?limit=200');
    const numbers = (listed as never as { items: { studyNumber: string }[] }).items.map(({ studyNumber }) => studyNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('are corrections only with a reason, by those who may tell such a fact, and of entries that are there', async () => {
    const { streams, entries } = (await ask('worker', 'GET', of('/history'))).body as never as { streams: { support: { etag: string } }; entries: { id: string; type: string; data: object }[] };
    const assigned = entries.find(({ type }) => type === 'WorkerAssigned');
    const correct = (entry: string, body: object) => ask('worker', 'POST', of(`/entries/${entry}/amend`), body, { 'if-match': streams.support.etag });
    const reason = { code: 'entry-error' };
    expect(await correct(assigned?.id ?? '', { data: { worker: 'w9' } })).toMatchObject({ status: 400, body: { errors: [{ field: 'reason', message: 'is missing' }] } });
    expect(await correct(assigned?.id ?? '', { data: { worker: 'w9' }, reason })).toMatchObject({ status: 403, body: { code: 'role-not-allowed' } });
    expect(await correct(randomUUID(), { data: {}, reason })).toMatchObject({ status: 404, body: { code: 'entry-unknown' } });
  });

  it('are refused when a date is not of the calendar, so that nothing later stumbles over it', async () => {
    const answer = await ask('researcher', 'PUT', of('/outcome-window'), { sources: ['site-records'], searchedTo: '2026-02-31', noneFound: true });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'searchedTo' }] } });
  });
});
