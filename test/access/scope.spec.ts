import { randomUUID } from 'node:crypto';
import { commandGrants, questionGrants } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import { processesDone } from '../record/processes-done.js';
import { startService, type Service } from '../service.js';
import { codeOf, json, type Answer } from './http.js';
import { caughtUp, startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';
import { documented, filled, routes, type DocumentedRoute } from './routes.js';

/*
 * What lies out of a caller's reach answers exactly as what does not exist. Participant 1 of site s1 has everything: worker w1, a session,
 * a workbook, episodes; participant 2 of s1 is w2's; participant 3 is of s2; `nobody` was never registered.
 */
const [theirs, other, elsewhere, nobody] = [uuid('p', 1), uuid('p', 2), uuid('p', 3), uuid('p', 404)];
const session = uuid('se', 1);
const episode = uuid('ep', 1);
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;

let service: Service;
let cases: DocumentedRoute[];
let supervisor: Voice;
let researcher: Voice;
/** An entry of each of participant 1's streams, with the etag a correction of it names. */
let entries: { stream: string; id: string; etag: string; data: object }[];

const grants: Readonly<Record<string, readonly Role[]>> = { ...commandGrants, ...questionGrants };

beforeAll(async () => {
  service = await startService();
  cases = (await documented(service.url)).filter(({ template }) => template.startsWith('/v1/participants/'));
  await startProgramme(await voiceOf(service, 'investigator'));
  researcher = await voiceOf(service, 'researcher', { sites: ['s1', 's2'] });
  supervisor = await voiceOf(service, 'supervisor');
  for (const [participant, site] of [[theirs, 's1'], [other, 's1'], [elsewhere, 's2']] as const) await researcher.record('PUT', at(participant), { programme: 'core', site, occurred: { at: '2024-01-12' } });
  await everythingOf(theirs);
  await supervisor.record('PUT', at(other, '/worker'), { worker: 'w2' });
  // An etag holds until the record adds to the stream by itself.
  await processesDone(service.url);
  const history = await (await voiceOf(service, 'data-manager')).read<{ streams: Record<string, { etag: string }>; entries: { id: string; stream: string; data: object }[] }>(at(theirs, '/history'));
  entries = Object.entries(history.streams).map(([stream, { etag }]) => ({ stream, etag, ...(history.entries.find((entry) => entry.stream === stream) ?? { id: '', data: {} }) }));
});
afterAll(() => service.stop());

async function everythingOf(participant: string): Promise<void> {
  const worker = await voiceOf(service, 'worker');
  const occurred = { at: '2024-01-16' };
  await researcher.record('PUT', at(participant, '/consent'), { scopes: ['contact'], formVersion: '2', capacity: true, occurred });
  await researcher.record('PUT', at(participant, '/enrolment'), { occurred });
  await supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', occurred });
  await worker.record('PUT', at(participant, '/workbook'), { version: '1', delivery: 'in-person', occurred });
  await worker.record('PUT', at(participant, `/sessions/${session}/offer`), { plannedStart: '2024-01-20T14:00:00+00:00', mode: 'in-person', method: 'telephone', occurred });
  await researcher.record('PUT', at(participant, `/episodes/${episode}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-09-14', occurred });
}

const same = { 'x-request-id': 'same' };

/** Everything one may do to a participant, as it is answered: each route with a valid body, and corrections of each stream's entry. */
async function askAll(voice: Voice, roles: readonly Role[], participant: string): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const { name, method, template, body } of cases) {
    if (!roles.some((role) => grants[routes[name] ?? '']?.includes(role)) || template.includes('{event}')) continue;
    if (name === 'PUT /v1/participants/{participant}') continue; // The one route that makes a participant: below.
    // Who is no worker says who came.
    const facts = /\/(attendance|visits)$/.test(template) ? { ...(body as object), worker: 'w1' } : body;
    const path = filled(template, { participant, session, episode, scope: 'contact', section: 'recovery-means', course: '1', attempt: uuid('at', 1), query: uuid('qu', 1), deviation: uuid('de', 1), signature: uuid('si', 1) });
    answers.set(name, await voice.ask(method, path, { headers: same, ...(method !== 'GET' && { body: facts }) }));
    answers.set(`${name} with If-Match`, await voice.ask(method, path, { headers: { ...same, 'if-match': entries[0]?.etag ?? '' }, ...(method !== 'GET' && { body: facts }) }));
  }
  if (roles.some((role) => grants['Entry']?.includes(role)))
    for (const { stream, id } of entries) answers.set(`read the ${stream} entry`, await voice.ask('GET', at(participant, `/entries/${id}`), { headers: same }));
  for (const { stream, id, etag, data } of roles.some((role) => grants['CorrectEntry']?.includes(role)) ? [...entries, { stream: 'unknown', id: uuid('ev', 404), etag: '"none"', data: {} }] : []) {
    const amendment = { data, reason: { code: 'entry-error' } };
    for (const [what, headers] of [['the right etag', { 'if-match': etag }], ['a wrong etag', { 'if-match': '"wrong"' }], ['no etag', {}]] as const) {
      answers.set(`amend ${stream} with ${what}`, await voice.ask('POST', at(participant, `/entries/${id}/amend`), { body: amendment, headers: { ...same, ...headers } }));
      answers.set(`void ${stream} with ${what}`, await voice.ask('POST', at(participant, `/entries/${id}/void`), { body: { why: 'duplicate' }, headers: { ...same, ...headers } }));
    }
  }
  return answers;
}

describe('a participant out of reach answers exactly as one that does not exist, on every route', () => {
  it.each<[string, Role, { sites: string[]; staff?: string; subject?: string }]>([
    ['another worker of the site', 'worker', { sites: ['s1'], subject: 'w2' }],
    ['a worker of another site', 'worker', { sites: ['s2'], subject: 'w9' }],
    ['a supervisor of another site', 'supervisor', { sites: ['s2'] }],
    ['a clinician of another site', 'clinician', { sites: ['s2'] }],
    ['a researcher of another site', 'researcher', { sites: ['s2'] }],
    ['a supervisor of no site', 'supervisor', { sites: [], subject: 'nowhere' }],
  ])('to %s', async (_, role, speaker) => {
    const voice = await voiceOf(service, role, speaker);
    const known = await askAll(voice, [role], theirs);
    const unknown = await askAll(voice, [role], nobody);
    expect(known.size).toBeGreaterThan(10);
    for (const [what, answer] of known) {
      expect([what, answer]).toEqual([what, unknown.get(what)]);
      expect([what, answer.status]).toEqual([what, what.endsWith('no etag') ? 428 : 404]);
    }
  });

  it('while those within reach are answered', async () => {
    for (const [role, speaker] of [['worker', {}], ['supervisor', {}], ['clinician', {}], ['researcher', {}]] as const) {
      const answer = await (await voiceOf(service, role, speaker)).ask('GET', at(theirs, '/history'));
      expect([role, answer.status]).toEqual([role, 200]);
    }
  });

  it('registration at a site out of reach as well, of a participant that is there and of one that is not', async () => {
    const voice = await voiceOf(service, 'researcher', { sites: ['s2'] });
    const home = { programme: 'core', site: 's1', occurred: { at: '2024-01-12' } };
    const [known, unknown, noSite] = [
      await voice.ask('PUT', at(theirs), { body: home, headers: same }),
      await voice.ask('PUT', at(nobody), { body: home, headers: same }),
      await voice.ask('PUT', at(nobody), { body: { ...home, site: 's7' }, headers: same }),
    ];
    expect(known).toEqual(unknown);
    expect(noSite).toEqual(unknown);
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'site-unknown']);
  });

  it('in lists they are not there, whatever is filtered by', async () => {
    const here = await voiceOf(service, 'researcher');
    const there = await voiceOf(service, 'researcher', { sites: ['s2'] });
    const ids = async (voice: Voice, query: string) => (json(await voice.ask('GET', `/v1/participants${query}`)) as { items: { participant: string }[] }).items.map(({ participant }) => participant);
    await caughtUp(here, 'core', { events: entries.map(({ id }) => id), etag: '' });
    expect((await ids(here, '')).sort()).toEqual([theirs, other].sort());
    expect(await ids(there, '')).toEqual([elsewhere]);
    for (const query of ['?site=s1', '?stage=enrolled', '?studyNumber=HX-0001-S', '?site=s1&programme=core&limit=1']) expect(await ids(there, query)).toEqual([]);
    expect(await ids(await voiceOf(service, 'worker'), '')).toEqual([theirs]);
    expect(await ids(await voiceOf(service, 'worker', { subject: 'w9' }), '')).toEqual([]);
  });
});

describe('an entry', () => {
  it('of another participant answers exactly as one that does not exist', async () => {
    const voice = await voiceOf(service, 'data-manager');
    const { etag } = (await voice.read<{ streams: Record<string, { etag: string }> }>(at(other, '/history'))).streams['participant'] ?? { etag: '' };
    for (const [verb, body] of [['amend', { data: {}, reason: { code: 'entry-error' } }], ['void', { why: 'duplicate' }]] as const) {
      const answers = await Promise.all([...entries.map(({ id }) => id), randomUUID()].map((id) => voice.ask('POST', at(other, `/entries/${id}/${verb}`), { body, headers: { ...same, 'if-match': etag } })));
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(answers.map((answer) => [answer.status, codeOf(answer)])).toContainEqual([404, 'entry-unknown']);
    }
  });

  it('on a stream the caller does not record on cannot be corrected by them', async () => {
    const tried: [Role, string][] = [['worker', 'participant'], ['worker', 'acute'], ['supervisor', 'participant'], ['supervisor', 'acute'], ['clinician', 'participant'], ['clinician', 'support'], ['clinician', 'workbook']];
    for (const [role, stream] of tried) {
      const { id = '', etag = '' } = entries.find((entry) => entry.stream === stream) ?? {};
      const answer = await (await voiceOf(service, role)).ask('POST', at(theirs, `/entries/${id}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': etag } });
      expect([role, stream, answer.status, codeOf(answer)]).toEqual([role, stream, 403, 'role-not-allowed']);
    }
  });
});

describe('a caseload', () => {
  it('is the present worker’s: the one before gets 404 at once, by a retry of what they wrote as well', async () => {
    const [before, after] = [await voiceOf(service, 'worker', { subject: 'w3' }), await voiceOf(service, 'worker', { subject: 'w4' })];
    await supervisor.record('PUT', at(other, '/worker'), { worker: 'w3', occurred: { at: '2024-02-02' } });
    const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: '2024-02-03T10:00:00+00:00' } };
    const write = { body: attendance, headers: { 'idempotency-key': randomUUID(), ...same } };
    const path = at(other, `/sessions/${uuid('se', 2)}/attendance`);
    const written = json(await before.ask('PUT', path, write)) as Receipt;
    expect(json(await before.ask('PUT', path, write))).toEqual(written);
    expect((await after.ask('PUT', path, write)).status).toBe(404);
    // No Cairn-Token, so the read models may lag: reach is decided on the record itself.
    await supervisor.record('PUT', at(other, '/worker'), { worker: 'w4', occurred: { at: '2024-02-04' } });
    const unknown = await before.ask('GET', at(nobody), { headers: same });
    for (const rest of ['', '/sessions', '/timeline', '/history', '/replay']) {
      expect((await after.ask('GET', at(other, rest), { headers: { 'cairn-token': written.events[0] ?? '' } })).status).toBe(200);
      expect(await before.ask('GET', at(other, rest), { headers: same })).toEqual(unknown);
    }
    expect(await before.ask('PUT', path, write)).toEqual(unknown);
    await supervisor.record('DELETE', at(other, '/worker'));
    expect(await after.ask('GET', at(other, '/history'), { headers: same })).toEqual(unknown);
  });

  it('lists the own participants only, of a supervisor those of the site, and asking for another’s changes nothing', async () => {
    const worker = await voiceOf(service, 'worker');
    const ids = async (voice: Voice, query = '') => (await voice.read<{ items: { participant: string }[] }>(`/v1/caseload${query}`)).items.map(({ participant }) => participant);
    const assigned = await supervisor.record('PUT', at(other, '/worker'), { worker: 'w2', occurred: { at: '2024-02-05' } });
    await caughtUp(worker, 'core', assigned);
    expect(await ids(worker)).toEqual([theirs]);
    expect(await ids(worker, '?worker=w2')).toEqual([]);
    expect((await ids(supervisor)).sort()).toEqual([theirs, other].sort());
    expect(await ids(await voiceOf(service, 'supervisor', { sites: ['s2'] }), '?site=s1')).toEqual([]);
  });
});
