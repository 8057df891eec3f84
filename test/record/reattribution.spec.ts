import { codeOf, json, type Answer } from '../access/http.js';
import { onEtag, startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import { startService, type Service } from '../service.js';

/* Situation 2 of DOMAIN.md: the wrong participant. Anna and Ben are of one site, Cora is of another, Dora's programme is another. */
let service: Service;
const voices: Record<string, Voice> = {};
const [anna, ben, cora, dora, nobody] = [1, 2, 3, 4, 404].map((n) => uuid('p', n)) as [string, string, string, string, string];
const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const by = (role: string): Voice => voices[role] ?? (() => { throw new Error(`Nobody speaks as ${role}.`); })();
const visit = (participant: string, n: number, day = '2026-02-03') =>
  by('supervisor').record('PUT', at(participant, `/sessions/${uuid('se', n)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', worker: 'w1', occurred: { at: `${day}T14:00:00+00:00` }, because: { code: 'told-late', text: 'The van broke down.' } });
const etag = async (participant: string, stream = 'support') => (await by('data-manager').read<{ streams: Record<string, { etag: string }> }>(at(participant, '/history'))).streams[stream]?.etag ?? '';
const move = (entry: string, from: string, to: string, { stream = 'support', role = 'data-manager' } = {}): Promise<Answer> =>
  onEtag(() => etag(from, stream), (ifMatch) => by(role).ask('POST', at(from, `/entries/${entry}/reattribute`), { body: { to, reason: { code: 'wrong-participant' } }, headers: { 'if-match': ifMatch } }));
const moved = async (...args: Parameters<typeof move>) => {
  const answer = await move(...args);
  if (answer.status !== 200) throw new Error(answer.body);
  return json(answer) as Receipt;
};
const said = (answer: Answer) => [answer.status, codeOf(answer)];
const sessionsOf = async (participant: string, since?: Receipt) => (await by('supervisor').read<{ items: { session: string; minutes: number; flags: string[] }[] }>(at(participant, '/sessions'), since)).items;
const attendedOf = async (participant: string, since?: Receipt) => (await by('supervisor').read<{ support?: { attended: number } }>(at(participant), since)).support?.attended ?? 0;

beforeAll(async () => {
  service = await startService();
  for (const role of ['researcher', 'supervisor', 'data-manager', 'investigator', 'auditor'] as const) voices[role] = await voiceOf(service, role, { sites: ['s1', 's2'] });
  voices['here'] = await voiceOf(service, 'supervisor', { sites: ['s1'] });
  for (const programme of ['core', 'other']) await startProgramme(by('investigator'), programme);
  for (const [participant, programme, site] of [[anna, 'core', 's1'], [ben, 'core', 's1'], [cora, 'core', 's2'], [dora, 'other', 's1']] as const) {
    await by('researcher').record('PUT', at(participant), { programme, site, occurred: { at: '2026-01-12' } });
    await by('researcher').record('PUT', at(participant, '/consent'), { scopes: ['contact'], formVersion: '2', capacity: true, occurred: { at: '2026-01-12' } });
    await by('researcher').record('PUT', at(participant, '/enrolment'), { occurred: { at: '2026-01-12' } });
  }
});
afterAll(() => service.stop());

describe('a visit recorded for the wrong participant', () => {
  let entry: string;

  it('is moved on both streams at once; both histories show it, and every view of both', async () => {
    [entry = ''] = (await visit(anna, 1)).events;
    const receipt = await moved(entry, anna, ben);
    expect(receipt.events).toHaveLength(2);
    expect([await attendedOf(anna, receipt), await attendedOf(ben, receipt)]).toEqual([0, 1]);
    const history = async (participant: string) => (await by('auditor').read<{ entries: { id: string; type: string; stands?: boolean; data: object }[] }>(at(participant, '/history'))).entries;
    expect((await history(anna)).find(({ id }) => id === entry)).toMatchObject({ stands: false });
    for (const [participant, event] of [[anna, receipt.events[0]], [ben, receipt.events[1]]] as const)
      expect((await history(participant)).find(({ id }) => id === event)).toMatchObject({ type: 'EntryReattributed', data: { entry, from: anna, to: ben } });
    const { items } = await by('auditor').read<{ items: { id: string; type: string }[] }>(at(ben, '/timeline'), receipt);
    expect(items.find(({ id }) => id === entry)).toMatchObject({ type: 'SessionAttended', source: 'api', reason: { code: 'told-late' } });
  });

  it('does not come back when the tablet sends it again', async () => {
    const again = await visit(anna, 1);
    expect(again.events).toEqual([entry]);
    expect([await attendedOf(anna, again), await attendedOf(ben, again)]).toEqual([0, 1]);
  });

  it('keeps its reason: it is late there as it was here, and not unexplained', async () => {
    expect((await sessionsOf(ben)).find(({ session }) => session === uuid('se', 1))?.flags).toEqual(['not-offered', 'late-entry']);
  });

  it('moved to the same once more is nothing; corrected where it left, it says so', async () => {
    expect((await moved(entry, anna, ben)).events).toEqual([]);
    const headers = { 'if-match': await etag(anna) };
    expect(said(await by('data-manager').ask('POST', at(anna, `/entries/${entry}/void`), { body: { why: 'duplicate' }, headers }))).toEqual([409, 'entry-moved']);
  });

  it('is corrected where it stands, then moved back as it is then, and on again', async () => {
    const data = { session: uuid('se', 1), minutes: 45, mode: 'telephone', worker: 'w1', punctuality: 'on-time' };
    await by('data-manager').record('POST', at(ben, `/entries/${entry}/amend`), { data, reason: { code: 'entry-error' } }, { 'if-match': await etag(ben) });
    const back = await moved(entry, ben, anna);
    expect(await sessionsOf(anna, back)).toMatchObject([{ session: uuid('se', 1), minutes: 45 }]);
    expect(await attendedOf(ben, back)).toBe(0);
    const again = await moved(entry, anna, ben);
    expect(await sessionsOf(ben, again)).toMatchObject([{ minutes: 45 }]);
  });

  it('once voided there is final there', async () => {
    await by('data-manager').record('POST', at(ben, `/entries/${entry}/void`), { why: 'entered-in-error' }, { 'if-match': await etag(ben) });
    expect(said(await move(entry, ben, anna))).toEqual([409, 'entry-voided']);
    const headers = { 'if-match': await etag(ben) };
    expect(said(await by('data-manager').ask('POST', at(ben, `/entries/${entry}/amend`), { body: { data: {}, reason: { code: 'entry-error' } }, headers }))).toEqual([409, 'entry-voided']);
  });
});

describe('it is refused', () => {
  it('to another programme or site, to the same, and to whom the caller does not reach', async () => {
    const [entry = ''] = (await visit(anna, 2, '2026-02-05')).events;
    expect(said(await move(entry, anna, dora))).toEqual([409, 'other-programme']);
    expect(said(await move(entry, anna, cora))).toEqual([409, 'other-site']);
    expect(said(await move(entry, anna, anna))).toEqual([409, 'same-participant']);
    for (const to of [cora, nobody]) expect(said(await move(entry, anna, to, { role: 'here' }))).toEqual([404, 'participant-unknown']);
  });

  it('of what everything rests on, of what is not there, and of corrections', async () => {
    const { entries } = await by('data-manager').read<{ entries: { id: string; type: string }[] }>(at(anna, '/history'));
    const id = (type: string) => entries.find((entry) => entry.type === type)?.id ?? '';
    for (const type of ['ParticipantRegistered', 'Enrolled']) expect([type, ...said(await move(id(type), anna, ben, { stream: 'participant' }))]).toEqual([type, 409, 'entry-stays']);
    expect(said(await move(uuid('none', 1), anna, ben))).toEqual([404, 'entry-unknown']);
    expect(said(await move(id('EntryReattributed'), anna, ben))).toEqual([409, 'not-an-entry']);
  });

  it('where the session has an outcome already, and where the workbook was never issued, and says which', async () => {
    const [twice = ''] = (await visit(anna, 3, '2026-02-06')).events;
    await visit(ben, 3, '2026-02-07');
    const clash = await move(twice, anna, ben);
    expect(said(clash)).toEqual([409, 'session-has-outcome']);
    expect(clash.body).toContain(uuid('se', 3));
    await by('data-manager').record('PUT', at(anna, '/workbook'), { version: '1', delivery: 'in-person', occurred: { at: '2026-01-20' } });
    const [section = ''] = (await by('supervisor').record('PUT', at(anna, '/workbook/sections/recovery-means/completion'), { reporter: 'worker', occurred: { at: '2026-02-06' } })).events;
    const never = await move(section, anna, ben, { stream: 'workbook' });
    expect(said(never)).toEqual([409, 'entry-needed']);
    expect(never.body).toContain('workbook version 1');
  });

  it('without If-Match, on a stale one, and to those who may not tell such facts', async () => {
    const [entry = ''] = (await visit(anna, 4, '2026-02-08')).events;
    const body = { to: ben, reason: { code: 'wrong-participant' } };
    const ask = (role: string, headers = {}) => by(role).ask('POST', at(anna, `/entries/${entry}/reattribute`), { body, headers });
    expect(said(await ask('data-manager'))).toEqual([428, 'if-match-required']);
    expect(said(await ask('data-manager', { 'if-match': '"stale"' }))).toEqual([412, 'stale']);
    expect(said(await ask('auditor', { 'if-match': '"stale"' }))).toEqual([403, 'role-not-allowed']);
    expect(said(await ask('researcher', { 'if-match': '"stale"' }))).toEqual([404, 'entry-unknown']);
  });
});
