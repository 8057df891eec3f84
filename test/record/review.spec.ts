import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { codeOf, json } from '../access/http.js';
import { startService, type Service } from '../service.js';

/* What people say of entries: situation 3 of DOMAIN.md, late entries that wait for a supervisor, queries, signatures that fall. */
let service: Service;
let [researcher, worker, supervisor, dataManager, investigator]: Voice[] = [];
const participant = uuid('p', 1);
const at = (rest = '', who = participant) => `/v1/participants/${who}${rest}`;
const visit = (n: number, day = '2026-02-03') => voice(worker).record('PUT', at(`/sessions/${uuid('se', n)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: `${day}T14:00:00+00:00` } });
const entryOf = ({ events }: Receipt) => events[0] ?? '';

interface Query {
  readonly query: string;
  readonly open: boolean;
  readonly closed?: { readonly resolution: string; readonly by: { readonly role: string } };
}

beforeAll(async () => {
  service = await startService();
  const signer = { subject: 'osei', name: 'Prof. David Osei' };
  [researcher, worker, supervisor, dataManager, investigator] = [await voiceOf(service, 'researcher'), await voiceOf(service, 'worker'), await voiceOf(service, 'supervisor'), await voiceOf(service, 'data-manager'), await voiceOf(service, 'investigator', signer)];
  await startProgramme(investigator);
  await researcher.record('PUT', at(), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
  await researcher.record('PUT', at('/consent'), { scopes: ['contact'], formVersion: '2', capacity: true, occurred: { at: '2026-01-12' } });
  await researcher.record('PUT', at('/enrolment'), { occurred: { at: '2026-01-12' } });
  await supervisor.record('PUT', at('/worker'), { worker: 'w1', occurred: { at: '2026-01-13' } });
});
afterAll(() => service.stop());

function voice(known: Voice | undefined): Voice {
  if (!known) throw new Error('The service has not started.');
  return known;
}

const flagsOf = async (session: string, since: Receipt) => (await voice(supervisor).read<{ items: { session: string; flags: string[] }[] }>(at('/sessions'), since)).items.find((each) => each.session === session)?.flags ?? [];
const queriesOf = async (by: Voice | undefined, since?: Receipt) => (await voice(by).read<{ items: Query[] }>(at('/queries'), since)).items;
const queryOf = async (query: string, since: Receipt) => (await queriesOf(supervisor, since)).find((each) => each.query === query);
const etag = async () => (await voice(dataManager).read<{ streams: { support: { etag: string } } }>(at('/history'))).streams.support.etag;
const correct = async (verb: string, entry: string, body: object) => {
  const answer = await onEtag(etag, (ifMatch) => voice(dataManager).ask('POST', at(`/entries/${entry}/${verb}`), { body, headers: { 'if-match': ifMatch } }));
  if (answer.status !== 200) throw new Error(answer.body);
  return json(answer) as Receipt;
};

describe('the same visit from two devices', () => {
  it('under one id is one event', async () => {
    const first = await visit(1);
    expect((await visit(1)).events).toEqual(first.events);
  });

  it('under two ids is kept twice and flagged, until a person says that they are two', async () => {
    const [one, other] = [await visit(2, '2026-02-10'), await visit(3, '2026-02-10')];
    expect(await flagsOf(uuid('se', 2), other)).toContain('possible-duplicate');
    const query = uuid('qu', 1);
    await voice(dataManager).record('PUT', at(`/queries/${query}`), { topic: 'possible-duplicate', to: 'supervisor', entries: [entryOf(one), entryOf(other)] });
    const dismissed = await voice(supervisor).record('PUT', at(`/duplicates/${entryOf(one)}/dismissal`), { others: [entryOf(other)], because: { code: 'two-visits', text: 'Morning and evening.' } });
    expect(await voice(supervisor).record('PUT', at(`/duplicates/${entryOf(one)}/dismissal`), { others: [entryOf(other)], because: { code: 'two-visits', text: 'Morning and evening.' } })).not.toHaveProperty('unrecorded');
    // The record may have asked by itself meanwhile, and closes what it asked as well.
    expect(dismissed.events.length).toBeGreaterThanOrEqual(2);
    expect((await voice(supervisor).record('PUT', at(`/duplicates/${entryOf(other)}/dismissal`), { others: [entryOf(one)] })).events).toEqual([]);
    for (const n of [2, 3]) expect(await flagsOf(uuid('se', n), dismissed)).not.toContain('possible-duplicate');
    expect(await queryOf(query, dismissed)).toMatchObject({ open: false, closed: { resolution: 'confirmed', by: { role: 'supervisor' } } });
  });

  it('or voids one of them', async () => {
    const [one, other] = [await visit(4, '2026-02-17'), await visit(5, '2026-02-17')];
    const query = uuid('qu', 2);
    await voice(dataManager).record('PUT', at(`/queries/${query}`), { topic: 'possible-duplicate', to: 'supervisor', entries: [entryOf(one), entryOf(other)] });
    const voided = await correct('void', entryOf(other), { why: 'duplicate' });
    expect(await flagsOf(uuid('se', 4), voided)).not.toContain('possible-duplicate');
    expect(await queryOf(query, voided)).toMatchObject({ open: false, closed: { resolution: 'corrected' } });
  });
});

it('a late entry is flagged until a supervisor stands for it', async () => {
  const late = await visit(6, '2026-01-20');
  expect(await flagsOf(uuid('se', 6), late)).toContain('late-entry-without-reason');
  const query = uuid('qu', 3);
  await voice(dataManager).record('PUT', at(`/queries/${query}`), { topic: 'attestation', to: 'supervisor', entries: [entryOf(late)] });
  expect((await voice(worker).ask('PUT', at(`/entries/${entryOf(late)}/attestation`), { body: {} })).status).toBe(403);
  const own = await voice(supervisor).record('PUT', at(`/sessions/${uuid('se', 90)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1', occurred: { at: '2026-01-27T10:00:00+00:00' } });
  expect(codeOf(await voice(supervisor).ask('PUT', at(`/entries/${entryOf(own)}/attestation`), { body: {} }))).toBe('own-entry');
  const attested = await voice(supervisor).record('PUT', at(`/entries/${entryOf(late)}/attestation`));
  expect(await voice(supervisor).record('PUT', at(`/entries/${entryOf(late)}/attestation`), { because: { code: 'diary-seen' } })).toEqual({ events: [], etag: expect.any(String), unrecorded: ['because'] });
  expect((await voice(supervisor).record('PUT', at(`/entries/${entryOf(late)}/attestation`))).events).toEqual(attested.events);
  expect(await flagsOf(uuid('se', 6), attested)).toEqual(['not-offered']);
  expect(await queryOf(query, attested)).toMatchObject({ open: false, closed: { resolution: 'confirmed' } });
});

describe('a query', () => {
  const query = uuid('qu', 4);

  it('is raised, answered, closed; the same again is nothing, another word is refused', async () => {
    const [entry] = (await visit(7, '2026-02-24')).events;
    const raise = { topic: 'data', to: 'worker', entries: [entry], text: 'The diary says forty minutes.' };
    const raised = await voice(supervisor).record('PUT', at(`/queries/${query}`), raise);
    expect((await voice(supervisor).record('PUT', at(`/queries/${query}`), raise)).events).toEqual(raised.events);
    expect(codeOf(await voice(supervisor).ask('PUT', at(`/queries/${query}`), { body: { ...raise, to: 'clinician' } }))).toBe('already-recorded');
    const open = await voice(worker).read<{ items: { query: string; text: string; studyNumber: string }[] }>('/v1/queries?to=worker', raised);
    expect(open.items).toMatchObject([{ query, text: 'The diary says forty minutes.', studyNumber: 'HX-0001-S' }]);
    await voice(worker).record('PUT', at(`/queries/${query}/answer`), { text: 'It was sixty.' });
    expect(codeOf(await voice(worker).ask('PUT', at(`/queries/${query}/answer`), { body: { text: 'It was forty.' } }))).toBe('already-recorded');
    const closed = await voice(supervisor).record('PUT', at(`/queries/${query}/closure`), { resolution: 'confirmed' });
    expect((await voice(supervisor).read<{ items: Query[] }>('/v1/queries?to=worker', closed)).items).toEqual([]);
    expect(await queryOf(query, closed)).toMatchObject({ open: false, text: 'The diary says forty minutes.', answered: { text: 'It was sixty.' } });
  });

  it('pages through what is open, everything once', async () => {
    let last: Receipt | undefined;
    for (let n = 10; n < 15; n++) last = await voice(dataManager).record('PUT', at(`/queries/${uuid('qu', n)}`), { topic: 'planning', to: 'supervisor', about: 'support' });
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page: { items: Query[]; next?: string } = await voice(supervisor).read(`/v1/queries?limit=2&topic=planning${next && `&cursor=${next}`}`, last);
      seen.push(...page.items.map((each) => each.query));
      next = page.next;
    }
    expect(seen).toEqual([10, 11, 12, 13, 14].map((n) => uuid('qu', n)));
  });

  it('on a stream that masked roles see shows to them, of the others nothing, and tells nobody the arm', async () => {
    const raised = await voice(dataManager).record('PUT', at(`/queries/${uuid('qu', 20)}`), { topic: 'consent', to: 'researcher', about: 'participant', text: 'Which form?' });
    const seen = await queriesOf(researcher, raised);
    expect(seen.map((each) => each.query)).toEqual([uuid('qu', 20)]);
    expect(JSON.stringify(seen)).not.toMatch(/Which form|data-manager-s1/);
    const refused = await voice(dataManager).ask('PUT', at(`/queries/${uuid('qu', 21)}`), { body: { topic: 'data', to: 'worker', about: 'acute' } });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'query-tells-arm']);
    const [entry] = (await visit(30, '2026-02-25')).events;
    for (const where of [{ entries: [entry] }, { about: 'workbook' }]) {
      const unseen = await voice(dataManager).ask('PUT', at(`/queries/${uuid('qu', 24)}`), { body: { topic: 'data', to: 'researcher', ...where } });
      expect([unseen.status, codeOf(unseen)]).toEqual([409, 'query-unseen']);
      expect(unseen.body).toContain('worker, supervisor, clinician, data-manager, investigator');
    }
    for (const path of [`/queries/${query}/answer`, `/queries/${uuid('none', 1)}/answer`]) {
      const unknown = await voice(researcher).ask('PUT', at(path), { body: { text: 'I see.' } });
      expect([unknown.status, codeOf(unknown)]).toEqual([404, 'query-unknown']);
    }
    expect((await voice(supervisor).ask('PUT', at(`/queries/${uuid('qu', 22)}`), { body: { topic: 'other', to: 'data-manager', about: 'participant' } })).status).toBe(403);
    expect((await voice(researcher).ask('PUT', at(`/queries/${uuid('qu', 23)}`), { body: { topic: 'other', to: 'data-manager', about: 'support' } })).status).toBe(400);
  });
});

describe('a signature', () => {
  const [first, second] = [uuid('si', 1), uuid('si', 2)];
  let entries: string[];
  const sign = (by: Voice | undefined, signature: string, signer: string) => voice(by).ask('PUT', at(`/signatures/${signature}`), { body: { signer, meaning: 'approval', entries } });
  const signatures = async (by = investigator) => (await voice(by).read<{ signatures: { signature: string; stands: boolean; matches: boolean; name?: string }[] }>(at(`/entries/${entries[0]}/signatures`))).signatures;

  it('is given by the signer alone, with a name, and bound to what stands', async () => {
    entries = [entryOf(await visit(8, '2026-03-03')), entryOf(await visit(9, '2026-03-10'))];
    for (const [by, signer, code] of [[dataManager, 'osei', 'not-your-signature'], [dataManager, 'data-manager-s1', 'signer-unnamed']] as const) {
      const refused = await sign(by, first, signer);
      expect([refused.status, codeOf(refused)]).toEqual([409, code]);
    }
    const given = json(await sign(investigator, first, 'osei')) as Receipt;
    expect((json(await sign(investigator, first, 'osei')) as Receipt).events).toEqual(given.events);
    expect(await signatures()).toMatchObject([{ signature: first, stands: true, matches: true, name: 'Prof. David Osei' }]);
  });

  it('falls in the same step as its data changes, and is given anew under another id', async () => {
    const amended = await correct('amend', entries[1] ?? '', { data: { session: uuid('se', 9), minutes: 45, mode: 'telephone', worker: 'w1', punctuality: 'on-time' }, reason: { code: 'entry-error' } });
    expect(amended.events).toHaveLength(2);
    const history = await voice(dataManager).read<{ entries: { id: string; type: string; data: object }[] }>(at('/history'));
    expect(history.entries.find(({ id }) => id === amended.events[1])).toMatchObject({ type: 'SignatureDropped', data: { signature: first, entry: entries[1] } });
    expect(await signatures()).toMatchObject([{ signature: first, stands: false, matches: false }]);
    expect(codeOf(await sign(investigator, uuid('si', 1), 'osei'))).toBe('signature-dropped');
    await sign(investigator, second, 'osei');
    expect(await signatures()).toMatchObject([{ signature: first, stands: false }, { signature: second, stands: true, matches: true }]);
  });

  it('cannot be voided, and is of no entry that the caller may not see', async () => {
    const history = await voice(dataManager).read<{ entries: { id: string; type: string }[] }>(at('/history'));
    const signed = history.entries.find(({ type }) => type === 'DataSigned')?.id ?? '';
    const refused = await voice(dataManager).ask('POST', at(`/entries/${signed}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': await etag() } });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'entry-permanent']);
    expect((await voice(researcher).ask('GET', at(`/entries/${entries[0]}/signatures`))).status).toBe(404);
  });
});

it('remarks on several streams are made once for each', async () => {
  const { entries } = await voice(dataManager).read<{ entries: { id: string; stream: string }[] }>(at('/history'));
  const of = (stream: string) => entries.find((entry) => entry.stream === stream)?.id;
  const refused = await voice(dataManager).ask('PUT', at(`/queries/${uuid('qu', 30)}`), { body: { topic: 'data', to: 'data-manager', entries: [of('participant'), of('support')] } });
  expect([refused.status, codeOf(refused)]).toEqual([409, 'several-streams']);
});
