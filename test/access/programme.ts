import type { Role } from '@cairn/access/roles.js';
import * as example from '@cairn/record/programme/examples.js';
import { onceCaughtUp } from '../patience.js';
import type { Service, Speaker } from '../service.js';
import { json, send, type Answer, type Sent } from './http.js';

export interface Receipt {
  readonly events: readonly string[];
  readonly etag: string;
}

/** One who speaks to a service with a token of their own. */
export interface Voice {
  readonly token: string;
  /** Asks, until the read models have come as far as the answer needs. */
  ask(method: string, path: string, also?: Pick<Sent, 'body' | 'headers'>): Promise<Answer>;
  /** Records; throws unless it was taken. */
  record(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Receipt>;
  /** Reads what a write's answer, or everything before, has left; throws unless it is answered. */
  read<Body>(path: string, since?: Pick<Receipt, 'events'>): Promise<Body>;
}

export async function voiceOf(service: Pick<Service, 'url' | 'token'>, role: Role, speaker?: Speaker): Promise<Voice> {
  const token = await service.token(role, speaker);
  const ask: Voice['ask'] = (method, path, also = {}) => onceCaughtUp(() => send(service.url, { method, path, token, ...also }), ({ body }) => body);
  const expected = (answer: Answer, what: string) => {
    if (answer.status !== 200) throw new Error(`${what} by ${role} was answered ${answer.status}: ${answer.body}`);
    return answer;
  };
  return {
    token,
    ask,
    record: async (method, path, body = {}, headers = {}) => json(expected(await ask(method, path, { body, headers }), `${method} ${path}`)) as Receipt,
    read: async <Body>(path: string, since?: Pick<Receipt, 'events'>) => {
      const event = since?.events.at(-1);
      return json(expected(await ask('GET', path, event === undefined ? {} : { headers: { 'cairn-token': event } }), `GET ${path}`)) as Body;
    },
  };
}

/** Sends a correction with the etag of its stream, and again when a process has said something there in between. */
export async function onEtag(etag: () => Promise<string>, ask: (ifMatch: string) => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const answer = await ask(await etag());
    if (answer.status !== 412 || tries === 4) return answer;
  }
}

/** Waits until the read models hold a write. */
export async function caughtUp(voice: Voice, programme: string, { events }: Receipt): Promise<void> {
  await voice.read(`/v1/programmes/${programme}`, { events });
}

/** The reference programme of examples.ts with two sites, s1 and s2. */
export async function startProgramme(investigator: Voice, programme = 'core', zone = example.programme.zone): Promise<void> {
  const at = `/v1/programmes/${programme}`;
  await investigator.record('PUT', at, { ...example.programme, zone });
  await investigator.record('PUT', `${at}/protocols/1`, example.protocol);
  await investigator.record('PUT', `${at}/workbooks/1`, example.workbook);
  await investigator.record('PUT', `${at}/sites/s1`, example.site);
  await investigator.record('PUT', `${at}/sites/s2`, { ...example.site, name: 'Overton crisis team', code: 'OV' });
}

/** The same id for the same words: `uuid('p', 3)`. */
export function uuid(what: string, n: number): string {
  return `${Buffer.from(what).toString('hex').slice(0, 8).padEnd(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

