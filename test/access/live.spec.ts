import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { mintToken } from '@cairn/access/sign-in/mint.js';
import { startService, type Service } from '../service.js';
import { codeOf, send } from './http.js';
import { startProgramme, uuid, voiceOf, type Voice } from './programme.js';

let service: Service;
let investigator: Voice;
let researcher: Voice;
let supervisor: Voice;
let worker: Voice;
const [here, there] = [uuid('p', 1), uuid('p', 2)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const attendance = { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1' };
let n = 0;
// Each on a day of its own: of two on one day the record itself would have something to say.
const visit = (by: Voice, participant: string) =>
  by.record('PUT', at(participant, `/sessions/${uuid('se', ++n)}/attendance`), { ...attendance, occurred: { at: new Date(Date.UTC(2024, 0, n, 14)).toISOString().slice(0, 10) } });

/** An open stream, and what has come on it. */
interface Stream {
  readonly response: IncomingMessage;
  readonly text: () => string;
  readonly ids: () => string[];
  readonly ended: Promise<void>;
  close(): void;
}

function listen(token: string, query = '', headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = get(`${service.url}/v1/events${query}`, { agent: false, headers: { authorization: `Bearer ${token}`, ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const ended = new Promise<void>((done) => response.once('close', done));
      resolve({ response, text: () => text, ids: () => [...text.matchAll(/^id: (.+)$/gm)].map(([, id = '']) => id), ended, close: () => asked.destroy() });
    });
    asked.on('error', reject);
  });
}

async function until(reached: () => boolean, what: string, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!reached()) {
    if (Date.now() > end) throw new Error(`Not within ${ms} ms: ${what}`);
    await sleep(10);
  }
}

beforeAll(async () => {
  service = await startService();
  [investigator, researcher, supervisor, worker] = await Promise.all([voiceOf(service, 'investigator'), voiceOf(service, 'researcher'), voiceOf(service, 'supervisor'), voiceOf(service, 'worker')]);
  await startProgramme(investigator);
  await researcher.record('PUT', at(here), { programme: 'core', site: 's1' });
  await (await voiceOf(service, 'researcher', { sites: ['s2'] })).record('PUT', at(there), { programme: 'core', site: 's2' });
  await supervisor.record('PUT', at(here, '/worker'), { worker: 'w1' });
});
afterAll(() => service.stop());

describe('the live stream', () => {
  it('tells each of what they may see, as they may see it, and nobody of anything else', async () => {
    const tokens = { worker: worker.token, colleague: await service.token('worker', { subject: 'w2', staff: 'w2' }), supervisor: supervisor.token, elsewhere: await service.token('supervisor', { sites: ['s2'] }), researcher: researcher.token, auditor: await service.token('auditor') };
    const streams = Object.fromEntries(await Promise.all(Object.entries(tokens).map(async ([who, token]) => [who, await listen(token)] as const)));
    const visited = await visit(worker, here);
    const discharged = await (await voiceOf(service, 'clinician')).record('PUT', at(here, `/episodes/${uuid('ep', 1)}/index-discharge`), { setting: 'ward', occurred: { at: '2026-01-09' }, because: { code: 'told-late', text: 'By telephone.' } });
    const elsewhere = await (await voiceOf(service, 'clinician', { sites: ['s2'] })).record('PUT', at(there, `/episodes/${uuid('ep', 2)}/index-discharge`), { setting: 'ward' });
    const [a = '', b = '', c = ''] = [visited, discharged, elsewhere].map(({ events }) => events[0]);
    const expected: Record<string, string[]> = { worker: [a, b], colleague: [], supervisor: [a, b], elsewhere: [c], researcher: [b], auditor: [a, b, c] };
    await until(() => Object.entries(expected).every(([who, ids]) => streams[who]?.ids().length === ids.length), 'everybody has been told');
    await sleep(150);
    for (const [who, ids] of Object.entries(expected)) expect([who, streams[who]?.ids()]).toEqual([who, ids]);
    expect(streams['supervisor']?.text()).toContain('By telephone.');
    expect(streams['researcher']?.text()).not.toContain('By telephone.');
    expect(streams['researcher']?.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    for (const stream of Object.values(streams)) stream.close();
  });

  it('tells of a participant what is recorded under registrations merged into theirs, as long as they are', async () => {
    const twice = uuid('p', 3);
    const [clinician, manager] = await Promise.all([voiceOf(service, 'clinician'), voiceOf(service, 'data-manager')]);
    await researcher.record('PUT', at(twice), { programme: 'core', site: 's1' });
    const admit = (episode: number) => clinician.record('PUT', at(twice, `/episodes/${uuid('ep', episode)}/index-discharge`), { setting: 'ward', occurred: { at: '2026-01-09' }, because: { code: 'told-late', text: 'By telephone.' } });
    const [entry = ''] = (await admit(31)).events;
    await manager.record('PUT', at(here, `/merges/${twice}`), {});
    const query = `?participant=${here}`;
    const streams = Object.fromEntries(await Promise.all(Object.entries({ worker: worker.token, researcher: researcher.token, auditor: await service.token('auditor'), colleague: await service.token('worker', { subject: 'w2', staff: 'w2' }) }).map(async ([who, token]) => [who, await listen(token, query)] as const)));
    const registered = await listen(worker.token, `?participant=${twice}`);
    const [voided = ''] = (await clinician.record('POST', at(twice, `/entries/${entry}/void`), { why: 'entered-in-error' }, { 'if-match': '*' })).events;
    await until(() => ['worker', 'researcher', 'auditor'].every((who) => streams[who]?.ids().includes(voided)), 'those who reach the participant have been told');
    const shown = (who: string) => JSON.parse(/^data: (.+)$/m.exec(streams[who]?.text() ?? '')?.[1] ?? '{}') as object;
    expect(shown('auditor')).toMatchObject({ participant: here, registration: twice, id: voided, actor: { id: 'clinician-s1' } });
    expect(shown('researcher')).toMatchObject({ participant: here, registration: twice, withheld: ['actor.id'] });
    await manager.record('DELETE', at(here, `/merges/${twice}`), {});
    const [after = ''] = (await admit(32)).events;
    const [own = ''] = (await visit(worker, here)).events;
    await until(() => ['worker', 'auditor'].every((who) => streams[who]?.ids().includes(own)), 'what is recorded later has come');
    for (const who of ['worker', 'researcher', 'auditor', 'colleague']) expect([who, streams[who]?.ids().includes(after)]).toEqual([who, false]);
    expect([streams['colleague']?.ids(), registered.ids()]).toEqual([[], []]);
    for (const stream of [...Object.values(streams), registered]) stream.close();
  });

  it('is in the access log before it is sent: who was told, of whom', async () => {
    const stream = await listen(await service.token('monitor', { subject: 'monitor-live' }));
    await visit(worker, here);
    await until(() => stream.ids().length === 1, 'the visit has come');
    const { items } = await (await voiceOf(service, 'auditor')).read<{ items: { route: string; participants: string[] }[] }>('/v1/access-log?actor=monitor-live');
    expect(items).toEqual([expect.objectContaining({ route: '/v1/events', participants: [here], outcome: 'disclosed' })]);
    stream.close();
  });

  it('goes on where it broke off: nothing missed, nothing twice, in order, whoever writes meanwhile', async () => {
    const token = await service.token('auditor');
    const expected: string[] = [];
    const first = await listen(token, `?participant=${here}`);
    expected.push(...(await visit(worker, here)).events);
    await until(() => first.ids().length === 1, 'the first has come');
    const writing = (async () => {
      for (let i = 0; i < 40; i++) expected.push(...(await visit(worker, here)).events);
    })();
    const seen = [...first.ids()];
    first.close();
    while (seen.length < 41) {
      const stream = await listen(token, `?participant=${here}`, { 'last-event-id': seen.at(-1) ?? '' });
      const before = seen.length;
      await until(() => stream.ids().length > 0, 'something more has come');
      stream.close();
      seen.push(...stream.ids());
      expect(seen.length).toBeGreaterThan(before);
    }
    await writing;
    expect(seen).toEqual(expected);
  });

  it('begins after any entry the caller has seen, and takes no other id for one', async () => {
    const hidden = (await visit(worker, here)).events[0] ?? '';
    for (const id of [hidden, uuid('none', 1), 'nonsense', '17']) {
      const answer = await send(service.url, { method: 'GET', path: '/v1/events?seconds=1', token: researcher.token, headers: { 'last-event-id': id } });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid']);
    }
    const stream = await listen(worker.token, '?seconds=1', { 'last-event-id': hidden });
    expect(stream.response.statusCode).toBe(200);
    await stream.ended;
  });

  it('stops telling a worker of somebody who was given to another', async () => {
    const stream = await listen(worker.token);
    await visit(supervisor, here);
    await until(() => stream.ids().length === 1, 'the visit has come');
    await supervisor.record('PUT', at(here, '/worker'), { worker: 'w2' });
    await visit(supervisor, here);
    await sleep(300);
    expect(stream.ids()).toHaveLength(1);
    stream.close();
    await supervisor.record('PUT', at(here, '/worker'), { worker: 'w1', occurred: { at: '2026-03-10' } });
  });

  it.each<[string, string, object]>([
    ['has no access any more', 'revocation', { reason: 'role-ended' }],
    ['is granted something else by now', `grants/${uuid('gr', 1)}`, { roles: ['monitor'], sites: [], purpose: 'monitoring' }],
  ])('ends for whoever %s, before they are told anything else', async (_, what, body) => {
    const administrator = await voiceOf(service, 'administrator');
    const subject = `gone-after-${what.slice(0, 5)}`;
    const stream = await listen(await service.token('auditor', { subject }));
    await visit(worker, here);
    await until(() => stream.ids().length === 1, 'the visit has come');
    await administrator.record('PUT', `/v1/accounts/${subject}/${what}`, body);
    await visit(worker, here);
    await Promise.race([stream.ended, sleep(60_000).then(() => Promise.reject(new Error('The stream outlived the access.')))]);
    expect([stream.response.complete, stream.ids().length]).toEqual([true, 1]);
  });

  it('ends with the token it was opened with', async () => {
    const account = { subject: 'auditor', roles: ['auditor' as const], sites: ['s1'] };
    const stream = await listen(await mintToken({ dataDir: service.dataDir, issuer: `${service.url}/sign-in`, audience: 'cairn', account, expiresInSeconds: 2 }));
    await Promise.race([stream.ended, sleep(60_000).then(() => Promise.reject(new Error('The stream outlived its token.')))]);
    expect(stream.response.complete).toBe(true);
  });

  it('is not open to one caller without end, and says so', async () => {
    const token = await service.token('auditor', { subject: 'eager' });
    const streams = await Promise.all(Array.from({ length: 20 }, () => listen(token)));
    const answer = await send(service.url, { method: 'GET', path: '/v1/events', token });
    expect([answer.status, codeOf(answer)]).toEqual([429, 'too-many-streams']);
    for (const stream of streams) stream.close();
  });

  it('keeps a thousand idle readers alive in little memory, tells all of them, and ends with the service', async () => {
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, k) => service.token('auditor', { subject: `auditor-${k}` })));
    const streams = (await Promise.all(tokens.map((token) => Promise.all(Array.from({ length: 20 }, () => listen(token)))))).flat();
    await until(() => streams.every((stream) => stream.text().includes(': alive')), 'everybody has had a heartbeat', 120_000);
    await visit(worker, here);
    await until(() => streams.every((stream) => stream.ids().length === 1), 'everybody has been told');
    await service.stop();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.every(({ response }) => response.complete)).toBe(true);
  });
});
