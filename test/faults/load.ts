import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import * as example from '@cairn/record/support/examples.js';
import type { Answer, Api, Problem, Receipt } from './record.js';

/** A request under a key of its own, sent again and again until it is settled. */
export interface Request {
  readonly participant: string;
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: object;
  readonly key: string;
  /** What its facts can be found by. */
  readonly session?: string;
}

export interface Load {
  /** Every 2xx, with what the receipt said. */
  readonly taken: { readonly request: Request; readonly receipt: Receipt }[];
  /** Every 4xx. */
  readonly refused: { readonly request: Request; readonly status: number }[];
  /** Codes of every 5xx, and how often a connection was lost or refused. */
  readonly setbacks: Map<string, number>;
  /** Resolves when every request is settled. */
  readonly done: Promise<void>;
}

const PATIENCE_MS = 90_000;
const sections = ['recovery-means', 'moving-on', 'keeping-well', 'ups-and-downs', 'ambitions', 'problem-solving', 'self-help'];

/** Two writers a participant, each sending its requests one after the other to whichever service `api` names at the time. */
export function startLoad(api: () => Api, participants: readonly string[], requestsEach: number): Load {
  const load = { taken: [] as Load['taken'], refused: [] as Load['refused'], setbacks: new Map<string, number>() };
  const writers = participants.flatMap((participant) => [0, 1].map((writer) => write(api, load, requestsOf(participant, writer, requestsEach))));
  const done = Promise.all(writers).then(() => undefined);
  // Whoever awaits it hears of a failure; until then it ends nothing.
  done.catch(() => undefined);
  return { ...load, done };
}

/** Waits until so many requests were taken. */
export async function untilTaken({ taken, done }: Load, count: number): Promise<void> {
  const ended = done.then(() => true);
  while (taken.length < count && !(await Promise.race([ended, pause(5)]))) continue;
  if (taken.length < count) throw new Error(`The load ended with ${taken.length} requests taken, not ${count}.`);
}

/** Sends a request until it is answered by something else than a failure. */
export async function settle(api: () => Api, { method, path, body, key }: Request, setback: (what: string) => void = () => undefined): Promise<Answer> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await api().send(method, path, { body, headers: { 'idempotency-key': key } }).catch((error: unknown) => {
      // What fetch throws when a connection is refused or lost; its class is of another realm.
      if ((error as Error).name === 'TypeError') return undefined;
      throw error;
    });
    if (answer && answer.status < 500) return answer;
    const what = answer === undefined ? 'connection' : `${answer.status} ${(answer.json() as Problem).code}`;
    setback(what);
    if (Date.now() > until) throw new Error(`${method} ${path} was not answered in ${PATIENCE_MS} ms; the last was ${what}.`);
    await pause(20);
  }
}

async function write(api: () => Api, { taken, refused, setbacks }: Omit<Load, 'done'>, requests: readonly Request[]): Promise<void> {
  for (const request of requests) {
    const answer = await settle(api, request, (what) => setbacks.set(what, (setbacks.get(what) ?? 0) + 1));
    if (answer.status < 300) taken.push({ request, receipt: answer.json() as Receipt });
    else refused.push({ request, status: answer.status });
  }
}

/** Visits, offers and sections that are to be taken, and among them some that are not. */
function requestsOf(participant: string, writer: number, count: number): Request[] {
  return Array.from({ length: count }, (_, index): Request => {
    const session = randomUUID();
    const day = String((index % 28) + 1).padStart(2, '0');
    const occurred = { at: `2026-0${writer + 2}-${day}T14:00:00Z` };
    const base = `/v1/participants/${participant}`;
    const common = { participant, key: randomUUID(), session };
    const section = sections[index >> 2];
    switch (index % 4) {
      case 0:
        return { ...common, method: 'PUT', path: `${base}/sessions/${session}/offer`, body: example.offer };
      case 1:
        return writer === 0 && section !== undefined
          ? { ...common, method: 'POST', path: `${base}/visits`, body: { ...example.visit, session, occurred, sections: [{ section, progress: 'completed' }] } }
          : { ...common, method: 'POST', path: `${base}/visits`, body: { ...example.visit, session, occurred, sections: [] } };
      case 2:
        // Together or not at all: the section is of no version that was issued.
        return { ...common, method: 'POST', path: `${base}/visits`, body: { ...example.visit, session, occurred, sections: [{ section: 'keeping-well', version: '9', progress: 'started' }] } };
      default:
        return writer === 1 && section !== undefined
          ? { participant, key: common.key, method: 'PUT', path: `${base}/workbook/sections/${section}/start`, body: { occurred: { at: '2026-02-01' } } }
          : { ...common, method: 'PUT', path: `${base}/sessions/${session}/attendance`, body: { ...example.attendance, occurred } };
    }
  });
}
