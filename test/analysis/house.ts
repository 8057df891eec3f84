import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import * as example from '@cairn/record/programme/examples.js';
import { startProgramme, uuid, voiceOf, type Receipt, type Voice } from '../access/programme.js';
import type { Service } from '../service.js';

/** A service with two programmes: `core`, masked, and `plain`, which is not; each with as many participants as asked for. */
export interface House {
  readonly service: Service;
  readonly researcher: Voice;
  readonly worker: Voice;
  readonly investigator: Voice;
  readonly last: Receipt;
}

export const participantOf = (programme: string, n: number): string => uuid(programme, n);
export const at = (participant: string, rest = ''): string => `/v1/participants/${participant}${rest}`;
const on = (day: string) => ({ occurred: { at: day } });

export async function furnish(service: Service, people: number): Promise<House> {
  const investigator = await voiceOf(service, 'investigator');
  const [researcher, supervisor, worker] = await Promise.all([voiceOf(service, 'researcher'), voiceOf(service, 'supervisor'), voiceOf(service, 'worker')]);
  await startProgramme(investigator);
  await investigator.record('PUT', '/v1/programmes/plain', { ...example.programme, title: 'A service without arms' });
  await investigator.record('PUT', '/v1/programmes/plain/protocols/1', { ...example.protocol, masked: false });
  await investigator.record('PUT', '/v1/programmes/plain/workbooks/1', example.workbook);
  await investigator.record('PUT', '/v1/programmes/plain/sites/s1', { ...example.site, code: 'PL' });
  let last: Receipt = { events: [], etag: '' };
  for (const programme of ['core', 'plain'])
    for (let n = 1; n <= people; n++) {
      const participant = participantOf(programme, n);
      await researcher.record('PUT', at(participant), { programme, site: 's1', ...on('2024-01-12') });
      await researcher.record('PUT', at(participant, '/consent'), { scopes: ['contact', 'record-access'], formVersion: '2.1', capacity: true, ...on('2024-01-13') });
      await researcher.record('PUT', at(participant, '/enrolment'), on('2024-01-14'));
      await supervisor.record('PUT', at(participant, '/worker'), { worker: 'w1', ...on('2024-01-15') });
      await worker.record('PUT', at(participant, `/sessions/${uuid('s1', n)}/offer`), { ordinal: 1, plannedStart: '2024-02-01T10:00:00+00:00', mode: 'in-person', method: 'telephone', ...on('2024-01-20') });
      await worker.record('PUT', at(participant, `/sessions/${uuid('s1', n)}/attendance`), { minutes: 55, mode: 'in-person', punctuality: 'on-time', occurred: { at: '2024-02-01T10:00:00+00:00' } });
      await worker.record('PUT', at(participant, `/sessions/${uuid('s2', n)}/attendance`), { minutes: 30, mode: 'telephone', punctuality: 'late', occurred: { at: '2024-02-01T16:00:00+00:00' } });
      await worker.record('PUT', at(participant, '/workbook'), { version: '1', delivery: 'in-person', ...on('2024-02-01') });
      await worker.record('PUT', at(participant, '/workbook/sections/moving-on/completion'), { version: '1', reporter: 'worker', ...on('2024-02-01') });
      last = await researcher.record('PUT', at(participant, `/episodes/${uuid('ep', n)}/admission`), { setting: 'ward', source: 'site-records', foundOn: '2024-09-14', ...on('2024-06-20') });
    }
  return { service, researcher, worker, investigator, last };
}

/** A connection as `cairn sql` tells analysts to make it. */
export async function analystOf(dataDir: string, database = 'cairn'): Promise<pg.Client> {
  const text = async (...path: string[]) => (await readFile(join(dataDir, ...path), 'utf8')).trim();
  const client = new pg.Client({ host: await text('postgres-launcher', 'socket-directory'), user: 'cairn_analyst', password: await text('analyst-password'), database });
  client.on('error', () => {});
  await client.connect();
  return client;
}
