import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startService } from '../service.js';
import { startLoad, untilTaken } from './load.js';
import { Api, haveParticipant, haveProgramme, issueWorkbook } from './record.js';
import { until } from '../patience.js';
import { expectWhole } from './whole.js';

/*
 * The thread that keeps the read models and runs the processes dies while people write: they do not notice, and afterwards nothing is missing.
 */
let dataDir: string;
let api: Api;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cairn-following-'));
  api = new Api(await startService({ dataDir, env: { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'mortal.mjs')).href}` } }));
  await haveProgramme(api);
});
afterAll(async () => {
  await api.service.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

async function meet(fate: string): Promise<void> {
  await writeFile(join(dataDir, 'fate.written'), fate);
  await rename(join(dataDir, 'fate.written'), join(dataDir, 'fate'));
}

interface Ready {
  readonly status: string;
  readonly following: string;
}

it.each(['throws', 'runs out of memory'])('the thread that follows the log %s: requests are answered on, the service says so, and nothing is lost', async (fate) => {
  const participants = await Promise.all([1, 2, 3].map(() => haveParticipant(api)));
  for (const participant of participants) await issueWorkbook(api, participant);
  const deaths = () => api.service.logs().split('has ended, and is started again').length - 1;
  const before = deaths();
  const load = startLoad(() => api, participants, 64);
  await untilTaken(load, 20);
  await meet(fate);
  const unready = await until(async () => {
    const answer = await fetch(`${api.service.url}/ready`);
    const ready = (await answer.json()) as Ready;
    return answer.status === 503 && ready;
  });
  expect(unready).toMatchObject({ status: 'not-ready', log: 'reachable', following: 'starting' });
  await until(async () => (await fetch(`${api.service.url}/ready`)).status === 200);
  await load.done;
  expect([...load.setbacks]).toEqual([]);
  await expectWhole(api, participants, load);
  expect(deaths()).toBe(before + 1);
});
