/** What the reads answer, for the API's documentation, shortened. */
const participant = '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10';
const session = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';

const entry = {
  id: '0ef04bac-603f-4eb6-9f0c-a2dcae360be8',
  type: 'SessionAttended',
  stream: 'support',
  version: 1,
  occurred: { at: '2026-01-20T14:00:00+00:00', precision: 'minute', zone: 'Europe/London' },
  recordedAt: '2026-01-20T15:12:09.104233Z',
  actor: { id: 'w1', role: 'worker', site: 's1' },
  source: 'api',
  protocol: { programme: 'core', site: 's1', version: '1' },
  data: { session, minutes: 60, mode: 'in-person', worker: 'w1', punctuality: 'on-time' },
};

export const timeline = { items: [{ ...entry, flags: ['late-entry', 'after-death'] }] };

export const history = {
  participant,
  streams: { participant: { etag: '"qXMuRRFiaP7vhXlekok8C_"' }, support: { etag: '"3rduUdtVw90Fa5gAjnT9yZ"' } },
  entries: [
    {
      ...entry,
      stands: true,
      corrections: [{ id: '1b25beaf-933b-42d9-8c1f-1615ea7ebed3', type: 'EntryAmended', recordedAt: '2026-01-22T09:01:44.730915Z', actor: { id: 'w1', role: 'worker', site: 's1' }, reason: { code: 'entry-error' } }],
      current: { data: { ...entry.data, minutes: 45 }, occurred: entry.occurred },
    },
  ],
};

export const replay = {
  asOf: '2026-02-01',
  knownAt: '2026-01-21T00:00:00Z',
  zone: 'Europe/London',
  participant,
  state: { support: { worker: 'w1', sessions: { [session]: { outcome: { type: 'SessionAttended', data: entry.data, occurred: entry.occurred } } } } },
  entries: [entry],
};

export const anonymousLog = '{"kind":"session-attended","period":"2026-01-19/P28D","mode":"in-person","outcome":"on-time","section":""}\n{"trailer":{"programme":"core","k":10,"rows":29,"generalised":0,"withheld":31}}\n';

export const live = `id: ${entry.id}\nevent: recorded\ndata: ${JSON.stringify({ participant, ...entry })}\n\n`;
