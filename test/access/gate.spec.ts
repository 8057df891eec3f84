import { commandGrants, type CommandName } from '@cairn/access/policy.js';
import type { Role } from '@cairn/access/roles.js';
import { startService, type Service } from '../service.js';
import { codeOf, json, send, type Answer } from './http.js';
import { startProgramme, uuid, voiceOf, type Voice } from './programme.js';
import { documented, filled, routes, values, type DocumentedRoute } from './routes.js';

/*
 * Access ends at an instant, whatever the token still says: the account's, when it is revoked or its grant runs out; the person's, when they
 * have left. What a leaver did before and sends later is taken, as theirs. Decided on the record itself: no read here waits for read models.
 */
const { participant } = values;
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const attended = { minutes: 60, mode: 'in-person', punctuality: 'on-time' };

let service: Service;
let all: DocumentedRoute[];
let supervisor: Voice;
let administrator: Voice;
let investigator: Voice;

beforeAll(async () => {
  service = await startService();
  all = await documented(service.url);
  investigator = await voiceOf(service, 'investigator');
  await startProgramme(investigator);
  supervisor = await voiceOf(service, 'supervisor');
  administrator = await voiceOf(service, 'administrator');
  await (await voiceOf(service, 'researcher')).record('PUT', at(), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
  await supervisor.record('PUT', at('/worker'), { worker: 'w1', occurred: { at: '2026-01-13' } });
});
afterAll(() => service.stop());

const refusal = (answer: Answer) => [answer.status, answer.status === 200 ? undefined : codeOf(answer)];
const engage = (who: Voice, staff: string, from = '2026-01-05', site = 's1') => who.record('PUT', `/v1/staff/${staff}/engagement`, { programme: 'core', site, role: 'worker', from });

/** Every route, as it is answered to a token. */
async function everywhere(token: string): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const { name, method, template, body } of all.filter(({ template }) => template !== '/v1/events'))
    answers.set(name, await send(service.url, { method, path: filled(template, values), token, body, headers: { 'x-request-id': 'same' } }));
  return answers;
}

describe('a worker who leaves', () => {
  let worker: Voice;
  const left = '2026-03-06T17:00:00+00:00';
  const visit = (n: number, when: string | undefined, also: object = {}) =>
    worker.ask('PUT', at(`/sessions/${uuid('se', n)}/attendance`), { body: { ...attended, ...(when !== undefined && { occurred: { at: when } }), ...also } });

  beforeAll(async () => {
    worker = await voiceOf(service, 'worker');
    await engage(supervisor, 'w1');
    expect(refusal(await worker.ask('GET', at()))).toEqual([200, undefined]);
    expect(refusal(await visit(1, '2026-03-05T10:00:00+00:00'))).toEqual([200, undefined]);
    await supervisor.record('PUT', '/v1/staff/w1/leaving', { occurred: { at: left } });
  });

  it('reads nothing from that moment on, though the token is good', async () => {
    for (const path of [at(), at('/sessions'), at('/history'), at('/timeline'), '/v1/participants', '/v1/caseload', '/v1/staff/w1', '/v1/programmes/core'])
      expect([path, ...refusal(await worker.ask('GET', path))]).toEqual([path, 403, 'engagement-ended']);
  });

  it('may record what happened before, as theirs, sent by whatever way', async () => {
    expect(refusal(await visit(2, '2026-03-06T16:00:00+00:00', { via: 'offline', because: { code: 'no-signal' } }))).toEqual([200, undefined]);
    expect(refusal(await visit(3, '2026-03-05'))).toEqual([200, undefined]);
    expect(refusal(await visit(7, left))).toEqual([200, undefined]);
    expect(refusal(await worker.ask('POST', at('/visits'), { body: { session: uuid('se', 4), ...attended, occurred: { at: '2026-02-20T10:00:00+00:00' } } }))).toEqual([200, undefined]);
    const { entries } = await (await voiceOf(service, 'auditor')).read<{ entries: { type: string; actor: object; data: { session?: string; worker?: string } }[] }>(at('/history'));
    expect(entries.find(({ data }) => data.session === uuid('se', 2))).toMatchObject({ type: 'SessionAttended', actor: { id: 'w1', role: 'worker' }, data: { worker: 'w1' }, source: 'offline' });
  });

  it('also of somebody who was theirs and is another’s by now, though not of those who never were', async () => {
    await supervisor.record('PUT', at('/worker'), { worker: 'w2' });
    expect(refusal(await visit(40, '2026-03-03T10:00:00+00:00'))).toEqual([200, undefined]);
    expect(refusal(await visit(41, '2026-03-09T10:00:00+00:00'))).toEqual([403, 'engagement-ended']);
    const other = uuid('p', 2);
    await (await voiceOf(service, 'researcher')).record('PUT', `/v1/participants/${other}`, { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
    const never = await worker.ask('PUT', `/v1/participants/${other}/sessions/${uuid('se', 42)}/attendance`, { body: { ...attended, occurred: { at: '2026-03-03T10:00:00+00:00' } } });
    expect(refusal(never)).toEqual([404, 'participant-unknown']);
    await supervisor.record('PUT', at('/worker'), { worker: 'w1' });
  });

  it('records nothing that happened after, by the end of a day or month, now or at a time nobody knows', async () => {
    for (const when of ['2026-03-06T17:01:00+00:00', '2026-03-06', '2026-03', '2026-03-09T10:00:00+00:00', '2026-03-07', '2026-04', undefined, 'nonsense'])
      expect([when, ...refusal(await visit(5, when))]).toEqual([when, 403, 'engagement-ended']);
    const unknown = await worker.ask('PUT', at(`/sessions/${uuid('se', 5)}/attendance`), { body: { ...attended, occurred: { precision: 'unknown' } } });
    expect(refusal(unknown)).toEqual([403, 'engagement-ended']);
  });

  it('corrects nothing: a correction happens now, whatever the time of what it corrects', async () => {
    const { entries, streams } = await supervisor.read<{ entries: { id: string; type: string; data: object }[]; streams: Record<string, { etag: string }> }>(at('/history'));
    const visited = entries.find(({ type }) => type === 'SessionAttended');
    const headers = { 'if-match': streams['support']?.etag ?? '' };
    const amend = { data: { ...visited?.data, minutes: 30 }, occurred: { at: '2026-03-05T10:00:00+00:00' }, reason: { code: 'entry-error' } };
    expect(refusal(await worker.ask('POST', at(`/entries/${visited?.id}/amend`), { body: amend, headers }))).toEqual([403, 'engagement-ended']);
    expect(refusal(await worker.ask('POST', at(`/entries/${visited?.id}/void`), { body: { why: 'duplicate' }, headers }))).toEqual([403, 'engagement-ended']);
  });

  it('does nothing that happens as it is recorded, whatever day is written on it: lets nobody in, attests, asks and signs nothing', async () => {
    const both = await voiceOf(service, 'supervisor', { subject: 'supervisor-w1', staff: 'w1' });
    const occurred = { at: '2026-03-02' };
    const tried: [string, object][] = [
      ['/v1/staff/w1/engagement', { programme: 'core', site: 's1', role: 'worker', from: '2026-03-06' }], ['/v1/staff/w21/leaving', {}], ['/v1/staff/w1/delegation', { tasks: ['anything'] }],
      [`/v1/supervisions/${uuid('me', 7)}`, { kind: 'group', minutes: 60, attendees: ['w1'] }], [at('/worker'), { worker: 'w1' }],
      [at(`/entries/${uuid('ev', 1)}/attestation`), {}], [at(`/queries/${uuid('qu', 1)}`), { topic: 'data', to: 'worker' }], [at(`/signatures/${uuid('si', 1)}`), { meaning: 'review', entries: [uuid('ev', 1)], name: 'A. B.' }],
    ];
    for (const [path, body] of tried) expect([path, ...refusal(await both.ask('PUT', path, { body: { ...body, occurred } }))]).toEqual([path, 403, 'engagement-ended']);
  });

  it('is let in again by an engagement from that day or later, not by an old one sent again', async () => {
    await engage(supervisor, 'w1');
    expect(refusal(await worker.ask('GET', at()))).toEqual([403, 'engagement-ended']);
    await engage(supervisor, 'w1', '2026-04-01');
    expect(refusal(await worker.ask('GET', at()))).toEqual([200, undefined]);
    expect(refusal(await visit(6, '2026-04-02T10:00:00+01:00'))).toEqual([200, undefined]);
  });
});

describe('an account', () => {
  const grant = (account: string, n: number, role: Role, also: object = {}) =>
    administrator.record('PUT', `/v1/accounts/${encodeURIComponent(account)}/grants/${uuid('gr', n)}`, { roles: [role], sites: ['s1'], purpose: 'monitoring-visit', ...also });
  const revoke = (account: string) => administrator.record('PUT', `/v1/accounts/${encodeURIComponent(account)}/revocation`, { reason: 'role-ended' });

  it.each<[Role, string]>([['monitor', 'monitor-x'], ['researcher', 'auth0|r/1 é'], ['worker', 'w5'], ['administrator', 'administrator-2']])('of a %s that is revoked is refused everywhere, and taken again once granted', async (role, account) => {
    const token = await service.token(role, { subject: account, staff: 'w5' });
    const before = await everywhere(token);
    expect([...before.values()].filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    await revoke(account);
    const refused = await everywhere(token);
    // One answer to everything: what is asked of, and whether it is there, makes no difference.
    expect(new Set([...refused.values()].map(({ body }) => body)).size).toBe(1);
    for (const [name, answer] of refused) expect([name, ...refusal(answer)]).toEqual([name, 403, 'access-revoked']);
    await grant(account, before.size, role);
    const code = codeOfAny(await everywhere(token));
    expect(code).not.toContain('access-revoked');
  });

  it('whose grant has run out is refused, until there is another', async () => {
    const account = 'visitor';
    const monitor = await voiceOf(service, 'monitor', { subject: account });
    expect(refusal(await monitor.ask('GET', '/v1/participants'))).toEqual([200, undefined]);
    const until = Date.now() + 1500;
    await grant(account, 11, 'monitor', { until: new Date(until).toISOString() });
    for (let over = false; !over; ) {
      over = Date.now() > until;
      const answer = refusal(await monitor.ask('GET', '/v1/participants'));
      if (over) expect(answer).toEqual([403, 'access-expired']);
      else if (Date.now() < until) expect(answer).toEqual([200, undefined]);
      await new Promise((done) => setTimeout(done, 100));
    }
    await grant(account, 12, 'monitor');
    expect(refusal(await monitor.ask('GET', '/v1/participants'))).toEqual([200, undefined]);
  });

  it('with a grant on record has no more than the grant and the token both give: roles, sites and whose caseload', async () => {
    const joe = async (role: Role, also: object = {}) => voiceOf(service, role, { subject: 'joe', ...also });
    const write = ['PUT', at('/worker'), { body: { worker: 'w1' } }] as const;
    expect(refusal(await (await joe('auditor')).ask('GET', at()))).toEqual([200, undefined]);
    await grant('joe', 40, 'worker', { staff: 'w1' });
    for (const role of ['auditor', 'data-manager', 'monitor', 'administrator'] as const) {
      const voice = await joe(role);
      for (const answer of [await voice.ask('GET', at()), await voice.ask('GET', '/v1/participants'), await voice.ask(...write)]) expect([role, ...refusal(answer)]).toEqual([role, 403, 'access-not-granted']);
      expect(json(await voice.ask('GET', at()))).toMatchObject({ detail: expect.stringContaining('granted worker (as w1)') });
    }
    expect(refusal(await (await joe('worker', { staff: 'w1' })).ask('GET', at()))).toEqual([200, undefined]);
    expect(refusal(await (await joe('worker', { staff: 'w2' })).ask('GET', at()))).toEqual([403, 'access-not-granted']);
    const supervising = await joe('supervisor', { sites: ['s1', 's2'] });
    await grant('joe', 41, 'supervisor', { sites: ['s2'] });
    expect(refusal(await supervising.ask('GET', at()))).toEqual([200, undefined]);
    await revoke('joe');
    await grant('joe', 42, 'supervisor', { sites: ['s2'] });
    expect(refusal(await supervising.ask('GET', at()))).toEqual([404, 'participant-unknown']);
    expect(refusal(await supervising.ask(...write))).toEqual([404, 'participant-unknown']);
    await grant('joe', 43, 'auditor', { sites: [] });
    expect(refusal(await (await joe('auditor')).ask('GET', at()))).toEqual([200, undefined]);
  });

  it('is shown with its grants and how it stands to those who oversee access', async () => {
    for (const role of ['administrator', 'auditor', 'monitor', 'privacy-officer'] as const) {
      const voice = await voiceOf(service, role);
      expect(await voice.read('/v1/accounts/visitor')).toMatchObject({ account: 'visitor', standing: 'granted', grants: [{ grant: uuid('gr', 12) }], entries: [{ type: 'AccessGranted' }, { type: 'AccessGranted', by: { role: 'administrator' } }] });
      expect(refusal(await voice.ask('GET', '/v1/accounts/nobody'))).toEqual([404, 'account-unknown']);
    }
    const written = await grant('visitor', 13, 'monitor');
    const { items } = await administrator.read<{ items: { account: string; standing: string }[] }>('/v1/accounts', written);
    expect(items.map(({ account }) => account)).toEqual(expect.arrayContaining(['visitor', 'auth0|r/1 é']));
  });

  it('is told as it was at any instant: what it could do then', async () => {
    const auditor = await voiceOf(service, 'auditor');
    await grant('w1', 30, 'worker', { staff: 'w1' });
    // The record writes microseconds: a millisecond later it surely holds.
    await new Promise((done) => setTimeout(done, 5));
    const now = new Date().toISOString();
    await revoke('w1');
    const then = await auditor.read(`/v1/accounts/w1/access?at=${now}`);
    expect(then).toMatchObject({ standing: 'granted', roles: ['worker'], sites: ['s1'], staff: 'w1', engagements: [{ site: 's1', role: 'worker' }] });
    expect(await auditor.read(`/v1/accounts/w1/access?at=${new Date().toISOString()}`)).toMatchObject({ standing: 'revoked', ended: 'access-revoked', roles: [] });
    expect(await auditor.read('/v1/accounts/w1/access?at=2020-01-01T00:00:00Z')).toMatchObject({ standing: 'unrecorded', roles: [] });
    expect(refusal(await auditor.ask('GET', '/v1/accounts/w1/access?at=yesterday'))).toEqual([400, 'invalid']);
    await grant('w1', 31, 'worker', { staff: 'w1' });
  });

  it('is nobody’s own to give or take away: another administrator has to', async () => {
    for (const [path, body] of [['revocation', { reason: 'left' }], [`grants/${uuid('gr', 50)}`, { roles: ['administrator'], sites: [], purpose: 'running' }]] as const)
      expect(refusal(await administrator.ask('PUT', `/v1/accounts/administrator-s1/${path}`, { body }))).toEqual([409, 'own-access']);
    expect(refusal(await administrator.ask('GET', '/v1/accounts'))).toEqual([200, undefined]);
  });

  it('may have the longest subject a token can have', async () => {
    const account = '界'.repeat(255);
    const monitor = await voiceOf(service, 'monitor', { subject: account });
    await revoke(account);
    expect(refusal(await monitor.ask('GET', '/v1/participants'))).toEqual([403, 'access-revoked']);
    expect(await administrator.read(`/v1/accounts/${encodeURIComponent(account)}`)).toMatchObject({ account, standing: 'revoked', revoked: 'role-ended' });
  });

  it('is granted no masked role beside one that is not', async () => {
    const answer = await administrator.ask('PUT', `/v1/accounts/x/grants/${uuid('gr', 20)}`, { body: { roles: ['researcher', 'supervisor'], sites: [], purpose: 'trial' } });
    expect(refusal(answer)).toEqual([409, 'mixed-masking']);
  });
});

describe('staff', () => {
  it('of another site are as if they were not, to a supervisor and to other workers', async () => {
    await engage(await voiceOf(service, 'supervisor', { sites: ['s2'] }), 'w8', '2026-01-05', 's2');
    const answers = async (staff: string) => [
      await supervisor.ask('GET', `/v1/staff/${staff}`, { headers: { 'x-request-id': 'same' } }),
      await supervisor.ask('PUT', `/v1/staff/${staff}/leaving`, { body: {}, headers: { 'x-request-id': 'same' } }),
      await supervisor.ask('PUT', `/v1/supervisions/${uuid('me', 9)}`, { body: { kind: 'group', minutes: 60, attendees: [staff] }, headers: { 'x-request-id': 'same' } }),
      await (await voiceOf(service, 'worker', { subject: 'w2' })).ask('GET', `/v1/staff/${staff}`, { headers: { 'x-request-id': 'same' } }),
    ];
    expect(await answers('w8')).toEqual(await answers('w404'));
    for (const answer of await answers('w8')) expect(refusal(answer)).toEqual([404, 'staff-unknown']);
    expect(refusal(await supervisor.ask('PUT', '/v1/staff/w9/engagement', { body: { programme: 'core', site: 's2', role: 'worker', from: '2026-01-05' } }))).toEqual([404, 'site-unknown']);
  });

  it('share a supervision: with all of them or with none, once, and with nobody else under the same id', async () => {
    await engage(supervisor, 'w21');
    await engage(supervisor, 'w22');
    const meeting = `/v1/supervisions/${uuid('me', 2)}`;
    const body = { kind: 'group', minutes: 90, attendees: ['w22', 'w21'], occurred: { at: '2026-03-05T13:00:00+00:00' } };
    expect(refusal(await supervisor.ask('PUT', meeting, { body: { ...body, attendees: ['w21', 'w404'] } }))).toEqual([404, 'staff-unknown']);
    const held = await supervisor.record('PUT', meeting, body);
    expect(held.events).toHaveLength(3);
    expect(await supervisor.record('PUT', meeting, body)).toEqual(held);
    expect((await supervisor.record('PUT', meeting, { ...body, attendees: ['w21', 'w22'] })).events).toEqual([]);
    for (const attendees of [['w21'], ['w1'], ['w21', 'w22', 'w1']]) expect(refusal(await supervisor.ask('PUT', meeting, { body: { ...body, attendees } }))).toEqual([409, 'already-recorded']);
    await supervisor.record('PUT', '/v1/staff/w21/trainings/safeguarding', { validUntil: '2026-02-28', occurred: { at: '2025-02-28' } });
    const last = await supervisor.record('PUT', '/v1/staff/w21/delegation', { tasks: ['offer-sessions'] });
    const { items } = await supervisor.read<{ items: { staff: string }[] }>('/v1/staff?site=s1', last);
    expect(items.find(({ staff }) => staff === 'w21')).toEqual({
      staff: 'w21', engagements: [{ programme: 'core', site: 's1', role: 'worker', from: '2026-01-05' }], left: null, tasks: ['offer-sessions'], caseload: 0,
      trainings: [{ training: 'safeguarding', completedOn: '2025-02-28', validUntil: '2026-02-28', expired: true }],
      lastSupervision: { meeting: uuid('me', 2), kind: 'group', minutes: 90, on: '2026-03-05' }, flags: [],
    });
    expect(items.map(({ staff }) => staff)).not.toContain('w8');
    expect(await investigator.read<{ items: { staff: string }[] }>('/v1/staff?limit=1')).toMatchObject({ items: [{ staff: 'w1' }], next: expect.any(String) });
  });

  it('and are flagged where their dates cannot both be right, as a grant is', async () => {
    await engage(supervisor, 'w23');
    await supervisor.record('PUT', '/v1/staff/w23/trainings/safeguarding', { validUntil: '2026-02-27', occurred: { at: '2026-02-28' } });
    const last = await supervisor.record('PUT', '/v1/staff/w23/leaving', { occurred: { at: '2025-12-31' } });
    const flags = [{ leaving: true, flags: ['before-engagement'] }, { training: 'safeguarding', flags: ['expired-before-completion'] }];
    const { items } = await supervisor.read<{ items: { staff: string; flags: object[] }[] }>('/v1/staff?site=s1', last);
    expect([items.find(({ staff }) => staff === 'w23')?.flags, (await supervisor.read<{ flags: object[] }>('/v1/staff/w23')).flags]).toEqual([flags, flags]);
    await administrator.record('PUT', `/v1/accounts/flagged/grants/${uuid('gr', 23)}`, { roles: ['monitor'], sites: ['s1'], purpose: 'monitoring-visit', until: '2025-12-31T18:00:00Z' });
    expect(await administrator.read('/v1/accounts/flagged')).toMatchObject({ standing: 'expired', flags: [{ grant: uuid('gr', 23), flags: ['ended-before-given'] }] });
  });

  it('are supervised alone or in a group', async () => {
    const alone = `/v1/supervisions/${uuid('me', 30)}`;
    const answer = await supervisor.ask('PUT', alone, { body: { kind: 'individual', minutes: 60, attendees: ['w21', 'w22'] } });
    expect([refusal(answer), json(answer)]).toMatchObject([[400, 'invalid'], { errors: [{ field: 'attendees' }] }]);
  });

  it('caseload sizes are for those who may see caseloads', async () => {
    expect(await administrator.read('/v1/staff/w21')).not.toHaveProperty('caseload');
    expect(await supervisor.read('/v1/staff/w1')).toHaveProperty('caseload', 1);
    expect(await (await voiceOf(service, 'worker', { subject: 'w21' })).read<{ items: object[] }>('/v1/staff')).toMatchObject({ items: [{ staff: 'w21' }] });
  });

  it('leave at an instant or on a day, which must be said', async () => {
    for (const occurred of [{ at: '2026-03' }, { precision: 'unknown' }]) expect(refusal(await supervisor.ask('PUT', '/v1/staff/w22/leaving', { body: { occurred } }))).toEqual([400, 'invalid']);
    expect(refusal(await supervisor.ask('PUT', '/v1/staff/w22/leaving', { body: { occurred: { at: '2099-01-01' } } }))).toEqual([400, 'invalid']);
  });
});

describe('the conduct of a programme', () => {
  it('holds reviews with findings and breaches, in order, for those who oversee it', async () => {
    const auditor = await voiceOf(service, 'auditor');
    const core = '/v1/programmes/core';
    await auditor.record('PUT', `${core}/audit-trail-reviews/${uuid('rv', 5)}`, { from: '2026-03-01T00:00:00Z', to: '2026-03-31T23:59:59Z', findings: [{ code: 'late-entries', grade: 'minor' }] });
    await auditor.record('PUT', `${core}/access-reviews/${uuid('rv', 6)}`, { accounts: ['w1'], findings: [] });
    await investigator.record('PUT', `${core}/serious-breaches/${uuid('br', 5)}`, { what: 'It was shown.', awareAt: '2026-03-12T10:30:00Z', reportedTo: ['sponsor'] });
    const { items } = await auditor.read<{ items: { type: string; by: object }[] }>(`${core}/conduct`);
    expect(items.slice(-3)).toMatchObject([{ type: 'AuditTrailReviewed', by: { id: 'auditor-s1', role: 'auditor' } }, { type: 'AccessReviewed' }, { type: 'SeriousBreachReported', by: { role: 'investigator' } }]);
    for (const path of ['/v1/programmes/nowhere/conduct']) expect(refusal(await auditor.ask('GET', path))).toEqual([404, 'programme-unknown']);
    expect(refusal(await auditor.ask('PUT', `/v1/programmes/nowhere/access-reviews/${uuid('rv', 7)}`, { body: { accounts: ['w1'], findings: [] } }))).toEqual([404, 'programme-unknown']);
  });
});

it('masked roles learn nothing of staff, access or conduct: the same denial whoever is asked of', async () => {
  const theirs = all.filter(({ name }) => ['Staff', 'Accounts', 'Conduct', 'Engage', 'RecordLeaving', 'GrantAccess', 'ReviewAccess'].includes(routes[name] ?? ''));
  expect(theirs.length).toBeGreaterThan(8);
  for (const role of ['researcher', 'analyst'] as const) {
    const token = await service.token(role);
    for (const { method, template, body } of theirs) {
      const ask = (staff: string) => send(service.url, { method, path: filled(template, { ...values, staff, account: staff }), token, body, headers: { 'x-request-id': 'same' } });
      const [known, unknown] = [await ask('w1'), await ask('w404')];
      expect(refusal(known)).toEqual([403, 'role-not-allowed']);
      expect(known).toEqual(unknown);
    }
  }
});

function codeOfAny(answers: ReadonlyMap<string, Answer>): (string | undefined)[] {
  return [...answers.values()].map((answer) => (answer.body.startsWith('{') ? (json(answer) as { code?: string }).code : undefined));
}

describe('access of which another process has recorded something', () => {
  let other: Service;
  let elsewhere: Voice;

  beforeAll(async () => {
    other = await startService({ dataDir: service.dataDir, env: {} });
    elsewhere = await voiceOf(other, 'administrator');
  });
  afterAll(() => other.stop());

  it('has ended for every command at once, where somebody was seen to have it a moment before', async () => {
    const asked = all.filter(({ name }) => name in routes && Object.hasOwn(commandGrants, routes[name] ?? ''));
    expect(asked.length).toBeGreaterThan(60);
    for (const [n, { name, method, template, body }] of asked.entries()) {
      const account = `once-${n}`;
      const token = await service.token(commandGrants[routes[name] as CommandName][0] as Role, { subject: account, staff: 'w5' });
      const ask = () => send(service.url, { method, path: filled(template, values), token, body });
      const before = await ask();
      await elsewhere.record('PUT', `/v1/accounts/${account}/revocation`, { reason: 'role-ended' });
      expect([name, codeOf(before) === 'access-revoked', ...refusal(await ask())]).toEqual([name, false, 403, 'access-revoked']);
    }
  });

  it('has ended before anything is done that the log knows nothing of', async () => {
    const auditor = await voiceOf(service, 'auditor', { subject: 'once-auditor' });
    const save = (n: number) => auditor.ask('PUT', `/v1/documents/${uuid('do', n)}`, { body: { report: 'access-review', filters: { site: 's1' }, format: 'csv' } });
    expect(refusal(await save(71))).toEqual([200, undefined]);
    await elsewhere.record('PUT', '/v1/accounts/once-auditor/revocation', { reason: 'role-ended' });
    expect(refusal(await save(72))).toEqual([403, 'access-revoked']);
    const { items } = await (await voiceOf(service, 'auditor')).read<{ items: { document: string; savedBy: string }[] }>('/v1/documents');
    expect(items.filter(({ savedBy }) => savedBy === 'once-auditor').map(({ document }) => document)).toEqual([uuid('do', 71)]);
  });

  it('and has become more, is told as that and not as what it was', async () => {
    const grown = await voiceOf(service, 'supervisor', { subject: 'grown', sites: ['s1', 's2'] });
    const assign = () => grown.ask('PUT', at('/worker'), { body: { worker: 'w1', occurred: { at: '2026-01-13' } } });
    const grant = (n: number, site: string) => elsewhere.record('PUT', `/v1/accounts/grown/grants/${uuid('gr', n)}`, { roles: ['supervisor'], sites: [site], purpose: 'running' });
    await grant(71, 's2');
    expect(refusal(await assign())).toEqual([404, 'participant-unknown']);
    await grant(72, 's1');
    expect(refusal(await assign())).toEqual([403, 'access-not-granted']);
    expect(refusal(await assign())).toEqual([200, undefined]);
  });
});
