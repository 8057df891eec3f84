import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as example from '@cairn/record/support/examples.js';
import { processesDone } from '../record/processes-done.js';
import { startService, type Service } from '../service.js';
import { expectFaults, expectProblem } from './problem.js';
import { Api, haveParticipant, haveProgramme, issueWorkbook, type Answer, type Receipt, type Sending } from './record.js';

let service: Service;
let api: Api;
/** With a workbook. */
let one: string;
/** Without. */
let other: string;

beforeAll(async () => {
  service = await startService();
  api = new Api(service);
  await haveProgramme(api);
  [one, other] = [await haveParticipant(api), await haveParticipant(api)];
  await issueWorkbook(api, one);
});
afterAll(async () => {
  await service.stop();
});
afterEach(() => {
  expect(service.logs()).not.toMatch(/"level":"(error|fatal)"/);
});

const attendanceOf = (participant: string, session: string = randomUUID()) => `/v1/participants/${participant}/sessions/${session}/attendance`;
const attend = (body: unknown, sending: Sending = {}) => api.send('PUT', attendanceOf(one), { body, ...sending });
const attendRaw = (raw: string, headers: Record<string, string> = {}) => api.send('PUT', attendanceOf(one), { raw, headers });
const visit = (body: object, sending: Sending = {}) => api.send('POST', `/v1/participants/${one}/visits`, { body, ...sending });
const read = (path: string, sending: Sending = {}) => api.send('GET', path, { as: 'trial-manager', ...sending });
const { attendance } = example;
/** What people recorded; the processes add what follows in their own time. */
const recorded = async () => (await api.history(one)).entries.filter(({ source }) => source !== 'process').length;

describe('a body', () => {
  it.each(['{"minutes":', '', '{"minutes":60}}', '{minutes:60}', '\u0000', '{"a":01}'])('%j, which is no JSON', async (raw) => {
    await expectProblem(attendRaw(raw), 400, 'malformed-json');
  });

  it.each(['[]', '[{}]', '"text"', '5', 'false'])('%s, which is no object', async (raw) => {
    await expectFaults(attendRaw(raw), 'body');
    await expectFaults(api.send('PUT', `/v1/participants/${one}/enrolment`, { as: 'researcher', raw }), 'body');
  });

  it('with values of the wrong types', async () => {
    await expectFaults(attend({ ...attendance, minutes: '60', place: 5, mode: ['in-person'], interpreter: 'yes', occurred: 'yesterday' }), 'minutes', 'place', 'mode', 'interpreter', 'occurred');
    await expectFaults(attend({ ...attendance, minutes: null, occurred: null }), 'minutes', 'occurred');
    await expectFaults(attend({ ...attendance, minutes: 59.5 }), 'minutes');
  });

  it('with fields nobody knows, which it names by their paths', async () => {
    await expectFaults(attend({ ...attendance, mintues: 60, occurred: { ...attendance.occurred, where: 'home' } }), 'mintues', 'occurred.where');
    await expectFaults(visit({ ...example.visit, sections: [{ section: 'recovery-means', progress: 'started', page: 3 }] }), 'sections[0].page');
  });

  it('with a list for an object, and an object for a list', async () => {
    await expectFaults(attend({ ...attendance, occurred: [attendance.occurred] }), 'occurred');
    await expectFaults(attend({ ...attendance, occurred: [] }), 'occurred');
    await expectFaults(visit({ ...example.visit, sections: [[{ section: 'recovery-means', progress: 'completed' }]] }), 'sections[0]');
    await expectFaults(visit({ ...example.visit, sections: [null] }), 'sections[0]');
    await expectFaults(visit({ ...example.visit, sections: { section: 'recovery-means', progress: 'completed' } }), 'sections');
  });

  it('nested a hundred thousand deep', async () => {
    const { errors } = await expectProblem(attendRaw(`{"because":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400, 'invalid');
    expect(errors).toHaveLength(1);
  });

  it('of ten megabytes', async () => {
    await expectProblem(attend({ ...attendance, because: { code: 'late', text: 'a'.repeat(10_000_000) } }), 413, 'body-too-large');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense'])('sent as %s', async (type) => {
    await expectProblem(attendRaw(JSON.stringify(attendance), { 'content-type': type }), 415, 'not-json');
  });

  it.each([
    ['a NUL', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud800b'],
    ['the other half', '\udc00'],
  ])('with %s in a text', async (_, text) => {
    await expectFaults(attend({ ...attendance, because: { code: 'late', text } }), 'because.text');
    await expectFaults(attend({ ...attendance, worker: text }), 'worker');
    await expectFaults(attend({ ...attendance, [text]: 1 }), text);
    const event = (await api.history(one)).entries[0];
    await expectFaults(
      api.send('POST', `/v1/participants/${one}/entries/${event?.id ?? ''}/amend`, { as: 'data-manager', body: { data: event?.data, reason: { code: 'entry-error', text } }, headers: { 'if-match': '"x"' } }),
      'reason.text',
    );
  });

  it.each(['{"__proto__":{"minutes":60}}', '{"constructor":{"prototype":{"minutes":60}}}', '{"occurred":{"__proto__":{"at":"2026-01-20"}}}'])('%s, which would reach for a prototype', async (raw) => {
    await expectProblem(attendRaw(raw), 400, 'malformed-json');
  });

  it('with the name of something every object has', async () => {
    for (const name of ['toString', 'hasOwnProperty', 'valueOf']) await expectFaults(attend({ ...attendance, [name]: 1 }), name);
  });
});

describe('an address', () => {
  it('of something unknown', async () => {
    const nobody = randomUUID();
    for (const path of ['', '/timeline', '/history', '/replay', '/sessions']) await expectProblem(read(`/v1/participants/${nobody}${path}`), 404, 'participant-unknown');
    await expectProblem(api.send('PUT', attendanceOf(nobody), { body: attendance }), 404, 'participant-unknown');
    await expectProblem(read('/v1/programmes/nothing'), 404, 'programme-unknown');
    const { etag } = (await api.history(one)).streams['participant'] ?? { etag: '' };
    await expectProblem(api.send('POST', `/v1/participants/${one}/entries/${randomUUID()}/void`, { as: 'data-manager', body: { why: 'duplicate' }, headers: { 'if-match': etag } }), 404, 'entry-unknown');
    await expectProblem(api.send('PUT', `/v1/participants/${one}/sessions/${randomUUID()}/response`, { body: example.response }), 409, 'session-unknown');
  });

  it('of a programme or a site named like something every object has', async () => {
    const register = (home: object) => api.send('PUT', `/v1/participants/${randomUUID()}`, { as: 'data-manager', body: home });
    await expectProblem(read('/v1/programmes/constructor'), 404, 'programme-unknown');
    await expectProblem(register({ programme: 'constructor', site: 's1' }), 404, 'programme-unknown');
    await expectProblem(register({ programme: 'core', site: 'constructor' }), 404, 'site-unknown');
  });

  it('that is no route', async () => {
    await expectProblem(read('/v1/nothing'), 404, 'route-unknown');
    await expectProblem(read(`/v1/participants/${one}/`), 404, 'route-unknown');
    await expectProblem(api.send('PATCH', `/v1/participants/${one}`, { body: {} }), 404, 'route-unknown');
  });

  it.each(['nonsense', '00000000-0000-0000-0000-00000000000', 'A0000000-0000-4000-8000-000000000000', '%00', '..%2F..%2Fetc', "'; drop table log.events; --"])('with the malformed id %s', async (id) => {
    await expectFaults(read(`/v1/participants/${id}`), 'participant');
    await expectFaults(api.send('PUT', attendanceOf(one, id), { body: attendance }), 'session');
  });

  it('that cannot be decoded, or is too long, or comes with headers too large', async () => {
    for (const never of ['%zz', '%ED%A0%80', '%']) await expectProblem(read(`/v1/participants/${never}`), 400, 'malformed');
    await expectProblem(read(`/v1/participants/${'a'.repeat(5000)}`), 414, 'address-too-long');
    await expectProblem(read('/v1/participants', { headers: { 'x-long': 'a'.repeat(20_000) } }), 431, 'headers-too-large');
  });

  it('in no HTTP at all', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"code":"malformed"/);
  });
});

describe('a workbook section', () => {
  const start = (participant: string, section: string, body: object = {}) => api.send('PUT', `/v1/participants/${participant}/workbook/sections/${section}/start`, { body });

  it('of a workbook never issued', async () => {
    await expectProblem(start(other, 'recovery-means'), 409, 'workbook-not-issued');
    await expectProblem(start(one, 'recovery-means', { version: '2' }), 409, 'workbook-not-issued');
    await expectProblem(start(one, 'recovery-means', { version: 'constructor' }), 409, 'workbook-not-issued');
    const before = await recorded();
    await expectProblem(visit({ ...example.visit, session: randomUUID(), sections: [{ section: 'recovery-means', version: '2', progress: 'started' }] }), 409, 'workbook-not-issued');
    expect(await recorded()).toBe(before);
  });

  it('that the workbook does not have', async () => {
    const { detail } = await expectProblem(start(one, 'constructor'), 409, 'section-unknown');
    expect(detail).toContain('recovery-means, moving-on');
    await expectFaults(start(one, 'No_Such'), 'section');
  });
});

describe('a precondition', () => {
  it('that is stale, or is missing where one is needed', async () => {
    const { etag } = await api.record('PUT', attendanceOf(one), { body: attendance });
    const later = await api.record('PUT', attendanceOf(one), { body: { ...attendance, occurred: { at: '2026-01-27T14:00:00+00:00' } } });
    for (const stale of [etag, '"stale"', `W/${later.etag}`, `${etag}, "stale"`]) await expectProblem(attend(attendance, { headers: { 'if-match': stale } }), 412, 'stale');
    for (const malformed of ['stale', '"stale', `${later.etag} ${etag}`]) await expectProblem(attend(attendance, { headers: { 'if-match': malformed } }), 400, 'invalid');
    const anew = await api.record('PUT', attendanceOf(one), { body: { ...attendance, occurred: { at: '2026-01-28T14:00:00+00:00' } }, headers: { 'if-match': `"stale", ${later.etag}` } });
    await api.record('PUT', attendanceOf(one), { body: { ...attendance, occurred: { at: '2026-01-29T14:00:00+00:00' } }, headers: { 'if-match': '*' } });
    await expectProblem(attend(attendance, { headers: { 'if-match': anew.etag } }), 412, 'stale');
    await expectProblem(api.send('PUT', `/v1/participants/${randomUUID()}`, { as: 'researcher', body: { programme: 'core', site: 's1' }, headers: { 'if-match': '*' } }), 412, 'stale');
    const entry = `/v1/participants/${one}/entries/${later.events[0] ?? ''}`;
    for (const [what, body] of [['void', { why: 'duplicate' }], ['amend', { data: {}, reason: { code: 'entry-error' } }]] as const) {
      await expectProblem(api.send('POST', `${entry}/${what}`, { as: 'supervisor', body }), 428, 'if-match-required');
      await expectProblem(api.send('POST', `${entry}/${what}`, { as: 'supervisor', body, headers: { 'if-match': etag } }), 412, 'stale');
    }
    await processesDone(service.url);
    const { streams } = await api.history(one);
    await api.record('POST', `${entry}/void`, { as: 'supervisor', body: { why: 'duplicate' }, headers: { 'if-match': streams['support']?.etag ?? '' } });
  });

  it('that two hold at once: one is taken', async () => {
    await api.record('PUT', attendanceOf(one), { body: attendance });
    // What a process asks about visits on one day would move the stream on between the reading and the sending.
    await processesDone(service.url);
    const { streams } = await api.history(one);
    const answers = await Promise.all([1, 2, 3, 4].map(() => attend(attendance, { headers: { 'if-match': streams['support']?.etag ?? '' } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });
});

describe('the same again', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

  it('with one key, at once: one event, and the same receipt for all', async () => {
    const key = randomUUID();
    const body = { ...example.visit, session: randomUUID() };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => visit(body, keyed(key))));
    expect(new Set(answers.map(({ text, headers }) => `${text} ${headers.get('etag') ?? ''} ${headers.get('cairn-token') ?? ''}`)).size).toBe(1);
    const { events } = answers[0]!.json() as Receipt;
    const { entries } = await api.history(one);
    expect(entries.filter(({ data }) => data['session'] === body.session).map(({ id }) => id)).toEqual(events);
  });

  it('with one key, at once, while the record asks about visits by itself: one receipt, however the streams move', async () => {
    const busy = await haveParticipant(api);
    await issueWorkbook(api, busy);
    for (const section of ['recovery-means', 'moving-on', 'keeping-well', 'ups-and-downs', 'ambitions', 'problem-solving', 'self-help']) {
      const body = { ...example.visit, session: randomUUID(), sections: [{ section, progress: 'completed' }] };
      const key = randomUUID();
      const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => api.send('POST', `/v1/participants/${busy}/visits`, { body, ...keyed(key) })));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    }
  });

  it('with one key and another body', async () => {
    const key = randomUUID();
    await expect(visit({ ...example.visit, session: randomUUID(), sections: [] }, keyed(key))).resolves.toMatchObject({ status: 200 });
    const before = await recorded();
    await expectProblem(visit({ ...example.visit, session: randomUUID(), sections: [] }, keyed(key)), 422, 'key-reused');
    expect(await recorded()).toBe(before);
  });

  it('from two devices under one session id: one event, and the same receipt', async () => {
    const session = randomUUID();
    const answers = await Promise.all([randomUUID(), randomUUID()].map((key) => visit({ ...example.visit, session, sections: [] }, keyed(key))));
    const [mine, theirs] = answers.map((answer) => answer.json() as Receipt);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { entries } = await api.history(one);
    const kept = entries.filter(({ data }) => data['session'] === session).map(({ id }) => id);
    expect(kept).toHaveLength(1);
    // What was there already needs no event of its own; what is said again gets the receipt again.
    expect([...mine!.events, ...theirs!.events].filter((id) => id !== kept[0])).toEqual([]);
    expect(mine!.events.length + theirs!.events.length).toBeGreaterThan(0);
    const path = attendanceOf(one);
    const puts = await Promise.all([1, 2].map(() => api.send('PUT', path, { body: attendance })));
    expect(puts[0]!.text).toBe(puts[1]!.text);
    await expectProblem(api.send('PUT', path, { body: { ...attendance, minutes: 45 } }), 409, 'already-recorded');
  });

  it('from two devices under two session ids: both kept, both flagged', async () => {
    const participant = await haveParticipant(api);
    const sessions = [randomUUID(), randomUUID()];
    const answers: Answer[] = await Promise.all(sessions.map((session) => api.send('PUT', attendanceOf(participant, session), { body: attendance })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [first, second] = answers.map((answer) => answer.json() as Receipt);
    await api.read(`/v1/participants/${participant}`, { after: first! });
    const { items } = (await api.read(`/v1/participants/${participant}/sessions`, { after: second! })) as { items: { session: string; flags: string[] }[] };
    expect(items.map(({ session }) => session).sort()).toEqual([...sessions].sort());
    for (const { flags } of items) expect(flags).toContain('possible-duplicate');
  });
});

describe('a time', () => {
  const at = (occurred: object) => attend({ ...attendance, occurred });
  const taken = async (occurred: object) => {
    const session = randomUUID();
    await api.record('PUT', attendanceOf(one, session), { body: { ...attendance, occurred } });
    const { entries } = await api.history(one);
    return (entries.find(({ data }) => data['session'] === session) as { occurred?: unknown } | undefined)?.occurred;
  };

  it('in the hour that happens twice in October is told apart by its offset', async () => {
    expect(await taken({ at: '2026-10-25T01:30:00+01:00' })).toEqual({ at: '2026-10-25T01:30:00+01:00', precision: 'minute', zone: 'Europe/London' });
    expect(await taken({ at: '2026-10-25T01:30:00+00:00' })).toEqual({ at: '2026-10-25T01:30:00+00:00', precision: 'minute', zone: 'Europe/London' });
    expect(await taken({ at: '2026-10-25T00:30:00Z' })).toEqual({ at: '2026-10-25T01:30:00+01:00', precision: 'minute', zone: 'Europe/London' });
  });

  it('in the hour that March never has, or with an offset that is not the zone’s', async () => {
    for (const never of ['2026-03-29T01:30:00+00:00', '2026-03-29T01:30:00+01:00', '2026-07-01T14:00:00+00:00', '2026-01-20T14:00:00+05:30']) await expectFaults(at({ at: never }), 'occurred.at');
    expect(await taken({ at: '2026-07-01T14:00:00-04:00', zone: 'America/New_York' })).toEqual({ at: '2026-07-01T14:00:00-04:00', precision: 'minute', zone: 'America/New_York' });
  });

  it('of a leap day, where there is one', async () => {
    expect(await taken({ at: '2024-02-29' })).toEqual({ at: '2024-02-29', precision: 'date', zone: 'Europe/London' });
    for (const never of ['2026-02-29', '2100-02-29', '2026-04-31', '2026-13-01', '2026-00', '2026-02-29T10:00:00Z']) await expectFaults(at({ at: never }), 'occurred.at');
  });

  it('known to the month, or not at all', async () => {
    expect(await taken({ at: '2026-02' })).toEqual({ at: '2026-02', precision: 'month', zone: 'Europe/London' });
    expect(await taken({ precision: 'unknown' })).toEqual({ precision: 'unknown', zone: 'Europe/London' });
    await expectFaults(at({ at: '2026-02-03', precision: 'month' }), 'occurred.at');
    await expectFaults(at({ at: '2026-02-03', precision: 'unknown' }), 'occurred.at');
  });

  it('that has not come yet, is no time, or lies before 1900', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    for (const never of [tomorrow, tomorrow.slice(0, 10), '2199-01', 'yesterday', '2026-01-20 14:00', '2026-01-20T14:00:00', '2026-01-20T25:00:00Z', '0026-01-20', ''])
      await expectFaults(at({ at: never }), 'occurred.at');
  });

  it('in a zone that is none, or is written in a way of its own', async () => {
    for (const zone of ['Mars/Olympus', 'europe/london', '+01:00', '2026-01-20T14:00[Europe/London]', '']) await expectFaults(at({ at: '2026-01-20', zone }), 'occurred.zone');
  });
});

describe('a query', () => {
  it.each([
    ['participants', 'limit=0', 'limit'], ['participants', 'limit=201', 'limit'], ['participants', 'limit=1&limit=2', 'limit'], ['participants', 'limit[]=1', 'limit[]'], ['participants', 'stage=asleep', 'stage'],
    ['participants', 'nothing=1', 'nothing'], ['participants', '__proto__=1', '__proto__'], ['participants', 'site=%00', 'site'], ['caseload', 'worker[a]=1', 'worker[a]'],
    ['anonymous-log', '', 'programme'], ['anonymous-log', 'programme=CORE', 'programme'], ['anonymous-log', 'programme=core&format=xml', 'format'],
  ])('%s?%s', async (list, query, field) => {
    await expectFaults(read(`/v1/${list}?${query}`), field);
  });

  it('asking for a point in time that is none', async () => {
    for (const when of ['yesterday', '', '2026-02-30', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01&asOf=2026-01-02']) await expectFaults(read(`/v1/participants/${one}/replay?asOf=${when}`), 'asOf');
    for (const when of ['2026-01-01', '2026-01-01T00:00:00', '2026-02-30T00:00:00Z']) await expectFaults(read(`/v1/participants/${one}/replay?knownAt=${when}`), 'knownAt');
  });

  it('with a cursor that no page gave', async () => {
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of ['x', made([]), made({}), made(['HX-0001-S', 'x']), made(['\u0000', one]), made(['\ud800', one]), made(['', '-'.repeat(36)])])
      for (const list of ['participants', 'caseload']) await expectFaults(read(`/v1/${list}?cursor=${cursor}`), 'cursor');
    for (const cursor of ['x', randomUUID(), made(['a'])]) for (const list of [`participants/${one}/timeline`, 'queries']) await expectFaults(read(`/v1/${list}?cursor=${cursor}`), 'cursor');
  });

  it('with a Cairn-Token that no write gave', async () => {
    for (const token of ['x', randomUUID(), one, '-'.repeat(36), 'é']) await expectFaults(read(`/v1/participants/${one}`, { headers: { 'cairn-token': token } }), 'Cairn-Token');
  });
});
