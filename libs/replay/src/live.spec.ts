import { setTimeout as sleep } from 'node:timers/promises';
import { AccessLog } from '@cairn/access/access-log.js';
import { accessMigrations } from '@cairn/access/migrations.js';
import type { Asking } from '@cairn/access/routes.js';
import { toyHouse, write } from '@cairn/journal/testing.js';
import { diary } from '@cairn/journal/toy-record.js';
import { freshDatabase, type FreshDatabase } from '@cairn/postgres/testing.js';
import type { Sink } from './live-reader.js';
import { Live } from './live.js';
import type { Aspect, Replayed } from './replayed.js';

let house: Awaited<ReturnType<typeof toyHouse>>;
let logged: FreshDatabase;
let accessLog: AccessLog;
beforeAll(async () => {
  [house, logged] = await Promise.all([toyHouse(), freshDatabase(accessMigrations)]);
  accessLog = new AccessLog(logged.pool('cairn_service'));
});
afterAll(async () => {
  await accessLog.close();
  await Promise.all([house.close(), logged.drop()]);
});

const person = 'c0000000-0000-4000-8000-000000000001';
const asking: Asking = { caller: { id: 'auditor', roles: ['auditor'], sites: [] }, roles: ['auditor'], method: 'GET', path: '/v1/events', route: '/v1/events', body: undefined, requestId: 'r' };
const replayed = {
  aspects: [diary as unknown as Aspect],
  // As long as a database may take that is asked by others too.
  whereabouts: () => sleep(50, { programme: 'core', site: 's1' }),
  stillMay: async () => undefined,
} as unknown as Replayed;

it('catches up from however far behind, first to listen or not, while others write', async () => {
  const { journal } = await house.process();
  const live = new Live(journal, accessLog, replayed);
  const days = Array.from({ length: 1_500 }, (_, n) => `day ${n}`);
  const [first = ''] = (await write(journal, person, 'day before', 'well')).events;
  for (const day of days) await write(journal, person, day, 'well');
  for (const alone of [true, false]) {
    const text: string[] = [];
    let destroyed = false;
    const sink: Sink = { write: (frame) => text.push(frame) > 0, drained: async () => undefined, end: () => undefined, destroy: () => (destroyed = true) };
    const other = alone ? undefined : live.listen(asking, {}, await live.begin(asking, {}), { ...sink, write: () => true });
    const reader = live.listen(asking, { lastSeen: first }, await live.begin(asking, { lastSeen: first }), sink);
    const late = (await write(journal, person, alone ? 'a late day' : 'a later day', 'well')).events[0] ?? '';
    const ids = () => [...text.join('').matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
    for (const until = Date.now() + 60_000; !destroyed && !ids().includes(late) && Date.now() < until; ) await sleep(20);
    expect([destroyed, ids().length, new Set(ids()).size]).toEqual([false, days.length + (alone ? 1 : 2), days.length + (alone ? 1 : 2)]);
    for (const each of [reader, other]) if (each) live.leave(each);
  }
});
