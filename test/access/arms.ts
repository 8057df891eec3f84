import type { Service } from '../service.js';
import { remarksAlike, remarksOnSupport } from './arms-review.js';
import { setLogClock, type OwnersDatabase } from './database.js';
import type { Answer } from './http.js';
import { processesDone } from '../record/processes-done.js';
import { positionOf } from './position.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from './programme.js';

/** A service with its database, so that the log's clock can be set. */
export interface Site {
  readonly service: Service;
  readonly database: OwnersDatabase;
}

/** What was sent, in words, and what came back. */
export type Observed = readonly [what: string, answer: Answer];

/** Sends requests, each under a request id of its own, and keeps every answer, in the order asked. */
export class Observer {
  readonly seen: Observed[] = [];
  private steps = 0;

  constructor(private readonly voice: Voice) {}

  async ask(method: string, path: string, { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> {
    const step = this.steps++;
    const answer = await this.voice.ask(method, path, { body, headers: { 'x-request-id': `step-${step}`, ...headers } });
    this.seen[step] = [`${method} ${path} ${JSON.stringify(headers)}`, answer];
    return answer;
  }
}

/** 1 and 2 are in the arm under test; for 2 the other arm records nothing at all; 3 is the same everywhere. */
export const [first, second, third] = [uuid('p', 1), uuid('p', 2), uuid('p', 3)];
export const at = (participant: string, rest = '') => `/v1/participants/${participant}${rest}`;
const on = (day: string) => ({ occurred: { at: day } });

type Step = readonly [who: 'researcher' | 'clinician' | 'data-manager', method: string, path: string, body: object, headers?: Readonly<Record<string, string>>];

/** What happens to everyone alike, on streams that masked roles see; some of it by people who know the arm. */
const alike: readonly Step[] = [first, second, third].flatMap((participant, n): Step[] => [
  ['researcher', 'PUT', at(participant), { programme: 'core', site: 's1', ...on('2024-01-12') }],
  ['researcher', 'PUT', at(participant, '/screening'), { criteria: [{ code: 'crisis-care', met: true }], result: 'eligible', ...on('2024-01-12'), because: { code: 'late-form', text: 'The form came by post.' } }],
  ['researcher', 'PUT', at(participant, '/consent'), { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true, ...on('2024-01-13') }, { 'idempotency-key': uuid('k', n) }],
  ['data-manager', 'PUT', at(participant, '/enrolment'), on('2024-01-14')],
  ['clinician', 'PUT', at(participant, `/episodes/${uuid('e1', n)}/index-discharge`), { setting: 'crisis-team', ...on('2024-01-09') }],
  ['researcher', 'PUT', at(participant, `/episodes/${uuid('e2', n)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-09-14', ...on(`2024-06-2${n}`) }],
  ['clinician', 'PUT', at(participant, `/episodes/${uuid('e2', n)}/transfer`), { to: 'crisis-house', ...on('2024-06-25'), because: { code: 'told-late', text: 'The ward rang.' } }],
  ['researcher', 'PUT', at(participant, `/episodes/${uuid('e2', n)}/discharge`), on('2024-07-03')],
  ['researcher', 'DELETE', at(participant, '/consent/interviews'), on('2024-08-01')],
  ['researcher', 'PUT', at(participant, '/outcome-window'), { sources: ['site-records'], searchedTo: '2025-01-14', noneFound: false, ...on('2025-01-20') }],
]);

/** Runs everything that happens alike, with what the arm adds in between, and gives what those who are masked were answered. */
export async function conduct({ service, database }: Site, arm: (stage: number) => Promise<void>): Promise<Observed[]> {
  const minute = (n: number) => setLogClock(database, `2025-02-01T09:${String(n).padStart(2, '0')}:00Z`);
  await minute(0);
  await startProgramme(await voiceOf(service, 'investigator'));
  const voices = { researcher: await voiceOf(service, 'researcher'), clinician: await voiceOf(service, 'clinician'), 'data-manager': await voiceOf(service, 'data-manager') };
  const observer = new Observer(voices.researcher);
  for (const [n, [who, method, path, body, headers = {}]] of alike.entries()) {
    await minute(n + 1);
    if (who === 'researcher') await observer.ask(method, path, { body, headers });
    else await voices[who].record(method, path, body, { 'x-request-id': `by-${who}-${n}`, ...headers });
    await arm(n);
  }
  await minute(43);
  await departure(service);
  // Dated after the deaths: flagged, in either arm alike.
  for (const participant of [first, second, third]) await observer.ask('PUT', at(participant, '/information'), { body: { version: '3.0', ...on('2024-12-26') } });
  await arm(alike.length);
  await minute(45);
  await remarksAlike(service, [first, second, third]);
  await minute(50);
  return observer.seen;
}

/** In either record the worker has left when the last of it is told. */
async function departure(service: Service): Promise<void> {
  const supervisor = await voiceOf(service, 'supervisor');
  await supervisor.record('PUT', '/v1/staff/w1/engagement', { programme: 'core', site: 's1', role: 'worker', from: '2024-01-02' });
  await supervisor.record('PUT', '/v1/staff/w1/leaving', { occurred: { at: '2024-12-30' } });
  await processesDone(service.url);
}

const start = (day: number) => ({ occurred: { at: `2024-02-${String(day).padStart(2, '0')}T10:00:00+00:00` } });
const attended = { minutes: 60, mode: 'in-person', place: 'home', punctuality: 'on-time' };
const sections = ['recovery-means', 'moving-on', 'keeping-well', 'ups-and-downs', 'ambitions', 'problem-solving', 'self-help'];

/** Peer support for participants 1 and 2, as full as it gets; returns the ids of all it recorded, a correction included. */
export function peerSupport(service: Service, recorded: string[], told: Map<string, string>): (stage: number) => Promise<void> {
  const found = foundOut(told, 'worker');
  return async (stage) => {
    await found(service, stage);
    const enrolled = [first, second].find((_, n) => stage === n * 10 + 3);
    const late = [first, second].find((_, n) => stage === n * 10 + 7);
    if (enrolled !== undefined) await sessions(service, enrolled, recorded);
    if (late !== undefined) await corrections(service, late, recorded);
    if (stage === 29) await lock(service, 'a');
  };
}

async function sessions(service: Service, participant: string, recorded: string[]): Promise<void> {
  const supervisor = await voiceOf(service, 'supervisor');
  const worker = await voiceOf(service, 'worker');
  const keep = async (receipt: Promise<Receipt>) => void recorded.push(...(await receipt).events);
  await keep(supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', ...on('2024-01-16') }));
  await keep(worker.record('PUT', at(participant, '/workbook'), { version: '1', delivery: 'in-person', ...on('2024-01-20') }));
  for (const [n, section] of sections.entries()) {
    const id = uuid(participant.slice(-2), n);
    if (n < 4) await keep(worker.record('PUT', at(participant, `/sessions/${id}/offer`), { plannedStart: `2024-02-0${n + 1}T10:00:00+00:00`, mode: 'in-person', method: 'telephone', ...on('2024-01-20') }));
    await keep(worker.record('POST', at(participant, '/visits'), { session: id, ...attended, ...start(n + 1), sections: [{ section, progress: 'completed' }] }));
  }
  await keep(worker.record('PUT', at(participant, '/workbook/reissue'), { delivery: 'in-person', cause: 'lost', filled: true, ...on('2024-02-09') }));
  await keep(worker.record('PUT', at(participant, `/workbook/sections/${sections[0]}/reopening`), on('2024-02-09')));
  await keep(worker.record('PUT', at(participant, '/courses/1/pause'), { reason: 'unwell', ...on('2024-02-10') }));
  await keep(worker.record('PUT', at(participant, '/courses/1/reopening'), on('2024-02-14')));
  await keep(worker.record('PUT', at(participant, `/contact-attempts/${uuid('call', 1)}`), { method: 'telephone', result: 'no-answer', ...on('2024-02-15') }));
  await keep(worker.record('PUT', at(participant, '/courses/1/missing-log'), on('2024-02-16')));
  await keep(supervisor.record('PUT', at(participant, '/courses/1/log-reconciliation'), { attended: 7, ...on('2024-03-16') }));
  await keep(worker.record('PUT', at(participant, `/sessions/${uuid('miss', 1)}/non-attendance`), { kind: 'no-warning', ...start(20) }));
  await remarksOnSupport(service, participant, keep);
}

/**
 * What anybody may tell who learns of it: a care worker where there is one, a clinician elsewhere, each in their own words.
 * Keeps the ids of the entries, which are made from who told what, under names that are the same in both records.
 */
function foundOut(told: Map<string, string>, who: 'worker' | 'clinician'): (service: Service, stage: number) => Promise<void> {
  const byWorker = who === 'worker';
  const words = byWorker ? { because: { code: 'met-family', text: 'I met the brother.' }, via: 'offline' } : {};
  const facts: readonly (readonly [stage: number, path: string, body: object])[] = [
    [4, '/capacity', { has: false, ...(byWorker ? {} : { assessed: true }), ...on('2024-05-02') }],
    [5, '/contact-preferences', { methods: ['text'], language: 'en', ...on('2024-05-03') }],
    [5, '/allocation-disclosure', { to: 'assessor', kind: 'accidental', ...(byWorker && { staff: 'r1' }), ...on('2024-05-04') }],
    [6, '/discontinuation', { ...(byWorker && { reason: 'own-decision' }), ...on('2024-05-05') }],
    // By the worker from where they were before they left: it comes late, and waits for nobody's attestation where masked roles would see that.
    [30, '/capacity', { has: true, ...on('2024-06-02') }],
    [8, '/death', { source: byWorker ? 'peer-support' : 'national-records', ...on('2024-12-24') }],
  ];
  return async (service, stage) => {
    const voice = await voiceOf(service, who);
    for (const [n, participant] of [first, second].entries())
      for (const [when, path, body] of facts)
        if (stage === n * 10 + when) for (const id of (await voice.record('PUT', at(participant, path), { ...body, ...words })).events) told.set(id, `${path} of ${n} at ${when}`);
  };
}

/** Each makes the read models fold the participant anew. */
async function corrections(service: Service, participant: string, recorded: string[]): Promise<void> {
  const worker = await voiceOf(service, 'worker');
  const correct = async (verb: string, pick: (entry: { type: string; stream: string }) => boolean, body: (data: object) => object) => {
    const { streams, entries } = await worker.read<{ streams: Record<string, { etag: string }>; entries: { id: string; type: string; stream: string; data: object }[] }>(at(participant, '/history'));
    const entry = entries.find(pick);
    if (!entry) throw new Error('There is nothing to correct.');
    recorded.push(...(await worker.record('POST', at(participant, `/entries/${entry.id}/${verb}`), body(entry.data), { 'if-match': streams[entry.stream]?.etag ?? '' })).events);
  };
  await correct('amend', ({ type }) => type === 'SessionAttended', (data) => ({ data: { ...data, minutes: 45 }, reason: { code: 'entry-error', text: 'It was shorter.' } }));
  await correct('void', ({ type }) => type === 'SessionNotAttended', () => ({ why: 'entered-in-error' }));
  recorded.push(...(await worker.record('PUT', at(participant, '/courses/1/end'), { reason: 'completed', ...on('2024-04-02') })).events);
}

/** A workbook by post for participant 1; nothing at all for participant 2. */
export function byPost(service: Service, told: Map<string, string>): (stage: number) => Promise<void> {
  const found = foundOut(told, 'clinician');
  return async (stage) => {
    await found(service, stage);
    if (stage === 29) await lock(service, 'b');
    const manager = await voiceOf(service, 'data-manager');
    if (stage === 3) await manager.record('PUT', at(first, '/workbook'), { version: '1', delivery: 'post', ...on('2024-01-20') });
    if (stage === 4) await manager.record('PUT', at(first, '/workbook/return'), { cause: 'wrong-address', ...on('2024-01-30') });
  };
}

/** CAIRN_KEY of both records. */
export const sharedKey = Buffer.alloc(32, 7).toString('base64');

/** A cut of either record has another manifest and ends elsewhere. */
async function lock(service: Service, digit: string): Promise<void> {
  const position = await positionOf(service, parseInt(digit, 16), sharedKey);
  await (await voiceOf(service, 'data-manager')).record('PUT', '/v1/programmes/core/datasets/interim/lock', { manifest: digit.repeat(64), position, reason: 'interim-analysis' });
}
