import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import workbook from 'write-excel-file/node';
import { startService, type Service } from '../service.js';
import { cairn, fileOf, killingAt, type Said } from './cairn.js';
import { fileWith, programmeLines } from './history.js';

let dataDir: string;
let service: Service;
let places = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-import-spec-'));
  service = await startService({ dataDir });
  expect(await cairn(['record', await fileOf(fileWith(programmeLines))], { dataDir })).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await service.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

interface Report {
  readonly rows: readonly { readonly file: string; readonly row: number; readonly participant?: string; readonly outcome: string; readonly faults: readonly { readonly column?: string; readonly message: string; readonly code?: string }[] }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly sent: boolean;
}

/** A directory with these files in it, and the command run there. */
async function desk(files: Readonly<Record<string, string | Buffer>> = {}) {
  const directory = join(dataDir, 'desks', String(places++));
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const run = (...args: string[]): Promise<Said> => cairn(['import', ...args], { dataDir, env: { INIT_CWD: directory } });
  const here = (...args: string[]) => run(...args, '--programme', 'core', '--site', 's1');
  const report = async (...args: string[]) => JSON.parse((await here(...args, '--json')).stdout) as Report;
  return { directory, run, here, report };
}

const people = ['Participant number,Registered on,Consent given on,Consent to,Consent form version,Capacity,Enrolled on,Worker,Worker from'];
const person = (name: string) => `${name},12/01/2026,12/01/2026,contact; record-access,2.1,yes,12/01/2026,w1,14/01/2026`;
const held = ['Participant number,Session number,Offered on,Planned date,Planned time,Offer method,Mode,Outcome,Minutes,Worker'];
const session = (name: string, n: number, outcome = 'attended') => `${name},${n},16/01/2026,${String(n + 1).padStart(2, '0')}/03/2026,14:00,telephone,in-person,${outcome},55,w1`;
const csv = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;

async function ask<T>(path: string): Promise<T> {
  return (await (await fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${await service.token('auditor')}` } })).json()) as T;
}

interface History {
  readonly entries: readonly { readonly type: string; readonly source: string; readonly reason: unknown; readonly occurred: { readonly at: string }; readonly actor: { readonly id: string; readonly role: string } }[];
}

/** The histories of those whom one researcher registered, once the read models name `many` of them. */
async function registeredBy(researcher: string, many: number): Promise<History[]> {
  for (const until = Date.now() + 60_000; ; ) {
    const { items } = await ask<{ items: { participant: string }[] }>('/v1/participants?programme=core&limit=200');
    const histories = await Promise.all(items.map(({ participant }) => ask<History>(`/v1/participants/${participant}/history`)));
    const theirs = histories.filter(({ entries }) => entries[0]?.actor.id === researcher);
    if (theirs.length >= many || Date.now() > until) return theirs;
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

it('records a workbook of four tables once, however often it is imported, and only what a longer one adds', async () => {
  const { directory, report } = await desk({
    'participants.csv': csv(...people, person('T1'), person('T2')),
    'sessions.csv': csv(...held, session('T1', 1), session('T1', 2, 'DNA'), session('T2', 1, '6'), session('T1', 3, 'cancelled by client')),
    'sections.csv': csv('Participant number,Section,Started on,Completed on,Reported by', 'T1,recovery-means,02/03/2026,,'),
    'admissions.csv': csv('Participant number,Kind,Setting,Admitted on,Source,Found on,Discharged on', 'T1,index,crisis team,,,,09/01/2026', 'T1,admission,ward,21/06/2026,site-records,01/07/2026,03/07/2026'),
  });
  const files = ['admissions.csv', 'sections.csv', 'sessions.csv', 'participants.csv'];
  const first = await report(...files, '--as', 'researcher:leila');
  expect(first.rows.filter(({ outcome }) => outcome !== 'taken')).toMatchObject([{ file: 'sections.csv', outcome: 'wrong', faults: [{ code: expect.any(String) }] }]);
  expect(first.counts).toMatchObject({ taken: 8, wrong: 1 });
  const again = await report(...files, '--as', 'researcher:leila');
  expect(again.counts).toMatchObject({ taken: 0, 'already-there': 8, wrong: 1 });
  await writeFile(join(directory, 'sessions.csv'), csv(...held, session('T1', 1), session('T2', 2), session('T1', 2, 'DNA'), session('T2', 1, '6'), session('T1', 3, 'cancelled by client')));
  expect((await report(...files, '--as', 'researcher:leila')).rows.filter(({ outcome }) => outcome === 'taken')).toMatchObject([{ file: 'sessions.csv', row: 3, participant: 'T2' }]);
  const histories = await registeredBy('leila', 2);
  const entries = histories.flatMap((history) => history.entries);
  const count = (type: string) => entries.filter((entry) => entry.type === type).length;
  expect(['ParticipantRegistered', 'Enrolled', 'WorkerAssigned', 'SessionOffered', 'SessionAttended', 'SessionNotAttended', 'SessionCancelled', 'IndexDischargeRecorded', 'AdmissionFound', 'DischargeFound'].map(count)).toEqual([2, 2, 2, 5, 3, 1, 1, 1, 1, 1]);
  expect(entries).toEqual(entries.map(() => expect.objectContaining({ source: 'import', reason: { code: 'imported' } })));
  expect(JSON.stringify(histories)).not.toMatch(/\bT[12]\b/);
});

it('tells all that is wrong in a row, each with its column', async () => {
  const { report } = await desk({
    'participants.csv': csv(...people, 'V1,12/01/2036,12/01/2026,contact; fishing,,perhaps,13/01/2036,w1,'),
    'sessions.csv': csv(...held, 'V1,1,16/01/2026,02/03/2036,14:00,telephone,by boat,attended,900,'),
  });
  const { rows } = await report('participants.csv', 'sessions.csv', '--as', 'researcher:nobody', '--dry-run');
  expect(rows.map(({ faults }) => faults.map(({ column, message }) => `${column ?? ''}: ${message}`))).toEqual([
    [
      expect.stringMatching(/^Consent to: "fishing" is not one of/), expect.stringMatching(/^Capacity: "perhaps" is neither/), expect.stringMatching(/^Consent form version: is empty, and consent/),
      expect.stringMatching(/^Worker from: is empty, and a worker/), expect.stringMatching(/^Registered on: when is 2036-01-12, which has not happened yet/), expect.stringMatching(/^Enrolled on: when is 2036-01-13, which has not/),
    ],
    [expect.stringMatching(/^Mode: "by boat" is not one of/), expect.stringMatching(/^Worker: is empty, and the session took place/), expect.stringMatching(/^Planned date: when is 2036-03-02.* has not happened yet/), expect.stringMatching(/^Minutes: attendance: minutes must be <= 600/)],
  ]);
});

describe('a file with wrong rows', () => {
  const files = {
    'participants.csv': csv(...people, person('W1'), person('W2').replace('yes', 'perhaps')),
    'sessions.csv': csv(...held, session('W1', 1), session('W1', 2, 'came'), session('W1', 3).replace('55', ''), session('W1', 1), session('W9', 1), session('W2', 1), `${session('W1', 4)},more`, 'W1,5', session('943 476 5919', 1), '', session('W1', 6, '=1+1')),
  };

  it('is not sent at all, and each row is told with its column', async () => {
    const { report, here, directory } = await desk(files);
    const { rows, counts, sent } = await report('participants.csv', 'sessions.csv', '--as', 'researcher:nobody');
    expect(sent).toBe(false);
    expect(counts).toMatchObject({ fine: 2, wrong: 9, 'held-back': 1, taken: 0 });
    const wrong = rows.filter(({ outcome }) => outcome === 'wrong' || outcome === 'held-back').map(({ row, faults }) => `${row} ${faults.map(({ column = '', message }) => `${column}: ${message}`).join(' ')}`);
    expect(wrong).toEqual([
      expect.stringMatching(/^3 Capacity: "perhaps" is neither yes nor no/),
      expect.stringMatching(/^3 Outcome: "came" is not one of attended, .* mapping's "values"/),
      expect.stringMatching(/^4 Minutes: is empty, and the session took place/),
      expect.stringMatching(/^5 Session number: row 2 tells of the same one/),
      expect.stringMatching(/^6 Participant number: nobody is registered under "W9"/),
      expect.stringMatching(/^7 : row 3 of the participants is wrong/),
      expect.stringMatching(/^8 : has 11 cells, and the header 10/),
      expect.stringMatching(/^9 : has 2 cells, and the header 10/),
      expect.stringMatching(/^10 Participant number: holds what is an NHS number/),
      expect.stringMatching(/^12 Outcome: "=1\+1" is not one of/),
    ]);
    expect(await here('participants.csv', 'sessions.csv', '--dry-run', '--report', 'report.csv')).toMatchObject({ code: 1, stdout: expect.stringMatching(/WRONG +participants\.csv, row 3 \(W2\)\n +column "Capacity": "perhaps"[^]*Nothing was sent/) });
    expect(await readFile(join(directory, 'report.csv'), 'utf8')).toMatch(/^\uFEFFfile,sheet,row,participant,outcome,column,what,code\r\n/);
    expect(await registeredBy('nobody', 0)).toEqual([]);
  });

  it('has its right rows taken where that is asked for, and the rest once it is corrected', async () => {
    const { report, directory } = await desk(files);
    expect((await report('participants.csv', 'sessions.csv', '--take-good')).counts).toMatchObject({ taken: 2, wrong: 9, 'held-back': 1 });
    await writeFile(join(directory, 'participants.csv'), csv(...people, person('W1'), person('W2')));
    expect((await report('participants.csv', 'sessions.csv', '--take-good')).counts).toMatchObject({ taken: 2, 'already-there': 2, wrong: 8 });
  });

  it('never brings a formula into the report', async () => {
    const { here, directory } = await desk({
      'participants.csv': csv(...people, person('"=HYPERLINK(""http://x"")"'), person('@SUM(A1)'), person('-7')),
      'sessions.csv': csv(held[0]?.replace('Outcome', '=Outcome') ?? '', session('-7', 1, '=1+1')),
      'mapping.json': JSON.stringify({ format: 'cairn-mapping/1', tables: { sessions: { columns: { '=Outcome': 'outcome' } } } }),
    });
    expect(await here('participants.csv', 'sessions.csv', '--mapping', 'mapping.json', '--report', 'report.csv')).toMatchObject({ code: 1 });
    const report = await readFile(join(directory, 'report.csv'), 'utf8');
    expect(report).toContain(",'-7,");
    expect(report).toContain(",'=Outcome,");
    for (const line of report.split(/\r\n/)) expect(line).not.toMatch(/(^|,)"?[=+@-]/);
  });
});

describe('the columns', () => {
  it('may be any, by a mapping that says which is which and what their words mean', async () => {
    const mapping = {
      format: 'cairn-mapping/1', programme: 'core', site: 's1', namespace: 'a-spec-of-imports', dates: 'month-first', because: { code: 'paper-log-returned' }, people: { supervisor: 'helen', researcher: 'mapped' },
      tables: {
        participants: { columns: { Client: 'participant', Since: 'registered', 'Full name': 'ignore' } },
        sessions: { from: 'Contacts', columns: { Client: 'participant', No: 'session', When: 'planned', Came: { field: 'outcome', values: { Y: 'attended', N: 'no-warning' } }, Mins: 'minutes', Notes: 'ignore' }, constants: { mode: 'telephone', worker: 'w1' } },
      },
    };
    const { run, directory } = await desk({
      'mapping.json': JSON.stringify(mapping),
      'clients.csv': csv('Client;Full name;Since', 'M1;Ann Smith;1/12/2026'),
      'Contacts 2026.csv': csv('Client;No;When;Came;Mins;Notes;Room', 'M1;1;3/15/2026 2.30pm;Y;50;Ann was well;4', 'M1;2;3/22/2026 2.30pm;n;;;'),
    });
    await writeFile(join(directory, 'mapping.json'), JSON.stringify({ ...mapping, tables: { ...mapping.tables, sessions: { ...mapping.tables.sessions, from: 'Contacts 2026' } } }));
    const said = await run('participants=clients.csv', 'Contacts 2026.csv', '--mapping', 'mapping.json');
    expect(said).toMatchObject({ code: 0, stdout: '3 rows: 3 taken.\n', stderr: 'Contacts 2026.csv: the column "Room" is not taken.\n' });
    const [history] = await registeredBy('mapped', 1);
    const attended = history?.entries.find(({ type }) => type === 'SessionAttended');
    expect(attended).toMatchObject({ occurred: { at: '2026-03-15T14:30:00+00:00' }, actor: { id: 'helen', role: 'supervisor' }, reason: { code: 'paper-log-returned' } });
    expect(JSON.stringify(history)).not.toContain('Ann');
  });

  it('are refused before anything is sent where they may hold who people are, are doubled, missing, or mapped wrongly', async () => {
    const { here, directory } = await desk({
      'participants.csv': csv('Participant number,NHS number,Registered on,Registered on,Forename', 'C1,9434765919,12/01/2026,13/01/2026,Ann'),
      'sessions.csv': csv('Participant number,Planned date', 'C1,12/01/2026'),
      'mapping.json': JSON.stringify({ format: 'cairn-mapping/1', tables: { sessions: { columns: { Attended: 'outcome' } } } }),
    });
    const { code, stderr } = await here('participants.csv', 'sessions.csv', '--mapping', 'mapping.json', '--take-good');
    expect(code).toBe(2);
    for (const words of [/column "NHS number": seems to hold an NHS or hospital number/, /column "Forename": seems to hold a name/, /column "Registered on": is "Registered on" \(registered\), and so is the column/, /column "Attended": the mapping names this column, and the file has none/, /no column is "Outcome" \(outcome\)/]) expect(stderr).toMatch(words);
    await writeFile(join(directory, 'mapping.json'), JSON.stringify({ format: 'cairn-mapping/1', zone: 3, tables: { sessions: { columns: { Attended: 'attendance', Came: { field: 'outcome', values: { Y: 'yes' } } } }, visits: {} } }));
    const wrong = await here('participants.csv', '--mapping', 'mapping.json');
    for (const words of ['"zone" must be a text', 'column "Attended" is mapped to "attendance", which is no field', 'means "yes", which is not one of attended', '"tables" has "visits"']) expect(wrong.stderr).toContain(words);
  });

  it('and what is no table, no service, or no place is refused in words', async () => {
    const { directory, here, run } = await desk({ 'participants.csv': csv(...people, person('X1')), 'list.csv': 'a,b\n', 'empty-sessions.csv': '', 'notes.docx': 'x' });
    expect(await here('list.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('What list.csv holds is not known') });
    expect(await here('empty-sessions.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('has no row of headers') });
    expect(await here('notes.docx')).toMatchObject({ code: 2, stderr: expect.stringContaining('neither .csv nor .xlsx') });
    expect(await here('nowhere.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read (ENOENT)') });
    await mkdir(join(directory, 'sessions.csv'));
    expect(await here('sessions.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('is no file') });
    expect(await run('participants.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('The programme is not said') });
    expect(await run('participants.csv', '--programme', 'core', '--site', 's9')).toMatchObject({ code: 2, stderr: expect.stringContaining('has no site "s9"') });
    expect(await here('participants.csv', '--as', 'auditor:x')).toMatchObject({ code: 2, stderr: expect.stringContaining('the roles that tell what is imported are researcher, supervisor, clinician') });
  });
});

it('reads a workbook: dates as Excel keeps them, numbers as names, and no row whose formula has no value', async () => {
  const date = (text: string) => ({ value: new Date(text), type: Date, format: 'dd/mm/yyyy hh:mm' }) as const;
  const content = await workbook([
    { sheet: 'Participants', data: [['Participant number', 'Registered on'], [4711, date('2026-01-12T00:00:00Z')]] },
    { sheet: 'Sessions', data: [['Participant number', 'Planned date', 'Outcome', 'Minutes', 'Mode', 'Worker'], [4711, date('2026-03-05T14:30:00Z'), 5, 55, 'Phone', 'w1'], [4711, date('2026-03-12T14:30:00Z'), 5, { value: '=D2', type: 'Formula' }, 'Phone', 'w1']] },
  ]).toBuffer();
  const { report } = await desk({ 'book.xlsx': content });
  const { rows } = await report('book.xlsx', '--take-good', '--as', 'supervisor:workbook-helen');
  expect(rows).toMatchObject([{ sheet: 'Participants', outcome: 'taken' }, { sheet: 'Sessions', participant: '4711', row: 2, outcome: 'taken' }, { row: 3, outcome: 'wrong', faults: [{ column: 'Minutes', message: expect.stringMatching(/is a formula without a value; open the workbook in Excel/) }] }]);
});

it('goes on where it was killed: every row is recorded once, whenever that was', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `K${n}`);
  const { directory, report } = await desk({ 'participants.csv': csv(...people, ...names.map(person)), 'sessions.csv': csv(...held, ...[1, 2, 3, 4, 5].flatMap((n) => names.map((name) => session(name, n)))) });
  const args = ['import', 'participants.csv', 'sessions.csv', '--programme', 'core', '--site', 's1', '--as', 'researcher:killed', '--json'];
  const killedAfter = async (rows: number) => {
    const { code, stdout } = await cairn(args, { dataDir, env: { INIT_CWD: directory, ...killingAt(rows) } });
    expect(code).toBeNull();
    return stdout.match(/"taken"/g)?.length ?? 0;
  };
  expect(await killedAfter(5)).toBeGreaterThan(0);
  expect(await killedAfter(25)).toBeGreaterThan(0);
  const { counts } = await report('participants.csv', 'sessions.csv', '--as', 'researcher:killed');
  expect(counts).toMatchObject({ wrong: 0, 'held-back': 0 });
  expect((counts['taken'] ?? 0) + (counts['already-there'] ?? 0)).toBe(72);
  expect(counts['already-there']).toBeGreaterThan(20);
  expect((await report('participants.csv', 'sessions.csv', '--as', 'researcher:killed')).counts).toMatchObject({ taken: 0, 'already-there': 72 });
  const histories = await registeredBy('killed', names.length);
  expect(histories.map(({ entries }) => entries.length)).toEqual(names.map(() => 4 + 2 * 5));
});

it('writes templates that it reads again, and whose example it leaves out', async () => {
  const { run, here, report } = await desk();
  expect(await run('template')).toMatchObject({ code: 0 });
  expect(await run('template', '--xlsx')).toMatchObject({ code: 0 });
  expect(await run('template', 'sessions')).toMatchObject({ code: 2, stderr: expect.stringContaining('already; it is not written over') });
  expect((await report('participants.csv', 'sessions.csv', 'sections.csv', 'admissions.csv')).counts).toMatchObject({ example: 4, wrong: 0 });
  expect(await here('cairn-import.xlsx', '--dry-run')).toMatchObject({ code: 0, stdout: "4 rows: 4 the template's example. Nothing was sent.\n" });
});
