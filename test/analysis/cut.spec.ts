import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import type { Manifest } from '@cairn/analysis/manifest.js';
import type { CodebookEntry } from '@cairn/analysis/codebook.js';
import { uuid, voiceOf, type Voice } from '../access/programme.js';
import { cairn, type Said } from '../cli/cairn.js';
import { ask, ownDirectory } from '../cli/place.js';
import { startService, type Service } from '../service.js';
import { at, furnish, participantOf, type House } from './house.js';

const PEOPLE = 3;
const shown = ['participants', 'sessions', 'sections', 'episodes', 'outcomes', 'figures'];

describe('a cut', () => {
  let places: Awaited<ReturnType<typeof ownDirectory>>;
  let service: Service;
  let dataDir: string;
  let house: House;
  beforeAll(async () => {
    places = await ownDirectory();
    dataDir = places.at();
    service = await startService({ dataDir });
    house = await furnish(service, PEOPLE);
  });
  afterAll(async () => {
    await service.stop();
    await places.remove();
  });

  const make = (name: string, ...args: string[]): Promise<Said> => cairn(['cut', name, '--programme', 'plain', '--out', places.at(name), '--json', ...args], { dataDir });
  const manifestOf = ({ code, stderr, stdout }: Said): Manifest => {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Manifest;
  };
  const file = (name: string, of: string): Promise<Buffer> => readFile(join(places.at(name), of));
  const everything = async (name: string): Promise<Record<string, string>> =>
    Object.fromEntries(await Promise.all(readdirSync(places.at(name)).sort().map(async (of) => [of, (await file(name, of)).toString('base64')] as const)));
  /** None of what is cut here holds a comma or a quote. */
  const csv = async (name: string, view: string): Promise<string[][]> => (await file(name, `${view}.csv`)).toString().trimEnd().split('\n').map((line) => line.split(','));
  const codebookOf = async (name: string): Promise<CodebookEntry[]> => JSON.parse((await file(name, 'codebook.json')).toString()) as CodebookEntry[];

  it('holds every view of an open programme, its codebook, and a manifest that names each file by its hash', async () => {
    const manifest = manifestOf(await make('first'));
    expect(manifest).toMatchObject({ name: 'first', programme: 'plain', pooled: false, versions: { cairn: expect.any(String), protocols: ['1'], workbooks: ['1'] } });
    expect(Object.fromEntries(manifest.files.map(({ file: of, rows }) => [of, rows]))).toMatchObject({ 'participants.csv': PEOPLE, 'sessions.csv': 2 * PEOPLE, 'sections.parquet': PEOPLE, 'episodes.csv': PEOPLE, 'outcomes.parquet': PEOPLE });
    for (const { file: of, sha256 } of manifest.files) expect([of, createHash('sha256').update(await file('first', of)).digest('hex')]).toEqual([of, sha256]);
    const text = (await Promise.all(shown.map((view) => file('first', `${view}.csv`)))).join('');
    for (let n = 1; n <= PEOPLE; n++) expect(text).not.toContain(participantOf('plain', n));
    expect(text).not.toMatch(/[A-Z]{2}-\d{4}-|\bw1\b/);
  });

  it('has a line in its codebook for every column, with the codes of the fields it is told by', async () => {
    const book = await codebookOf('first');
    for (const view of shown) expect([view, (await csv('first', view))[0]]).toEqual([view, book.filter((entry) => entry.view === view).map(({ column }) => column)]);
    expect(book.find(({ view, column }) => view === 'sessions' && column === 'mode')?.codes).toEqual({ 'in-person': 'in person', telephone: 'telephone', video: 'video' });
    expect(book.find(({ view, column }) => view === 'sessions' && column === 'minutes')).toMatchObject({ class: 'linked', revealsAllocation: true, minimum: 1, maximum: 600, unit: 'minutes' });
    expect(book.filter(({ class: disclosure }) => disclosure === 'worker' || disclosure === 'personal')).toEqual([]);
    const told = await house.investigator.read<{ columns: unknown }>('/v1/codebook');
    expect(told.columns).toEqual(book);
    expect((await house.investigator.ask('GET', '/v1/codebook?format=csv')).body).toBe((await file('first', 'codebook.csv')).toString());
  });

  it('says the same in Parquet as in CSV, read back by another library', async () => {
    const book = await codebookOf('first');
    for (const view of shown) {
      const [names = [], ...lines] = await csv('first', view);
      const table = tableFromIPC(readParquet(await file('first', `${view}.parquet`)).intoIPCStream());
      expect(table.schema.fields.map(({ name }) => name)).toEqual(names);
      const types = book.filter((entry) => entry.view === view).map(({ type }) => type);
      const rows = table.toArray().map((row: Record<string, string | number | boolean | bigint | null>) => names.map((name, index) => textOf(types[index], row[name])));
      expect([view, rows]).toEqual([view, lines]);
      expect(lines.length).toBeGreaterThan(0);
    }
  });

  it('gives the same bytes after later facts and corrections, found there or lost, and a new cut tells what is different', async () => {
    const before = await everything('first');
    const { position } = JSON.parse((await file('first', 'manifest.json')).toString()) as Manifest;
    await laterFacts(house.worker, house.researcher);

    expect((await cairn(['cut', 'first', '--programme', 'plain', '--out', places.at('first')], { dataDir })).stdout).toContain('was made again: the same bytes');
    await rm(places.at('first'), { recursive: true });
    manifestOf(await make('first', '--at', position));
    expect(await everything('first')).toEqual(before);

    const second = manifestOf(await make('second', '--since', places.at('first')));
    expect(second.difference).toMatchObject({ since: { name: 'first' }, counts: { sessions: { added: 1, gone: 1, changed: 1 }, outcomes: { changed: 1 }, episodes: { added: 1 } } });
    const changes = (await csv('second', 'difference')).slice(1).map(([view, change, , column, former, now]) => [view, change, column, former, now].join(' '));
    expect(changes).toEqual(expect.arrayContaining(['sessions changed minutes 55 45', 'outcomes changed readmission_day 158 81', 'participants changed sessions_attended 2 1', 'sessions gone   ', 'sessions added   ']));
    // A session that is gone leaves its neighbour of that day alone.
    expect(changes).toContain('sessions changed possible_duplicate true false');
    expect(manifestOf(await make('second')).difference).toEqual(second.difference);
    const told = await cairn(['difference', places.at('first'), places.at('second'), '--csv'], { dataDir });
    expect(told).toEqual({ code: 0, stderr: '', stdout: (await file('second', 'difference.csv')).toString() });
    // By their names, where `cairn cut` puts them.
    symlinkSync(places.at('.'), places.at('cuts'));
    expect(await cairn(['difference', 'first', 'second', '--csv'], { dataDir, env: { INIT_CWD: places.at('.') } })).toEqual(told);
  });

  it('has no token in common with another cut, nor with the views', async () => {
    const tokens = async (name: string) => (await csv(name, 'participants')).slice(1).map(([token]) => token ?? '');
    const [one, other] = [await tokens('first'), await tokens('second')];
    const live = JSON.parse((await cairn(['sql', '--json', '--run', 'select participant from participants'], { dataDir })).stdout) as { participant: string }[];
    expect(new Set([...one, ...other, ...live.map(({ participant }) => participant)]).size).toBe(3 * PEOPLE);
    expect(one).toEqual([...one].sort());
  });

  it('is of figures alone while a masked programme is not unblinded, and says why', async () => {
    const said = await cairn(['cut', 'masked', '--programme', 'core', '--out', places.at('masked')], { dataDir });
    expect(said.stdout).toContain('The programme is masked and not unblinded at this position');
    expect(readdirSync(places.at('masked')).sort()).toEqual(['codebook.csv', 'codebook.json', 'figures.csv', 'figures.parquet', 'manifest.json']);
    expect((await csv('masked', 'figures')).flat()).not.toEqual(expect.arrayContaining(['supported']));
  });

  it('stays the locked dataset it was when the programme is unblinded; a new cut then has the rows', async () => {
    const before = await everything('masked');
    const { position } = JSON.parse((await file('masked', 'manifest.json')).toString()) as Manifest;
    const statistician = await voiceOf(service, 'statistician');
    const manifest = createHash('sha256').update(await file('masked', 'manifest.json')).digest('hex');
    await statistician.record('PUT', '/v1/programmes/core/datasets/interim/lock', { manifest, position, reason: 'interim-analysis' });
    await house.investigator.record('PUT', '/v1/programmes/core/unblinding', { on: '2026-02-01', reason: 'planned-analysis' });
    expect((await cairn(['cut', 'masked', '--programme', 'core', '--out', places.at('masked')], { dataDir })).stdout).toContain('the same bytes');
    expect(await everything('masked')).toEqual(before);
    const said = await cairn(['cut', 'open', '--programme', 'core', '--out', places.at('open'), '--json', '--since', places.at('masked')], { dataDir });
    expect(manifestOf(said)).toMatchObject({ pooled: false, difference: { counts: {} } });
    expect((await csv('open', 'sessions')).length).toBe(1 + 2 * PEOPLE);
  });

  it('is on record in the access log, with everybody whose rows it holds', async () => {
    const entries = await ask<{ route: string; participants: string[] }>(dataDir, "select route, participants::text[] from access.log where method = 'CUT' order by id");
    expect(entries.find(({ route }) => route === 'cairn cut first')?.participants).toEqual(Array.from({ length: PEOPLE }, (_, n) => participantOf('plain', n + 1)));
    expect(entries.find(({ route }) => route === 'cairn cut masked')?.participants).toEqual([]);
  });

  it('is made while the read models are made anew, and leaves what it finds altered as it is', async () => {
    await service.stop();
    const [rebuilt, again] = await Promise.all([cairn(['rebuild'], { dataDir }), make('first')]);
    expect([rebuilt.code, again.code, again.stderr]).toEqual([0, 0, '']);
    await writeFile(join(places.at('first'), 'sessions.csv'), 'altered');
    const refused = await make('first');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('sessions.csv would differ');
    expect((await file('first', 'sessions.csv')).toString()).toBe('altered');
    service = await startService({ dataDir });
  });

  it('counts who was erased as unknown, and can then not be made again as it was', async () => {
    const before = manifestOf(await make('before'));
    await ask(dataDir, `update keyring.keys set wrapped = null, destroyed_at = now() where participant = '${participantOf('plain', 2)}'`);
    const refused = await make('before');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('participants.csv, participants.parquet, sessions.csv')]);

    manifestOf(await make('after', '--at', before.position));
    const rows = async (view: string) => {
      const [names = [], ...lines] = await csv('after', view);
      return lines.map((line) => Object.fromEntries(names.map((name, index) => [name, line[index]])));
    };
    const gone = (await rows('participants')).filter(({ erased }) => erased === 'true');
    expect(gone).toEqual([expect.objectContaining({ stage: 'erased', programme: 'plain', enrolled: 'true', enrolled_on: '', sessions_attended: '', sections_completed: '', course_log: 'erased', consent_contact: '' })]);
    expect((await rows('outcomes')).find(({ participant }) => participant === gone[0]?.['participant'])).toMatchObject({ readmission: 'unknown', reason: 'erased', readmission_day: '' });
    expect((await rows('figures')).find(({ figure }) => figure === 'readmission-yes')).toMatchObject({ value: String(PEOPLE - 1), denominator: String(PEOPLE), unknown: '1' });
    expect((await rows('sessions')).filter(({ participant }) => participant === gone[0]?.['participant'])).toEqual([]);
  });

  it('refuses what cannot be cut, naming it, and writes nothing', async () => {
    for (const [args, code, what] of [
      [['cut', 'Third'], 2, '"Third" cannot name a cut.'],
      [['cut', 'third', '--programme', 'nowhere'], 1, 'programme-unknown'],
      [['cut', 'third', '--at', 'AAAAAAAAAAAAAAAAAAAAAA'], 1, 'position-unknown'],
      [['cut', 'third', '--since', places.at('nowhere')], 2, 'is no manifest of a cut'],
      [['cut', 'third', '--programme', 'core', '--since', places.at('second')], 2, 'is of a cut of plain, not of core'],
    ] as const) {
      const refused = await cairn([...args, '--out', places.at('third')], { dataDir });
      expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(what)]);
      expect(() => readdirSync(places.at('third'))).toThrow();
    }
  });

  it('says where it cannot be put, and leaves nothing half there', async () => {
    writeFileSync(places.at('a-file'), 'mine');
    symlinkSync(places.at('nowhere'), places.at('a-dangling-link'));
    const before = readdirSync(dirname(places.at('x')));
    for (const out of ['a-file', 'a-dangling-link']) {
      const refused = await cairn(['cut', 'fourth', '--programme', 'plain', '--out', places.at(out)], { dataDir });
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`${places.at(out)} cannot be made the directory of a cut (ENOTDIR)`)]);
    }
    expect([readFileSync(places.at('a-file'), 'utf8'), readdirSync(dirname(places.at('x')))]).toEqual(['mine', before]);
  });
});

/** A readmission found months later, an outcome amended, a session that never was, and one more. */
async function laterFacts(worker: Voice, researcher: Voice): Promise<void> {
  const participant = participantOf('plain', 1);
  await researcher.record('PUT', at(participant, `/episodes/${uuid('e9', 1)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2025-02-01', occurred: { at: '2024-04-04' } });
  type History = { entries: { id: string; type: string; data: Record<string, unknown> }[]; streams: { support: { etag: string } } };
  const attendances = async () => {
    const { entries, streams } = await worker.read<History>(at(participant, '/history'));
    return { found: entries.filter(({ type }) => type === 'SessionAttended'), etag: streams.support.etag };
  };
  const [first, second] = (await attendances()).found;
  const data = { ...first?.data, minutes: 45 };
  await worker.record('POST', at(participant, `/entries/${first?.id}/amend`), { data, reason: { code: 'entry-error' } }, { 'if-match': (await attendances()).etag });
  await worker.record('POST', at(participant, `/entries/${second?.id}/void`), { why: 'entered-in-error', reason: { code: 'entry-error' } }, { 'if-match': (await attendances()).etag });
  await worker.record('PUT', at(participant, `/sessions/${uuid('s3', 1)}/offer`), { ordinal: 2, plannedStart: '2024-02-09T10:00:00+00:00', mode: 'in-person', method: 'telephone', occurred: { at: '2024-02-02' } });
}

function textOf(type: string | undefined, value: string | number | boolean | bigint | null | undefined): string {
  if (value === null || value === undefined) return '';
  return type === 'date' ? new Date(Number(value)).toISOString().slice(0, 10) : String(value);
}
