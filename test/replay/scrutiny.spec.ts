import { startService, type Service } from '../service.js';
import { codeOf } from '../access/http.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';

/* What changed between two points on either clock, and one entry whole. ICH E6(R3) 4.2.2, 4.2.4. */
const participant = uuid('p', 1);
const [first, second] = [uuid('se', 1), uuid('se', 2)];
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const visit = (session: string, day: string) => [at(`/sessions/${session}/attendance`), { minutes: 60, mode: 'in-person', punctuality: 'on-time', occurred: { at: `2024-02-${day}T10:00:00+00:00` } }] as const;

interface Difference {
  readonly came: { id: string; type: string }[];
  readonly went: { entry: { id: string }; by?: { type: string; reason: { code: string }; actor: { id?: string } } }[];
  readonly amended: { entry: { id: string }; changes: { field: string; label: string; former?: unknown; present?: unknown }[]; by: { reason: { code: string } }[] }[];
  readonly state: Record<string, { before: { sessions?: Record<string, unknown> }; after: { sessions?: Record<string, unknown> }; changed: boolean }>;
  readonly outcome: { before: { readmission: string }; after: { readmission: string }; changed: boolean };
}

let service: Service;
let auditor: Voice;
let researcher: Voice;
let attended: [string, string];
/** Instants between what was recorded: before the sessions, after them, after the corrections. */
const marks: string[] = [];
const mark = async () => {
  await new Promise((done) => setTimeout(done, 5));
  marks.push(new Date().toISOString());
  await new Promise((done) => setTimeout(done, 5));
};

beforeAll(async () => {
  service = await startService();
  await startProgramme(await voiceOf(service, 'investigator'));
  researcher = await voiceOf(service, 'researcher');
  const worker = await voiceOf(service, 'worker');
  auditor = await voiceOf(service, 'auditor');
  const on = (day: string) => ({ occurred: { at: day } });
  await researcher.record('PUT', at(), { programme: 'core', site: 's1', ...on('2024-01-12') });
  await researcher.record('PUT', at('/consent'), { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, ...on('2024-01-13') });
  await researcher.record('PUT', at('/enrolment'), on('2024-01-14'));
  await (await voiceOf(service, 'supervisor')).record('PUT', at('/worker'), { worker: 'w1', ...on('2024-01-16') });
  await mark();
  const receipts: Receipt[] = [];
  for (const [path, body] of [visit(first, '01'), visit(second, '08')]) receipts.push(await worker.record('PUT', path, body));
  attended = receipts.map(({ events }) => events[0] ?? '') as [string, string];
  await mark();
  const data = { session: first, minutes: 45, mode: 'telephone', worker: 'w1', punctuality: 'on-time' };
  const amended = await worker.record('POST', at(`/entries/${attended[0]}/amend`), { data, reason: { code: 'entry-error', text: 'It was a call.' } }, { 'if-match': receipts[1]?.etag ?? '' });
  await worker.record('POST', at(`/entries/${attended[1]}/void`), { why: 'duplicate' }, { 'if-match': amended.etag });
  await researcher.record('DELETE', at('/consent/contact'), on('2024-03-01'));
  await researcher.record('PUT', at(`/episodes/${uuid('ep', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-09-14', ...on('2024-06-20') });
  await mark();
});
afterAll(() => service.stop());

const difference = (voice: Voice, query: string) => voice.read<Difference>(at(`/replay/difference?${query}`));

describe('what changed on the clock of the record', () => {
  it('is what came, when nothing was corrected', async () => {
    const { came, went, amended, state, outcome } = await difference(auditor, `from=${marks[0]}&to=${marks[1]}`);
    expect(came.map(({ id }) => id)).toEqual(attended);
    expect([went, amended, outcome.changed]).toEqual([[], [], false]);
    expect(Object.entries(state).map(([stream, { changed }]) => [stream, changed])).toEqual([['participant', false], ['support', true], ['workbook', false], ['acute', false]]);
    expect([state['support']?.before.sessions, Object.keys(state['support']?.after.sessions ?? {})]).toEqual([{}, [first, second]]);
  });

  it('names what was amended field by field, what went and by which correction, and what follows for the outcome', async () => {
    const { came, went, amended, outcome } = await difference(auditor, `from=${marks[1]}&to=${marks[2]}`);
    expect(came.map(({ type }) => type)).toEqual(['ConsentScopeWithdrawn', 'AdmissionFound']);
    expect(amended).toMatchObject([{ entry: { id: attended[0] }, by: [{ reason: { code: 'entry-error' } }] }]);
    expect(amended[0]?.changes).toEqual([{ field: 'minutes', label: 'minutes', former: 60, present: 45 }, { field: 'mode', label: 'mode', former: 'in-person', present: 'telephone' }]);
    expect(went).toMatchObject([{ entry: { id: attended[1] }, by: { type: 'EntryVoided', reason: { code: 'duplicate' }, actor: { id: 'w1' } } }]);
    expect([outcome.before.readmission, outcome.after.readmission, outcome.changed]).toEqual(['unknown', 'yes', true]);
  });

  it('is nothing between a point and itself', async () => {
    const { came, went, amended, state } = await difference(auditor, `from=${marks[1]}&to=${marks[1]}`);
    expect([came, went, amended, Object.values(state).some(({ changed }) => changed)]).toEqual([[], [], [], false]);
  });

  it('holds for masked roles only what is in streams they see', async () => {
    const answer = await difference(researcher, `from=${marks[0]}&to=${marks[2]}`);
    expect(Object.keys(answer.state)).toEqual(['participant', 'acute']);
    expect(answer.came.map(({ type }) => type)).toEqual(['ConsentScopeWithdrawn', 'AdmissionFound']);
    expect([answer.went, answer.amended]).toEqual([[], []]);
  });
});

describe('what changed on the clock of the world', () => {
  it('is what happened in between, as the record stands now', async () => {
    const { came, amended, outcome } = await difference(auditor, 'clock=happened&from=2024-01-31&to=2024-02-29');
    expect(came.map(({ id }) => id)).toEqual([attended[0]]);
    expect([amended, outcome.changed]).toEqual([[], false]);
  });
  it('takes a date to the end of its day in the programme’s zone', async () => {
    const { came } = await difference(auditor, 'clock=happened&from=2024-06-19&to=2024-06-20');
    expect(came.map(({ type }) => type)).toEqual(['AdmissionFound']);
  });
});

it.each([['from=2024-02-02&to=2024-02-01'], ['from=2024-02-02'], ['from=never&to=2024-02-02'], ['from=2024-02-30&to=2024-03-01'], ['from=2024-02-01&to=2024-02-02&clock=mine']])('%s is no question', async (query) => {
  const answer = await auditor.ask('GET', at(`/replay/difference?${query}`));
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid']);
});

describe('one entry', () => {
  const entry = <Body>(voice: Voice, id: string) => voice.read<Body>(at(`/entries/${id}`));

  it('has every value it had, each with its author, role, times, source and reason', async () => {
    const found = await entry<{ stands: boolean; values: object[]; entry: { protocol: object } }>(auditor, attended[0]);
    expect(found.stands).toBe(true);
    expect(found.entry).toMatchObject({ type: 'SessionAttended', data: { minutes: 60, mode: 'in-person' }, protocol: { programme: 'core', site: 's1', version: '1' } });
    expect(found.values).toMatchObject([
      { data: { minutes: 60 }, actor: { id: 'w1', role: 'worker', site: 's1' }, source: 'api', occurred: { at: '2024-02-01T10:00:00+00:00' }, changes: [] },
      { data: { minutes: 45 }, actor: { id: 'w1' }, reason: { code: 'entry-error' }, changes: [{ label: 'minutes', former: 60, present: 45 }, { label: 'mode' }] },
    ]);
    expect(JSON.stringify(found)).not.toContain('It was a call.');
  });
  it('that was voided stays readable, and says so', async () => {
    expect(await entry(auditor, attended[1])).toMatchObject({ stands: false, entry: { data: { minutes: 60 } }, corrections: [{ type: 'EntryVoided', data: { why: 'duplicate' } }] });
  });
  it('has the consent in force when it happened, and not what was withdrawn later', async () => {
    const given = { contact: { given: true, on: '2024-01-13' }, 'record-access': { given: true, on: '2024-01-13' } };
    expect(await entry(auditor, attended[0])).toMatchObject({ consent: { whenItHappened: given, knownWhenRecorded: given } });
  });
  it('on a stream that reveals the arm is none to a masked role', async () => {
    const answers = await Promise.all([attended[0], uuid('ev', 404)].map((id) => researcher.ask('GET', at(`/entries/${id}`), { headers: { 'x-request-id': 'same' } })));
    expect(answers[0]).toEqual(answers[1]);
    expect([answers[0]?.status, answers[0] && codeOf(answers[0])]).toEqual([404, 'entry-unknown']);
  });
});
