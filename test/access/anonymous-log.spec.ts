import { startService, type Service } from '../service.js';
import { codeOf, header, type Answer } from './http.js';
import { caughtUp, startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';

/*
 * DOMAIN.md "The logs". Two programmes with the very same fourteen participants, so that what becomes of one of them in the one can be
 * compared with what becomes of another in the other.
 */
const PEOPLE = 14;
const programmes = ['alder', 'birch'] as const;
type Programme = (typeof programmes)[number];
const participantOf = (programme: Programme, n: number) => uuid(programme, n);
const sessionOf = (programme: Programme, n: number) => uuid(`${programme.slice(0, 2)}s`, n);
const at = (programme: Programme, n: number, rest = '') => `/v1/participants/${participantOf(programme, n)}${rest}`;

let service: Service;
let analyst: Voice;
let worker: Voice;
let last: Receipt;
/** The entries of attendance, by programme and person. */
const attendances = new Map<string, Receipt>();

beforeAll(async () => {
  service = await startService();
  analyst = await voiceOf(service, 'analyst');
  worker = await voiceOf(service, 'worker', { subject: 'the-worker' });
  const investigator = await voiceOf(service, 'investigator');
  for (const programme of programmes) {
    await startProgramme(investigator, programme);
    // Not in the same order: what was recorded when must not show.
    const order = Array.from({ length: PEOPLE }, (_, n) => (programme === 'alder' ? n : PEOPLE - 1 - n));
    for (const n of order) await recordPerson(programme, n);
  }
});
afterAll(() => service.stop());

async function recordPerson(programme: Programme, n: number): Promise<void> {
  const [researcher, supervisor] = [await voiceOf(service, 'researcher'), await voiceOf(service, 'supervisor')];
  const day = String((n % 3) + 10);
  const occurred = { at: `2024-01-${day}` };
  await researcher.record('PUT', at(programme, n), { programme, site: 's1', occurred });
  await researcher.record('PUT', at(programme, n, '/screening'), { criteria: [{ code: 'crisis-care', met: true }], result: 'eligible', occurred, because: { code: 'told-late', text: 'Words of her own.' } });
  await supervisor.record('PUT', at(programme, n, '/worker'), { worker: 'the-worker', occurred });
  await worker.record('PUT', at(programme, n, '/workbook'), { version: '1', delivery: n < 3 ? 'post' : 'in-person', occurred });
  const visit = { session: sessionOf(programme, n), minutes: 47, mode: 'in-person', place: 'home', punctuality: 'on-time', occurred: { at: `2024-02-${day}T10:07:00+00:00` } };
  last = await worker.record('POST', at(programme, n, '/visits'), { ...visit, sections: [{ section: 'moving-on', progress: 'completed' }, ...(n === 0 ? [{ section: 'ambitions', progress: 'started' }] : [])] });
  attendances.set(`${programme} ${n}`, last);
}

async function log(programme: string, format = 'ndjson'): Promise<Answer> {
  await caughtUp(await voiceOf(service, 'investigator'), 'alder', last);
  return analyst.ask('GET', `/v1/anonymous-log?programme=${programme}&format=${format}`);
}

interface Trailer {
  readonly programme: string;
  readonly k: number;
  readonly rows: number;
  readonly generalised: number;
  readonly withheld: number;
}
type LogRow = Record<'kind' | 'period' | 'mode' | 'outcome' | 'section', string>;

const columns = ['kind', 'period', 'mode', 'outcome', 'section'] as const;
const lines = ({ body }: Answer) => body.trimEnd().split('\n');
const rowsOf = (answer: Answer) => lines(answer).slice(0, -1).map((line) => JSON.parse(line) as LogRow);
const trailerOf = (answer: Answer) => (JSON.parse(lines(answer).at(-1) ?? '') as { trailer: Trailer }).trailer;

describe('its shape', () => {
  it('is five columns and a trailer in NDJSON', async () => {
    const answer = await log('alder');
    expect([answer.status, header(answer, 'content-type')]).toEqual([200, expect.stringMatching(/^application\/x-ndjson\b/)]);
    for (const row of rowsOf(answer)) expect(Object.keys(row)).toEqual([...columns]);
    expect(Object.keys(trailerOf(answer))).toEqual(['programme', 'k', 'rows', 'generalised', 'withheld']);
  });

  it('is the same in CSV', async () => {
    const [csv, ndjson] = [await log('alder', 'csv'), await log('alder')];
    expect([csv.status, header(csv, 'content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const [head, ...rest] = lines(csv);
    expect(head).toBe('kind,period,mode,outcome,section');
    expect(rest.slice(0, -1)).toEqual(rowsOf(ndjson).map((row) => columns.map((column) => row[column]).join(',')));
    expect(rest.at(-1)).toBe(`# ${Object.entries(trailerOf(ndjson)).map(([name, value]) => `${name}=${value}`).join(' ')}`);
  });

  it('is sorted by its columns', async () => {
    const keys = rowsOf(await log('alder')).map((row) => JSON.stringify(columns.map((column) => row[column])));
    expect(keys).toEqual([...keys].sort());
    expect(keys.length).toBeGreaterThan(4 * PEOPLE);
  });
});

describe('what is in it', () => {
  it('a row an event, of what at least k people share', async () => {
    const rows = rowsOf(await log('alder'));
    const kinds = Map.groupBy(rows, ({ kind }) => kind);
    expect(kinds.get('session-attended')).toHaveLength(PEOPLE);
    expect(new Set(kinds.get('session-attended')?.map((row) => JSON.stringify(row))).size).toBe(1);
    expect(kinds.get('session-attended')?.[0]).toMatchObject({ mode: 'in-person', outcome: 'on-time', section: '' });
    expect(kinds.get('section-completed')?.[0]).toMatchObject({ section: 'moving-on' });
    expect(kinds.get('screened')?.[0]).toMatchObject({ outcome: 'eligible' });
  });

  it('one person’s own section is in no row, and those withheld with it are enough to hide whose it was', async () => {
    const answer = await log('alder');
    expect(answer.body).not.toContain('ambitions');
    const { withheld, rows, k, programme } = trailerOf(answer);
    expect([programme, k, rows]).toEqual(['alder', 10, rowsOf(answer).length]);
    expect(withheld).toBeGreaterThanOrEqual(k);
  });

  it('every event is counted once: shown, or withheld', async () => {
    const { rows, withheld, generalised } = trailerOf(await log('alder'));
    // Registered, screened, assigned, issued, attended, completed; and the one who started another section.
    expect(rows + withheld).toBe(6 * PEOPLE + 1);
    expect(generalised).toBeLessThanOrEqual(rows);
  });

  it('no identifier, number, name, text, day or time, in either format', async () => {
    for (const format of ['ndjson', 'csv']) {
      const { body } = await log('alder', format);
      expect(body).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/i);
      expect(body).not.toMatch(/HX-|the-worker|s1\b|hexley|Words of her own|told-late|moving-on-|"?47"?/i);
      expect(body).not.toMatch(/\d\d:\d\d|T\d\d/);
      for (const [date = ''] of body.matchAll(/\d{4}-\d\d-\d\d.{0,5}/g)) {
        expect(date).toMatch(/\/P28D$/);
        expect(((Date.parse(date.slice(0, 10)) - Date.parse('1970-01-05')) / 86_400_000) % 28).toBe(0);
      }
    }
  });

  it('nothing of the order of recording: the same people recorded the other way round give the same log', async () => {
    expect(lines(await log('alder')).slice(0, -1)).toEqual(lines(await log('birch')).slice(0, -1));
    expect({ ...trailerOf(await log('birch')), programme: 'alder' }).toEqual(trailerOf(await log('alder')));
  });
});

describe('what is asked for', () => {
  it('is one programme that there is', async () => {
    const unknown = await log('willow');
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'programme-unknown']);
    for (const query of ['', '?programme=', '?programme=..', '?programme=alder&format=xml', '?programme=alder&k=1', '?programme=alder&programme=birch']) {
      expect([query, (await analyst.ask('GET', `/v1/anonymous-log${query}`)).status]).toEqual([query, 400]);
    }
  });
  it('of a programme without events is only the trailer', async () => {
    await startProgramme(await voiceOf(service, 'investigator'), 'empty');
    const answer = await log('empty');
    expect(lines(answer)).toEqual([JSON.stringify({ trailer: { programme: 'empty', k: 10, rows: 0, generalised: 0, withheld: 0 } })]);
  });
});

describe('two logs, before and after one participant’s correction', () => {
  async function correct(programme: Programme, n: number, verb: 'amend' | 'void', body: object): Promise<void> {
    const { events, etag } = attendances.get(`${programme} ${n}`) ?? { events: [], etag: '' };
    last = await worker.record('POST', at(programme, n, `/entries/${events[0]}/${verb}`), body, { 'if-match': etag });
  }
  const amended = (programme: Programme, n: number) => ({ data: { session: sessionOf(programme, n), minutes: 12, mode: 'telephone', worker: 'the-worker', punctuality: 'late' }, reason: { code: 'entry-error', text: 'It was another day.' } });
  const text = async (programme: Programme) => (await log(programme)).body.replace(`"programme":"${programme}"`, '"programme":"either"');

  it('do not reveal whose entry was amended', async () => {
    const before = await text('alder');
    await correct('alder', 4, 'amend', amended('alder', 4));
    await correct('birch', 9, 'amend', amended('birch', 9));
    const after = await text('alder');
    expect(after).toBe(await text('birch'));
    expect(after).not.toBe(before);
    // A telephone call of one person is a cell of one: it is shown to nobody.
    expect(after).not.toMatch(/telephone|entry-amended|another day/);
  });

  it('nor whose was voided, nor that a correction is a correction', async () => {
    await correct('alder', 6, 'void', { why: 'entered-in-error' });
    await correct('birch', 11, 'void', { why: 'entered-in-error' });
    expect(await text('alder')).toBe(await text('birch'));
    expect(await text('alder')).not.toMatch(/void|amend|correct/);
  });
});
