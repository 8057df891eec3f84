import { ownersDatabase, type OwnersDatabase } from '../access/database.js';
import { codeOf, json } from '../access/http.js';
import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { startService, type Service } from '../service.js';

/* A correction with `?preview` answers what it would change, and writes nothing. Then it is sent, and changes just that. */
let service: Service;
let database: OwnersDatabase;
let [researcher, supervisor, dataManager, investigator]: Voice[] = [];
const [anna, ben] = [uuid('p', 1), uuid('p', 2)];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const session = uuid('se', 1);
let entry: string;

interface Difference {
  readonly at: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
interface Change {
  readonly participant: string;
  readonly would: string[];
  readonly state: Readonly<Record<string, Difference[]>>;
  readonly standing: Difference[];
  readonly outcome: { readonly before: { readmission: string }; readonly after: { readmission: string }; readonly changed: boolean };
  readonly counts: { readonly support: Difference[]; readonly workbook: Difference[] };
  readonly flags: { readonly added: object[]; readonly gone: object[] };
  readonly signaturesDropped: string[];
  readonly queriesClosed: string[];
}

function speaker(known: Voice | undefined): Voice {
  if (!known) throw new Error('The service has not started.');
  return known;
}
const visit = (participant: string, n: number, day: string) =>
  speaker(supervisor).record('PUT', at(participant, `/sessions/${uuid('se', n)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1', occurred: { at: `${day}T14:00:00+00:00` }, because: { code: 'told-late' } });
const preview = async (by: Voice | undefined, path: string, body: object) => (json(await speaker(by).ask('POST', `${path}?preview`, { body })) as { preview: true; cases: Change[] }).cases;
const etag = async (participant: string, stream: string) => (await speaker(dataManager).read<{ streams: Record<string, { etag: string }> }>(at(participant, '/history'))).streams[stream]?.etag ?? '';
// Processes may be recording what they have seen before, all the while.
const head = async () => (await database.pool.query<{ events: number; head: number }>('select count(*)::int as events, max(position)::int as head from log.events where meta not like $1', ['%"role":"process"%'])).rows[0];
const summary = (participant: string, since?: Receipt) => speaker(dataManager).read<Record<string, never>>(at(participant), since);
const valueAt = (value: unknown, path: string) => path.split('.').reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name], value);

beforeAll(async () => {
  service = await startService();
  database = await ownersDatabase(service.dataDir);
  [researcher, supervisor, dataManager, investigator] = [await voiceOf(service, 'researcher'), await voiceOf(service, 'supervisor'), await voiceOf(service, 'data-manager'), await voiceOf(service, 'investigator', { subject: 'osei', name: 'Prof. David Osei' })];
  await startProgramme(investigator);
  for (const participant of [anna, ben]) {
    await researcher.record('PUT', at(participant), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
    await researcher.record('PUT', at(participant, '/consent'), { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, occurred: { at: '2026-01-12' } });
    await researcher.record('PUT', at(participant, '/enrolment'), { occurred: { at: '2026-01-12' } });
    await researcher.record('PUT', at(participant, `/episodes/${uuid('ep', 1)}/index-discharge`), { setting: 'crisis-team', occurred: { at: '2026-01-09' } });
  }
  [entry = ''] = (await visit(anna, 1, '2026-02-03')).events;
  const [twin = ''] = (await visit(anna, 2, '2026-02-03')).events;
  await dataManager.record('PUT', at(anna, `/queries/${uuid('qu', 1)}`), { topic: 'possible-duplicate', to: 'supervisor', entries: [entry, twin] });
  await investigator.record('PUT', at(anna, `/signatures/${uuid('si', 1)}`), { signer: 'osei', meaning: 'review', entries: [entry] });
});
afterAll(async () => {
  await database.close();
  await service.stop();
});

describe('a preview', () => {
  it('of a void tells what would go with it, and nothing is written', async () => {
    const before = await head();
    const [change, ...others] = await preview(dataManager, at(anna, `/entries/${entry}/void`), { why: 'duplicate' });
    expect(others).toEqual([]);
    expect(change).toMatchObject({ participant: anna, would: expect.arrayContaining(['EntryVoided', 'SignatureDropped', 'QueryClosed']), signaturesDropped: [uuid('si', 1)], queriesClosed: expect.arrayContaining([uuid('qu', 1)]), outcome: { changed: false } });
    expect(change?.counts.support).toContainEqual({ at: 'attended', before: 2, after: 1 });
    expect(change?.flags.gone).toContainEqual({ session, flag: 'possible-duplicate' });
    expect(change?.flags.gone).toContainEqual({ session: uuid('se', 2), flag: 'possible-duplicate' });
    expect(change?.flags.added).toEqual([]);
    expect(change?.state['support']?.map((each) => each.at)).toEqual([`sessions.${session}`]);
    expect(await head()).toEqual(before);
  });

  it('of an amendment tells the fields', async () => {
    const data = { session, minutes: 45, mode: 'telephone', worker: 'w1', punctuality: 'on-time' };
    const [change] = await preview(dataManager, at(anna, `/entries/${entry}/amend`), { data, occurred: { at: '2026-02-04T14:00:00+00:00' }, reason: { code: 'entry-error' } });
    expect(change).toMatchObject({ would: ['EntryAmended', 'SignatureDropped'], queriesClosed: [] });
    expect(change?.state['support']).toContainEqual({ at: `sessions.${session}.outcome.data.minutes`, before: 60, after: 45 });
    expect(change?.counts.support).toContainEqual({ at: 'lastContact', before: '2026-02-03', after: '2026-02-04' });
    expect(await preview(dataManager, at(anna, `/entries/${entry}/amend`), { data: { ...data, minutes: 60, mode: 'in-person' }, reason: { code: 'entry-error' } })).toMatchObject([{ would: [], state: {}, standing: [], signaturesDropped: [] }]);
  });

  it('of a reattribution tells both cases', async () => {
    const before = await head();
    const changes = await preview(dataManager, at(anna, `/entries/${entry}/reattribute`), { to: ben, reason: { code: 'wrong-participant' } });
    expect(changes.map(({ participant, would }) => [participant, [...new Set(would)]])).toEqual([[anna, ['EntryReattributed', 'SignatureDropped', 'QueryClosed']], [ben, ['EntryReattributed']]]);
    expect(changes[1]?.counts.support).toMatchObject([{ at: '', after: { attended: 1 } }]);
    expect(changes[1]?.flags.added).toContainEqual({ session, flag: 'not-offered' });
    expect(await head()).toEqual(before);
  });

  it('of the outcome tells both, to those who are masked nothing else', async () => {
    const { events } = await speaker(researcher).record('PUT', at(ben, `/episodes/${uuid('ep', 2)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-06-22', occurred: { at: '2026-06-21' } });
    const [change] = await preview(researcher, at(ben, `/entries/${events[0]}/void`), { why: 'entered-in-error' });
    expect(change).toMatchObject({ would: ['EntryVoided'], outcome: { before: { readmission: 'yes' }, after: { readmission: 'unknown' }, changed: true }, counts: { support: [], workbook: [] } });
    expect(Object.keys(change?.state ?? {})).toEqual(['acute']);
    const hidden = await speaker(researcher).ask('POST', `${at(anna, `/entries/${entry}/void`)}?preview`, { body: { why: 'duplicate' } });
    expect([hidden.status, codeOf(hidden)]).toEqual([404, 'entry-unknown']);
  });

  it('is refused as the correction is, honours If-Match when it is sent, and is logged as a read', async () => {
    const ask = (headers: Record<string, string>, body: object = { why: 'duplicate' }) => speaker(dataManager).ask('POST', `${at(anna, `/entries/${entry}/void`)}?preview=true`, { body, headers });
    expect((await onEtag(() => etag(anna, 'support'), (ifMatch) => ask({ 'if-match': ifMatch }))).status).toBe(200);
    expect(codeOf(await ask({ 'if-match': '"stale"' }))).toBe('stale');
    expect((await ask({}, { why: 'whim' })).status).toBe(400);
    expect(codeOf(await speaker(dataManager).ask('POST', `${at(anna, `/entries/${entry}/void`)}?preview=false`, { body: { why: 'duplicate' } }))).toBe('if-match-required');
    const permanent = (await speaker(dataManager).read<{ entries: { id: string; type: string }[] }>(at(anna, '/history'))).entries.find(({ type }) => type === 'ParticipantRegistered')?.id ?? '';
    expect(codeOf(await speaker(dataManager).ask('POST', `${at(anna, `/entries/${permanent}/void`)}?preview`, { body: { why: 'duplicate' } }))).toBe('entry-permanent');
    const log = await (await voiceOf(service, 'auditor')).read<{ items: { route: string; participants: string[] }[] }>('/v1/access-log?limit=200');
    expect(log.items.filter(({ route }) => route.endsWith('/void') || route.endsWith('/reattribute')).map(({ participants }) => participants)).toContainEqual([anna, ben]);
  });

  it('is what then happens', async () => {
    const [change] = await preview(dataManager, at(anna, `/entries/${entry}/void`), { why: 'duplicate' });
    const was = await summary(anna);
    const done = json(await onEtag(() => etag(anna, 'support'), (ifMatch) => speaker(dataManager).ask('POST', at(anna, `/entries/${entry}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': ifMatch } }))) as Receipt;
    const is = await summary(anna, done);
    expect(done.events).toHaveLength(change?.would.length ?? 0);
    expect(change?.counts.support.length).toBeGreaterThan(0);
    for (const { at: where, before, after } of change?.counts.support ?? []) expect([where, valueAt(was['support'], where), valueAt(is['support'], where)]).toEqual([where, before, after]);
  });
});

describe('two registrations of one person', () => {
  const merge = at(anna, `/merges/${ben}`);
  const because = { because: { code: 'registered-twice' } };

  it('are merged in a preview first: both cases, and nothing is written', async () => {
    await visit(ben, 7, '2026-02-03');
    const before = await head();
    const answer = await speaker(dataManager).ask('PUT', `${merge}?preview`, { body: because });
    const { cases } = json(answer) as { cases: Change[] };
    expect(cases.map(({ participant, would }) => [participant, would])).toEqual([[anna, ['ParticipantsMerged']], [ben, ['ParticipantsMerged']]]);
    expect(cases[0]?.counts.support).toContainEqual({ at: 'attended', before: 1, after: 2 });
    expect(cases[0]?.flags.added).toContainEqual({ session: uuid('se', 7), flag: 'possible-duplicate' });
    expect(cases[1]?.standing).toContainEqual({ at: 'stage', before: 'enrolled', after: 'merged' });
    expect(await head()).toEqual(before);
  });

  it('once merged are looked at together: what seems a duplicate across both is dismissed where the person lives on', async () => {
    const idOf = async (participant: string, n: number) => {
      const { entries } = await speaker(dataManager).read<{ entries: { id: string; type: string; data: { session?: string } }[] }>(at(participant, '/history'));
      return entries.find(({ type, data }) => type === 'SessionAttended' && data.session === uuid('se', n))?.id ?? '';
    };
    const [hers, other] = [await idOf(anna, 2), await idOf(ben, 7)];
    await speaker(dataManager).record('PUT', merge, because);
    const flagsOf = async (since: Receipt) => (await speaker(supervisor).read<{ items: { session: string; flags: string[] }[] }>(at(anna, '/sessions'), since)).items.find((each) => each.session === uuid('se', 7))?.flags;
    const asked = await speaker(dataManager).record('PUT', at(anna, `/queries/${uuid('qu', 2)}`), { topic: 'possible-duplicate', to: 'supervisor', entries: [hers, other] });
    expect(await flagsOf(asked)).toContain('possible-duplicate');
    const dismissed = await speaker(supervisor).record('PUT', at(anna, `/duplicates/${hers}/dismissal`), { others: [other] });
    expect(await flagsOf(dismissed)).not.toContain('possible-duplicate');
    expect(codeOf(await onEtag(() => etag(anna, 'support'), (ifMatch) => speaker(dataManager).ask('POST', at(anna, `/entries/${other}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': ifMatch } })))).toBe('other-registration');
    const signature = { signer: 'osei', meaning: 'review', entries: [hers, other] };
    expect(codeOf(await speaker(investigator).ask('PUT', at(anna, `/signatures/${uuid('si', 2)}`), { body: signature }))).toBe('other-registration');
    expect(codeOf(await speaker(dataManager).ask('POST', `${at(anna, `/entries/${hers}/reattribute`)}?preview`, { body: { to: ben, reason: { code: 'wrong-participant' } } }))).toBe('participant-merged');
  });

  it('are separated in a preview first', async () => {
    const { cases } = json(await speaker(dataManager).ask('DELETE', `${merge}?preview`, { body: because })) as { cases: Change[] };
    expect(cases[0]?.counts.support).toContainEqual({ at: 'attended', before: 2, after: 1 });
    expect(cases[1]?.standing).toContainEqual({ at: 'stage', before: 'merged', after: 'enrolled' });
  });
});
