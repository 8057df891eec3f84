import fc from 'fast-check';
import { startProgramme, uuid, voiceOf, type Voice } from '../access/programme.js';
import { json, type Answer } from '../access/http.js';
import { cairn } from '../cli/cairn.js';
import { databaseOf, ownDirectory } from '../cli/place.js';
import { until } from '../patience.js';
import { startService } from '../service.js';
import { processesDone } from './processes-done.js';

/*
 * Whatever people do to four registrations of one programme, in any order and by two hands at once — visits, sections, admissions, corrections,
 * entries given from one to another, merges and their undoing, remarks, deaths —, the read models of the running service are, row for row, what a
 * rebuild from the log makes, and flag what the log flags.
 */
let places: Awaited<ReturnType<typeof ownDirectory>>;
beforeAll(async () => {
  places = await ownDirectory();
});
afterAll(() => places.remove());

const person = fc.integer({ min: 1, max: 4 });
const which = fc.nat(40);
const deed = fc.record({
  do: fc.constantFrom('attend', 'attend', 'attend', 'offer', 'miss', 'section', 'admit', 'withdraw', 'amend', 'amend', 'void', 'give', 'give', 'merge', 'merge', 'unmerge', 'query', 'attest', 'sign', 'die', 'end'),
  a: person,
  b: person,
  n: which,
});
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

interface History {
  readonly streams: Readonly<Record<string, { readonly etag: string }>>;
  readonly entries: readonly { readonly id: string; readonly type: string; readonly stream: string; readonly data: Readonly<Record<string, unknown>> }[];
}

const at = (n: number, rest = '') => `/v1/participants/${uuid('p', n)}${rest}`;
const day = (n: number) => `2026-03-${String((n % 27) + 1).padStart(2, '0')}`;
const sections = ['recovery-means', 'moving-on', 'keeping-well'];

/** Does one thing, as far as the record lets it be done. */
function doing(manager: Voice, worker: Voice, researcher: Voice) {
  const entryOf = async (a: number, n: number): Promise<{ entry: History['entries'][number]; etag: string } | undefined> => {
    const answer = await manager.ask('GET', at(a, '/history'));
    if (answer.status !== 200) return undefined;
    const { entries, streams } = json(answer) as History;
    const told = entries.filter(({ type, stream }) => stream === 'support' && ['SessionOffered', 'SessionAttended', 'SessionNotAttended'].includes(type));
    const entry = told[n % Math.max(1, told.length)];
    return entry && { entry, etag: streams['support']?.etag ?? '' };
  };
  const correcting = async (a: number, n: number, verb: string, body: (data: Readonly<Record<string, unknown>>) => object): Promise<Answer | undefined> => {
    const found = await entryOf(a, n);
    return found && manager.ask('POST', at(a, `/entries/${found.entry.id}/${verb}`), { body: body(found.entry.data), headers: { 'if-match': found.etag } });
  };
  const reason = { code: 'entry-error' };
  return async ({ do: what, a, b, n }: Deed): Promise<Answer | undefined> => {
    const put = (voice: Voice, rest: string, body: object) => voice.ask('PUT', at(a, rest), { body });
    const session = `/sessions/${uuid('se', n % 12)}`;
    switch (what) {
      case 'attend':
        return put(worker, `${session}/attendance`, { minutes: 30 + n, mode: 'in-person', punctuality: 'on-time', worker: 'w1', occurred: { at: `${day(n)}T10:00:00+00:00` } });
      case 'offer':
        return put(worker, `${session}/offer`, { plannedStart: `${day(n)}T10:00:00+00:00`, mode: 'in-person', method: 'telephone', occurred: { at: '2026-02-20' } });
      case 'miss':
        return put(worker, `${session}/non-attendance`, { kind: 'no-warning', occurred: { at: `${day(n)}T10:00:00+00:00` } });
      case 'section':
        return put(worker, `/workbook/sections/${sections[n % 3] ?? ''}/completion`, { reporter: 'worker', occurred: { at: day(n) } });
      case 'admit':
        return put(researcher, `/episodes/${uuid('ep', n % 5)}/admission`, { setting: 'ward', source: 'site-records', foundOn: '2026-06-01', occurred: { at: day(n) } });
      case 'withdraw':
        return researcher.ask('DELETE', at(a, '/consent/record-access'), { body: { occurred: { at: day(n) } } });
      case 'die':
        return n % 2 === 0 ? put(researcher, '/death', { source: 'family', occurred: { at: '2026-03-14' } }) : undefined;
      case 'end':
        return put(worker, '/courses/1/end', { reason: 'completed', occurred: { at: '2026-04-20' } });
      case 'amend':
        return correcting(a, n, 'amend', (data) => ({ data: 'minutes' in data ? { ...data, minutes: 20 + n } : data, occurred: { at: `${day(n + 1)}T11:00:00+00:00` }, reason }));
      case 'void':
        return correcting(a, n, 'void', () => ({ why: 'entered-in-error' }));
      case 'give':
        return correcting(a, n, 'reattribute', () => ({ to: uuid('p', b), reason }));
      case 'merge':
        return manager.ask('PUT', at(a, `/merges/${uuid('p', b)}`), { body: {} });
      case 'unmerge':
        return manager.ask('DELETE', at(a, `/merges/${uuid('p', b)}`), { body: {} });
      default:
        return remark(what, a, n);
    }
  };

  async function remark(what: string, a: number, n: number): Promise<Answer | undefined> {
    const found = await entryOf(a, n);
    if (!found) return undefined;
    const { id } = found.entry;
    if (what === 'attest') return manager.ask('PUT', at(a, `/entries/${id}/attestation`), { body: {} });
    if (what === 'sign') return manager.ask('PUT', at(a, `/signatures/${uuid('si', n)}`), { body: { meaning: 'review', entries: [id], signer: 'data-manager-s1' } });
    return manager.ask('PUT', at(a, `/queries/${uuid('qu', n)}`), { body: { topic: 'data', to: 'worker', entries: [id], text: 'Is that so?' } });
  }
}

/** What each entry is flagged with, of those that a timeline or a replay shows: the one from the read models, the other from the log. */
async function flagsIn(voice: Voice, path: string): Promise<Record<string, readonly string[]>> {
  const { items = [], entries = items } = await voice.read<Record<'items' | 'entries', { id: string; flags?: readonly string[] }[] | undefined>>(path);
  return Object.fromEntries(entries.map(({ id, flags = [] }) => [id, flags]));
}

const everything = `select string_agg(rows::text, E'\\n' order by name) as rows from (
  select table_name as name, query_to_xml(format('select * from read.%I x order by x::text', table_name), true, false, '') as rows
  from information_schema.tables where table_schema = 'read' and table_name <> 'checkpoint') all_tables`;

it('merges, entries given away, corrections and facts in any order and by two hands at once leave the rows that a rebuild makes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 90, maxLength: 90 }), fc.array(deed, { minLength: 90, maxLength: 90 }), async (one, other) => {
      const dataDir = places.at();
      const service = await startService({ dataDir });
      const [manager, worker, researcher, supervisor] = await Promise.all([voiceOf(service, 'data-manager'), voiceOf(service, 'supervisor'), voiceOf(service, 'researcher'), voiceOf(service, 'supervisor')]);
      await startProgramme(await voiceOf(service, 'investigator'));
      for (const n of [1, 2, 3, 4]) {
        await researcher.record('PUT', at(n), { programme: 'core', site: 's1', occurred: { at: '2026-01-12' } });
        await researcher.record('PUT', at(n, '/consent'), { scopes: ['contact', 'record-access'], formVersion: '1', capacity: true, occurred: { at: '2026-01-12' } });
        if (n < 4) await researcher.record('PUT', at(n, '/enrolment'), { occurred: { at: `2026-01-1${n + 2}` } });
        await supervisor.record('PUT', at(n, '/worker'), { worker: 'w1', occurred: { at: '2026-01-20' } });
        await supervisor.record('PUT', at(n, '/workbook'), { version: '1', delivery: 'in-person', occurred: { at: '2026-01-21' } });
      }
      const does = doing(manager, worker, researcher);
      const hand = async (deeds: readonly Deed[]) => {
        for (const each of deeds) {
          const answer = await does(each);
          if (answer && answer.status >= 500) throw new Error(`${JSON.stringify(each)} was answered ${answer.status}: ${answer.body}`);
        }
      };
      // Whatever is drawn, something of each is done: where many merges are, no entry may be left that can be given away.
      for (const [what, a, b, n] of [['attend', 1, 1, 10], ['attend', 1, 1, 11], ['amend', 1, 1, 0], ['void', 1, 1, 0], ['give', 1, 3, 1], ['merge', 2, 4, 0], ['unmerge', 2, 4, 0]] as const) {
        const answer = await until(async () => {
          const tried = await does({ do: what, a, b, n });
          // The record itself may have said something there in between.
          return tried?.status !== 412 && tried;
        });
        expect([what, answer.status]).toEqual([what, 200]);
      }
      await Promise.all([hand(one), hand(other)]);
      await processesDone(service.url);
      for (const n of [1, 2, 3, 4])
        for (const voice of [manager, researcher]) {
          const shown = await flagsIn(voice, at(n, '/timeline?limit=2000'));
          // Of a registration that lives on under another the replay tells what was recorded under it.
          if (Object.keys(shown).length > 0) expect(shown).toEqual(await flagsIn(voice, at(n, '/replay')));
        }
      const database = await databaseOf(dataDir);
      await service.stop();
      const [incremental] = await database.ask<{ rows: string }>(everything);
      expect(await cairn(['rebuild'], { dataDir })).toMatchObject({ code: 0 });
      const [anew] = await database.ask<{ rows: string }>(everything);
      await database.release();
      expect(incremental?.rows.length).toBeGreaterThan(10_000);
      expect(incremental?.rows.split('\n')).toEqual(anew?.rows.split('\n'));
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
