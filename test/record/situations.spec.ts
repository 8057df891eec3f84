import type { Role } from '@cairn/access/roles.js';
import { protocol, site } from '@cairn/record/programme/examples.js';
import { codeOf, json, type Answer } from '../access/http.js';
import { positionOf } from '../access/position.js';
import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { startService, type Service } from '../service.js';

/* Situations 3, 4, 9 and 11 of DOMAIN.md, each with a participant of its own. */
let service: Service;
const voices = new Map<Role, Voice>();
const by = (role: Role): Voice => {
  const voice = voices.get(role);
  if (!voice) throw new Error(`Nobody speaks as ${role}.`);
  return voice;
};
const of = (n: number) => (rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;
const on = (day: string) => ({ occurred: { at: day } });
const held = { minutes: 60, mode: 'in-person', punctuality: 'on-time' };
const said = (answer: Answer) => [answer.status, answer.status === 200 ? undefined : codeOf(answer)];
interface Told {
  readonly id: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly occurred: object;
  readonly protocol?: { readonly version: string };
  readonly stands?: boolean;
  readonly data: { readonly session?: string };
}
const history = (at: (rest?: string) => string) => by('auditor').read<{ streams: Record<string, { etag: string }>; entries: Told[] }>(at('/history'));

async function enrolled(n: number, day: string, where = 's1'): Promise<(rest?: string) => string> {
  const at = of(n);
  await by('researcher').record('PUT', at(), { programme: 'core', site: where, ...on(day) });
  await by('researcher').record('PUT', at('/consent'), { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, ...on(day) });
  await by('researcher').record('PUT', at('/enrolment'), on(day));
  await by('supervisor').record('PUT', at('/worker'), { worker: 'w1', ...on(day) });
  return at;
}

beforeAll(async () => {
  service = await startService();
  for (const role of ['investigator', 'trial-manager', 'researcher', 'clinician', 'supervisor', 'worker', 'data-manager', 'auditor'] as const) voices.set(role, await voiceOf(service, role, { sites: ['s1', 's2'] }));
  await startProgramme(by('investigator'));
});
afterAll(() => service.stop());

describe('situation 3: the same session from two devices', () => {
  const [once, office, tablet] = [uuid('se', 1), uuid('se', 2), uuid('se', 3)];
  const start = '2026-02-03T14:00:00+00:00';
  const attend = (at: (rest?: string) => string, session: string, also: object = {}) => by('worker').ask('PUT', at(`/sessions/${session}/attendance`), { body: { ...held, ...on(start), ...also } });
  let at: (rest?: string) => string;

  beforeAll(async () => void (at = await enrolled(1, '2026-01-12')));

  it('under the same id is one event, whichever device was first', async () => {
    const [one, other] = await Promise.all([attend(at, once), attend(at, once, { via: 'offline' })]);
    expect([one.status, other.status]).toEqual([200, 200]);
    expect((await history(at)).entries.filter(({ data }) => data.session === once)).toHaveLength(1);
  });

  it('told differently under the same id, one is taken and the other is refused: the last never wins', async () => {
    const session = uuid('se', 9);
    const answers = await Promise.all([45, 60].map((minutes) => attend(at, session, { minutes, occurred: { at: '2026-02-10T14:00:00+00:00' } })));
    expect(answers.map(said).sort()).toEqual([[200, undefined], [409, 'already-recorded']]);
    const entries = (await history(at)).entries.filter(({ data }) => data.session === session);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.data).toMatchObject({ minutes: answers[0]?.status === 200 ? 45 : 60 });
  });

  it('under two ids both are kept and flagged, until a person voids one', async () => {
    const day = { occurred: { at: '2026-02-17T14:00:00+00:00' } };
    await attend(at, office, day);
    const second = json(await attend(at, tablet, { ...day, via: 'offline' })) as Receipt;
    const sessions = async (since: Receipt) => (await by('worker').read<{ items: { session: string; flags: string[] }[] }>(at('/sessions'), since)).items.filter(({ session }) => session === office || session === tablet);
    const both = await sessions(second);
    expect(both.map(({ flags }) => flags.includes('possible-duplicate'))).toEqual([true, true]);

    const entry = (await history(at)).entries.find(({ data }) => data.session === tablet)?.id;
    // A query about the two may be raised in between.
    const etag = async () => (await history(at)).streams['support']?.etag ?? '';
    const voided = json(await onEtag(etag, (ifMatch) => by('supervisor').ask('POST', at(`/entries/${entry}/void`), { body: { why: 'duplicate' }, headers: { 'if-match': ifMatch } }))) as Receipt;
    const left = (await sessions(voided)).filter(({ flags }) => flags.includes('possible-duplicate'));
    expect(left).toEqual([]);
    expect((await by('worker').read<{ support: { attended: number } }>(at(), voided)).support.attended).toBe(3);
    expect((await history(at)).entries.find(({ id }) => id === entry)).toMatchObject({ stands: false });
  });
});

describe('situation 4: a readmission found months later', () => {
  it('moves outcome and time from then on; as known before, they stay; and so does the dataset that was locked', async () => {
    const at = await enrolled(2, '2025-01-13');
    const outcome = async (since: Receipt) => (await by('researcher').read<{ outcome: object }>(at(), since)).outcome;
    const searched = await by('researcher').record('PUT', at('/outcome-window'), { sources: ['site-records'], searchedTo: '2026-01-31', noneFound: true, ...on('2026-02-01') });
    const before = { readmission: 'no', reason: 'searched-clear', timeDays: 365 };
    expect(await outcome(searched)).toMatchObject(before);
    const lock = { manifest: 'c'.repeat(64), position: await positionOf(service, 20), reason: 'primary-analysis' };
    for (const position of [searched.events[0], 'p_5Jx2', await positionOf(service, 1_000_000)]) {
      const nowhere = await by('data-manager').ask('PUT', '/v1/programmes/core/datasets/primary/lock', { body: { ...lock, position } });
      expect([said(nowhere), nowhere.body]).toEqual([[400, 'invalid'], expect.stringContaining('"field":"position"')]);
    }
    await by('data-manager').record('PUT', '/v1/programmes/core/datasets/primary/lock', lock);
    const cutAt = (await history(at)).entries.at(-1)?.recordedAt ?? '';

    const found = await by('researcher').record('PUT', at(`/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', ...on('2025-06-21') });
    expect(await outcome(found)).toMatchObject({ readmission: 'yes', day: 159, timeDays: 159 });
    const now = (await history(at)).entries.at(-1)?.recordedAt ?? '';
    const difference = await by('auditor').read<{ outcome: object }>(at(`/replay/difference?clock=recorded&from=${cutAt}&to=${now}`));
    expect(difference.outcome).toMatchObject({ before, after: { readmission: 'yes', day: 159 }, changed: true });
    const { datasets } = await by('data-manager').read<{ datasets: object }>('/v1/programmes/core');
    expect(datasets).toEqual({ primary: lock });
    const other = await by('data-manager').ask('PUT', '/v1/programmes/core/datasets/primary/lock', { body: { ...lock, manifest: 'd'.repeat(64) } });
    expect(said(other)).toEqual([409, 'dataset-locked']);
    const { datasets: masked } = await by('researcher').read<{ datasets: object }>('/v1/programmes/core');
    expect(masked).toEqual({ primary: { reason: 'primary-analysis' } });
  });
});

describe('situation 9: clocks', () => {
  let at: (rest?: string) => string;
  const attend = (n: number, start: string) => by('worker').ask('PUT', at(`/sessions/${uuid('hr', n)}/attendance`), { body: { ...held, ...on(start) } });

  beforeAll(async () => void (at = await enrolled(3, '2023-03-01')));

  it('in October half past one happens twice; the offset tells them apart, and the record’s order is that of its own entries', async () => {
    expect(said(await attend(2, '2025-10-26T01:30:00+00:00'))).toEqual([200, undefined]);
    const sooner = json(await attend(1, '2025-10-26T01:30:00+01:00')) as Receipt;
    const { entries } = await history(at);
    const visits = entries.filter(({ type }) => type === 'SessionAttended');
    expect(visits.map(({ data }) => data.session)).toEqual([uuid('hr', 2), uuid('hr', 1)]);
    expect(visits.map(({ occurred }) => occurred)).toEqual(['+00:00', '+01:00'].map((offset) => ({ at: `2025-10-26T01:30:00${offset}`, precision: 'minute', zone: 'Europe/London' })));
    expect(entries.map(({ recordedAt }) => recordedAt)).toEqual(entries.map(({ recordedAt }) => recordedAt).sort());
    const { items } = await by('auditor').read<{ items: Told[] }>(at('/timeline'), sooner);
    expect(items.filter(({ type }) => type === 'SessionAttended').map(({ data }) => data.session)).toEqual([uuid('hr', 1), uuid('hr', 2)]);
    const { state } = await by('auditor').read<{ state: { support: { sessions: object } } }>(at('/replay?asOf=2025-10-26T01:30:00%2B01:00'));
    expect(Object.keys(state.support.sessions)).toEqual([uuid('hr', 1)]);
  });

  it('in March half past one happens never, whatever a device says', async () => {
    for (const start of ['2026-03-29T01:30:00+00:00', '2026-03-29T01:30:00+01:00']) expect(said(await attend(3, start))).toEqual([400, 'invalid']);
    expect(said(await attend(3, '2026-03-29T01:30:00Z'))).toEqual([200, undefined]);
    expect((await history(at)).entries.at(-1)?.occurred).toMatchObject({ at: '2026-03-29T02:30:00+01:00' });
  });

  it('the leap day is there in leap years alone, and counts', async () => {
    expect(said(await attend(4, '2023-02-29'))).toEqual([400, 'invalid']);
    expect(said(await attend(4, '2024-02-29'))).toEqual([200, undefined]);
    const found = await by('researcher').record('PUT', at(`/episodes/${uuid('ep', 2)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-04-01', ...on('2024-02-29') });
    expect((await by('researcher').read<{ outcome: object }>(at(), found)).outcome).toMatchObject({ readmission: 'yes', day: 365 });
  });
});

describe('situation 11: an amendment in the middle of it', () => {
  const core = '/v1/programmes/core';
  const shorter = { ...protocol, plannedSessions: 1, outcomeWindowDays: 100 };

  it('is taken up site by site once it is approved, and judges nothing anew', async () => {
    const [here, there] = [await enrolled(4, '2026-01-12'), await enrolled(5, '2026-01-12', 's2')];
    const attend = (at: (rest?: string) => string, n: number, day: string) => by('worker').record('PUT', at(`/sessions/${uuid('am', n)}/attendance`), { ...held, ...on(`${day}T14:00:00+00:00`) });
    await attend(here, 1, '2026-02-03');
    const before = await attend(here, 2, '2026-02-10');
    const flagsOf = async (at: (rest?: string) => string, since: Receipt) => (await by('worker').read<{ items: { flags: string[] }[] }>(at('/sessions'), since)).items.map(({ flags }) => flags.includes('beyond-planned'));
    const judged = await flagsOf(here, before);

    await by('investigator').record('PUT', `${core}/protocols/2`, shorter);
    const activate = (where: string, code: string, name: string) => by('investigator').ask('PUT', `${core}/sites/${where}`, { body: { ...site, name, code, protocolVersion: '2', on: '2026-03-01' } });
    expect(said(await activate('s1', 'HX', site.name))).toEqual([409, 'amendment-not-approved']);
    await by('trial-manager').record('PUT', `${core}/protocols/2/approval`, { on: '2026-02-20', reference: 'REC 26/LO/0112, amendment 1' });
    expect(said(await activate('s1', 'HX', site.name))).toEqual([200, undefined]);
    expect(await by('researcher').read(core)).toMatchObject({ original: '1', approvals: { 2: { on: '2026-02-20' } } });

    await attend(here, 3, '2026-03-03');
    await attend(there, 4, '2026-03-03');
    const late = await attend(here, 5, '2026-02-17');
    const versions = async (at: (rest?: string) => string) => (await history(at)).entries.filter(({ type }) => type === 'SessionAttended').map(({ protocol: under }) => under?.version);
    expect(await versions(here)).toEqual(['1', '1', '2', '1']);
    expect(await versions(there)).toEqual(['1']);
    expect((await flagsOf(here, late)).slice(0, 2)).toEqual(judged);

    const found = await by('researcher').record('PUT', here(`/episodes/${uuid('ep', 3)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2026-09-14', ...on('2026-06-21') });
    expect((await by('researcher').read<{ outcome: object }>(here(), found)).outcome).toMatchObject({ readmission: 'yes', day: 160 });
    expect(await by('researcher').read(here())).toMatchObject({ protocolVersion: '1' });
  });
});
