import { expect } from '@jest/globals';
import { signedIn } from '@cairn/postgres/connection.js';
import { startEmbedded } from '@cairn/postgres/embedded.js';
import { processesDone } from '../record/processes-done.js';
import type { Load } from './load.js';
import { settle } from './load.js';
import type { Api, History, Receipt } from './record.js';

/**
 * What was acknowledged is there, once and for ever; what was refused left nothing; what was asked again is answered as it was; and
 * the log, the histories and the read models tell the same.
 */
export async function expectWhole(api: Api, participants: readonly string[], { taken, refused }: Load): Promise<void> {
  // What the record does by itself is no answer to any request; it has done it before anything is counted.
  await processesDone(api.service.url);
  const histories = await Promise.all(participants.map((participant) => api.history(participant)));
  const kept = histories.flatMap(({ entries }) => entries);
  const ids = kept.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const acknowledged = taken.flatMap(({ receipt }) => receipt.events);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);

  const turnedAway = new Set(refused.map(({ request }) => request.session));
  expect(kept.filter(({ data }) => turnedAway.has(data['session'] as string))).toEqual([]);

  // Every request was settled, so whatever is there beyond the preparation has its receipt.
  const prepared = ['ParticipantRegistered', 'ConsentGiven', 'Enrolled', 'WorkerAssigned', 'WorkbookIssued'];
  expect(kept.filter(({ id, type, source }) => source !== 'process' && !acknowledged.includes(id) && !prepared.includes(type))).toEqual([]);

  for (const { request, receipt } of taken.filter((_, index) => index % 5 === 0)) {
    const again = await settle(() => api, request);
    expect([again.status, again.json()]).toEqual([200, receipt]);
  }
  await expectLog(api, participants, ids.length);
  const last = taken.at(-1)?.receipt;
  for (const [index, history] of histories.entries()) await expectModels(api, participants[index] ?? '', history, last);
}

/** Positions and revisions without a gap, and as many events of participants as the histories show. */
async function expectLog({ service }: Api, participants: readonly string[], events: number): Promise<void> {
  const server = await startEmbedded({ dataDir: service.dataDir });
  try {
    await signedIn(server.connection, async (client) => {
      const { rows } = await client.query<{ stream: string; gaps: string }>(
        'select stream, max(revision) + 1 - count(*) as gaps from log.events group by stream having max(revision) + 1 <> count(*) or count(distinct revision) <> count(*)',
      );
      expect(rows).toEqual([]);
      const { rows: [log] } = await client.query<{ last: string; counted: string; counter: string }>(
        'select max(position)::text as last, count(*)::text as counted, (select position::text from log.counter) as counter from log.events',
      );
      expect([log?.counted, log?.counter]).toEqual([log?.last, log?.last]);
      const { rows: [theirs] } = await client.query<{ events: number }>("select count(*)::int as events from log.events where substring(stream from '^[a-z]+-(.*)$') = any($1)", [participants]);
      expect(theirs?.events).toBe(events);
    });
  } finally {
    await server.release();
  }
}

async function expectModels(api: Api, participant: string, { entries }: History, after: Receipt | undefined): Promise<void> {
  const path = `/v1/participants/${participant}`;
  const count = (...types: string[]) => entries.filter(({ type }) => types.includes(type)).length;
  const summary = await api.read(path, after && { after });
  expect(summary).toMatchObject({
    stage: 'enrolled',
    support: { offered: count('SessionOffered'), attended: count('SessionAttended') },
    workbook: { completed: count('SectionCompleted') },
  });
  const timeline = (await api.read(`${path}/timeline?limit=2000`)) as { items: { id: string }[] };
  expect(timeline.items.map(({ id }) => id).sort()).toEqual(entries.map(({ id }) => id).sort());
}
