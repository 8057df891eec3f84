import { startService, type Service } from '../service.js';
import { codeOf, header, send } from './http.js';
import { caughtUp, startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';

interface Line {
  readonly month: string;
  readonly cells: Readonly<Record<string, number | '*'>>;
  readonly medianWaitDays: number | null;
}

let service: Service;
let manager: Voice;
let last: Receipt;
beforeAll(async () => {
  service = await startService();
  await startProgramme(await voiceOf(service, 'investigator'));
  manager = await voiceOf(service, 'trial-manager');
  const [researcher, supervisor] = await Promise.all([voiceOf(service, 'researcher'), voiceOf(service, 'supervisor')]);
  // Twelve people: all have a first session in February and another in April, three of them by telephone; one session of January is not recorded.
  for (let n = 1; n <= 12; n++) {
    const at = (rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;
    const on = (day: string) => ({ occurred: { at: day } });
    await researcher.record('PUT', at(), { programme: 'core', site: 's1', ...on('2024-01-10') });
    await researcher.record('PUT', at('/consent'), { scopes: ['contact', 'record-access'], formVersion: '1', capacity: true, ...on('2024-01-10') });
    await researcher.record('PUT', at('/enrolment'), on('2024-01-15'));
    await supervisor.record('PUT', at('/worker'), { worker: 'w1', ...on('2024-01-16') });
    await supervisor.record('PUT', at(`/sessions/${uuid('a', n)}/offer`), { plannedStart: '2024-01-30T10:00:00+00:00', mode: 'in-person', method: 'telephone', ...on('2024-01-20') });
    await supervisor.record('PUT', at(`/sessions/${uuid('b', n)}/attendance`), { minutes: 60, mode: n <= 3 ? 'telephone' : 'in-person', punctuality: 'on-time', worker: 'w1', ...on(`2024-02-${String(n + 3).padStart(2, '0')}T10:00:00+00:00`) });
    last = await supervisor.record('PUT', at(`/sessions/${uuid('c', n)}/attendance`), { minutes: 60, mode: 'in-person', punctuality: n === 1 ? 'late' : 'on-time', worker: 'w1', ...on('2024-04-09T10:00:00+01:00') });
  }
  await caughtUp(manager, 'core', last);
});
afterAll(() => service.stop());

const table = async () => manager.read<{ policy: object; months: Line[]; all: Line }>('/v1/lead-table?programme=core');

describe("the lead's table", () => {
  it('counts month by month, months without anything included, and keeps what is unknown apart', async () => {
    const { months, all, policy } = await table();
    expect(policy).toEqual({ version: '1', suppressed: '1-7', roundedTo: 5 });
    expect(months.map(({ month }) => month)).toEqual(['2024-01', '2024-02', '2024-03', '2024-04']);
    expect(months[0]?.cells).toMatchObject({ offered: 10, unrecorded: 10, 'code-0': 0, 'code-5': 0 });
    expect(months[1]?.cells).toMatchObject({ 'first-sessions': 10, offered: 0 });
    expect(months[2]?.cells).toMatchObject({ offered: 0, 'code-5': 0, 'mode-in-person': 0 });
    expect(all.cells).toMatchObject({ offered: 10, unrecorded: 10, 'first-sessions': 10 });
  });

  it('gives the median wait only where enough people stand behind it', async () => {
    const { months, all } = await table();
    // Sessions on the 4th to the 15th of February after enrolment on 15 January: 20 to 31 days.
    expect([months[1]?.medianWaitDays, all.medianWaitDays, months[3]?.medianWaitDays]).toEqual([26, 26, null]);
  });

  it('withholds one to seven, and with them whatever would give them away', async () => {
    const { months, all } = await table();
    const [, february, , april] = months;
    // Three by telephone and nine in person make twelve on time: either of the shown two would tell the third.
    expect([february?.cells['mode-telephone'], april?.cells['code-6'], all.cells['code-6']]).toEqual(['*', '*', '*']);
    for (const line of [february, april, all]) {
      const attended = ['code-5', 'code-6', 'mode-in-person', 'mode-telephone', 'mode-video'].map((name) => line?.cells[name]);
      expect(attended.filter((cell) => cell === '*')).not.toHaveLength(1);
      for (const cell of Object.values(line?.cells ?? {})) if (cell !== '*') expect(cell % 5).toBe(0);
    }
  });

  it('comes as CSV with the policy it was made by, and refuses a policy or programme it does not know', async () => {
    const csv = await manager.ask('GET', '/v1/lead-table?programme=core&format=csv');
    expect(header(csv, 'content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.body.split('\n')[0]).toMatch(/^month,offered,declined,code-5,/);
    expect(csv.body).toMatch(/\n# programme=core policy=1 withheld=1-7 rounded=5\n$/);
    const answer = await manager.ask('GET', '/v1/lead-table?programme=none');
    expect([answer.status, codeOf(answer)]).toEqual([404, 'programme-unknown']);
    expect((await manager.ask('GET', '/v1/lead-table?programme=core&policy=9')).status).toBe(400);
    expect((await send(service.url, { method: 'GET', path: '/v1/lead-table?programme=core', token: await service.token('researcher') })).status).toBe(403);
  });
});
