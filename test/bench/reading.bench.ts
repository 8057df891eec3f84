/**
 * What reading a long case takes: one participant with 2,000 entries, and a site of 10,000 participants. Needs a build; stops by itself:
 *
 *   npm run build && npm run bench:reading
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { programme, protocol, site, workbook } from '@cairn/record/programme/examples.js';
import { attendance } from '@cairn/record/support/examples.js';
import { ownersDatabase } from '../access/database.js';
import { startService, type Service } from '../service.js';

const ENTRIES = 2_000;
const LIST = 10_000;
const TIMES = 300;

const service = await startService();
const participant = randomUUID();
const at = (rest = '') => `/v1/participants/${participant}${rest}`;
const token = { worker: await service.token('worker'), auditor: await service.token('auditor'), researcher: await service.token('researcher'), supervisor: await service.token('supervisor'), investigator: await service.token('investigator') };
type Who = keyof typeof token;
try {
  const loadBefore = loadavg()[0] ?? 0;
  await prepare(service);
  const middle = await record(ENTRIES - 4);
  await fillSite(service);
  const reads: [what: string, who: Who, path: string][] = [
    ['summary', 'worker', at()],
    ['timeline, first page of 100', 'worker', at('/timeline?limit=100')],
    ['timeline, first page of 500', 'worker', at('/timeline')],
    ['timeline, all 2,000 at once', 'worker', at('/timeline?limit=2000')],
    ['sessions', 'worker', at('/sessions')],
    ['replay, the present', 'auditor', at('/replay')],
    ['replay, half way on the record’s clock', 'auditor', at(`/replay?knownAt=${middle}`)],
    ['replay, half way on the world’s clock', 'auditor', at('/replay?asOf=2025-06-30')],
    ['difference, second half', 'auditor', at(`/replay/difference?from=${middle}&to=2099-01-01T00:00:00Z`)],
    ['history', 'auditor', at('/history')],
    ['audit trail of the participant, 100', 'auditor', `/v1/audit-trail?participant=${participant}&limit=100`],
    ['site list, first page of 50', 'researcher', '/v1/participants?site=s1'],
    ['site list, a page of 200 in the middle', 'researcher', await middleOfList()],
  ];
  const say = (what: string, figure: string) => process.stdout.write(`${what.padEnd(46)}${figure}\n`);
  for (const [what, who, path] of reads) say(what, await timed(() => read(who, path)));
  say('refold after an amendment, until it shows', await refolds());
  say('load of the machine', `${loadBefore.toFixed(1)} when begun, ${(loadavg()[0] ?? 0).toFixed(1)} at the end`);
} finally {
  await service.stop();
}

/** On a machine that is busy with other things a write may have to be sent again, which is safe. */
async function send(who: Who, method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<{ etag: string; events: string[] }> {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(service.url + path, { method, headers: { authorization: `Bearer ${token[who]}`, 'content-type': 'application/json', ...headers }, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as { etag: string; events: string[] };
    if (answer.status !== 503 || tries === 5) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    await pause(1_000);
  }
}

async function read(who: Who, path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(service.url + path, { headers: { authorization: `Bearer ${token[who]}`, ...headers } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status}`);
  return text;
}

async function prepare({ url }: Service): Promise<void> {
  if (url === '') throw new Error('There is no service.');
  await send('investigator', 'PUT', '/v1/programmes/core', programme);
  await send('investigator', 'PUT', '/v1/programmes/core/protocols/1', protocol);
  await send('investigator', 'PUT', '/v1/programmes/core/workbooks/1', workbook);
  await send('investigator', 'PUT', '/v1/programmes/core/sites/s1', site);
  await send('researcher', 'PUT', at(), { programme: 'core', site: 's1', occurred: { at: '2025-01-02' } });
  await send('researcher', 'PUT', at('/consent'), { scopes: ['contact', 'record-access'], formVersion: '2', capacity: true, occurred: { at: '2025-01-02' } });
  await send('researcher', 'PUT', at('/enrolment'), { occurred: { at: '2025-01-02' } });
  await send('supervisor', 'PUT', at('/worker'), { worker: 'w1', occurred: { at: '2025-01-02' } });
}

/** Sessions offered, accepted, put off several times and attended; every fifth attendance is amended. @returns an instant half way */
async function record(count: number): Promise<string> {
  let middle = '';
  for (let n = 0, written = 0; written < count; n++) {
    const day = new Date(Date.UTC(2025, 0, 6) + Math.floor(n * 1.8) * 86_400_000).toISOString().slice(0, 10);
    const start = `${day}T10:00:00${day > '2025-03-29' && day < '2025-10-26' ? '+01:00' : '+00:00'}`;
    const session = randomUUID();
    await send('worker', 'PUT', at(`/sessions/${session}/offer`), { plannedStart: start, mode: 'in-person', method: 'telephone', occurred: { at: day } });
    await send('worker', 'PUT', at(`/sessions/${session}/response`), { response: 'accepted', occurred: { at: day } });
    for (let hour = 11; hour < 19; hour++) await send('worker', 'PUT', at(`/sessions/${session}/schedule`), { plannedStart: start.replace('T10', `T${hour}`), by: 'participant', occurred: { at: day } });
    const { events } = await send('worker', 'PUT', at(`/sessions/${session}/attendance`), { ...attendance, occurred: { at: start } });
    written += 11;
    if (n % 5 === 4) {
      await amend(session, events[0] ?? '', 45);
      written++;
    }
    if (middle === '' && written > count / 2) middle = new Date().toISOString();
  }
  return middle;
}

/** On whatever the stream stands at: processes remark on entries of their own accord. */
async function amend(session: string, entry: string, minutes: number): Promise<{ events: string[] }> {
  const answer = await fetch(service.url + at('/history'), { headers: { authorization: `Bearer ${token.worker}` } });
  const { streams } = (await answer.json()) as { streams: { support: { etag: string } } };
  const data = { session, minutes, mode: 'telephone', worker: 'w1', punctuality: 'on-time' };
  return send('worker', 'POST', at(`/entries/${entry}/amend`), { data, reason: { code: 'entry-error' } }, { 'if-match': streams.support.etag });
}

/** The list reads rows of the read models alone, so these stand for participants. */
async function fillSite({ dataDir }: Service): Promise<void> {
  const { pool, close } = await ownersDatabase(dataDir);
  await pool.query(
    `insert into read.participants select made.* from read.participants p, generate_series(1, $1) n,
       jsonb_populate_record(p, jsonb_build_object('participant', gen_random_uuid(), 'study_number', 'HX-' || lpad(n::text, 5, '0') || '-X')) made`,
    [LIST],
  );
  await pool.query('analyze read.participants');
  await close();
}

async function middleOfList(): Promise<string> {
  let path = '/v1/participants?site=s1&limit=200';
  for (let passed = 0; passed < LIST / 2; passed += 200) {
    const { next } = JSON.parse(await read('researcher', path)) as { next: string };
    path = `/v1/participants?site=s1&limit=200&cursor=${next}`;
  }
  return path;
}

async function timed(once: () => Promise<unknown>, times = TIMES): Promise<string> {
  const took: number[] = [];
  const cpu = cpuOf(service);
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await once();
    took.push(performance.now() - began);
  }
  const sorted = took.slice(took.length / 10).sort((a, b) => a - b);
  const share = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1);
  return `median ${share(0.5).padStart(6)} ms, p95 ${share(0.95).padStart(6)}, p99 ${share(0.99).padStart(6)}, of the service's processor ${((cpuOf(service) - cpu) / times).toFixed(1)}`;
}

/** Milliseconds of processor that the service has used: what a busy machine does not stretch. */
function cpuOf({ pid }: Service): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** From an amendment's receipt until a read that waits for it is answered. */
async function refolds(): Promise<string> {
  const took: number[] = [];
  for (let n = 0; n < 30; n++) {
    const session = randomUUID();
    const day = new Date(Date.UTC(2024, 0, 8) + n * 86_400_000).toISOString().slice(0, 10);
    const { events } = await send('worker', 'PUT', at(`/sessions/${session}/attendance`), { ...attendance, occurred: { at: day } });
    const amended = await amend(session, events[0] ?? '', 10 + n);
    const began = performance.now();
    await read('worker', at(), { 'cairn-token': amended.events[0] ?? '' });
    took.push(performance.now() - began);
  }
  const sorted = took.sort((a, b) => a - b);
  return `median ${(sorted[15] ?? 0).toFixed(1)} ms, p99 ${(sorted[29] ?? 0).toFixed(1)}`;
}
