import { randomUUID } from 'node:crypto';
import type { Circumstances, Fact } from '@cairn/kernel/envelope.js';

export const WORKER = { id: 'w1', role: 'worker', site: 's1', staff: 'w1' };
const PROTOCOL = { programme: 'core', site: 's1', version: '1' };

/** What happened in one session, with its circumstances: about 420 bytes of what only those who hold the key may read. */
export type Happening = Fact & Circumstances;

export function attended(session: string = randomUUID(), at = '2026-01-20T14:00:00+00:00'): Happening {
  return happening('SessionAttended', { session, minutes: 60, mode: 'in-person', plannedMode: 'in-person', place: 'home', worker: 'w1', punctuality: 'on-time' }, at);
}

export function happening(type: string, data: object, at: string): Happening {
  const occurred = { at, precision: at.includes('T') ? 'minute' : 'date', zone: 'Europe/London' } as const;
  return { type, data, occurred, reason: { code: 'entered-late', text: filler(data) }, actor: WORKER, source: 'api', correlationId: randomUUID(), protocol: PROTOCOL };
}

const TEXT = 'The session was held as planned; what was said of it came in by telephone and was entered here on the next working day. '.repeat(4);

function filler(data: object): string {
  return TEXT.slice(0, Math.max(0, 304 - JSON.stringify(data).length));
}

/** The same for those who know nothing of seals: data of 420 bytes and metadata of 260. */
export function plain({ type, data, occurred, reason, ...outer }: Happening) {
  return { id: randomUUID(), type, data: { data, occurred, reason }, metadata: { ...outer, commandId: 'Qm9yZWQgbm93IGFyZSB3ZQ', fingerprint: 'a2VlcCBvbiBrZWVwaW5nIG' } };
}
