import { randomUUID } from 'node:crypto';
import type { Role } from '@cairn/access/roles.js';
import * as example from '@cairn/record/programme/examples.js';
import { onceCaughtUp } from '../patience.js';
import type { Service } from '../service.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, parsed. */
  json(): unknown;
}

export interface Sending {
  readonly as?: Role;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string;
  readonly headers?: Record<string, string>;
}

export interface Receipt {
  readonly events: readonly string[];
  readonly etag: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

export interface History {
  readonly streams: Readonly<Record<string, { readonly etag: string }>>;
  readonly entries: readonly { readonly id: string; readonly stream: string; readonly type: string; readonly source: string; readonly data: Record<string, unknown> }[];
}

/** The record in a running service, as its users reach it. */
export class Api {
  private readonly tokens = new Map<Role, Promise<string>>();

  constructor(readonly service: Service) {}

  /** @throws TypeError when the connection is refused or lost */
  async send(method: string, path: string, { as = 'worker', body, raw, headers = {} }: Sending = {}): Promise<Answer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.token(as)}`, ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(payload !== undefined && { body: payload }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
  }

  /** A write that must be taken. */
  async record(method: string, path: string, sending: Sending = {}): Promise<Receipt> {
    const answer = await this.send(method, path, sending);
    if (answer.status !== 200) throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.json() as Receipt;
  }

  /** A read that must be answered, once it holds the write a receipt tells of. */
  async read(path: string, { as = 'trial-manager', after }: { as?: Role; after?: Receipt } = {}): Promise<unknown> {
    const token = after?.events.at(-1);
    const asking = { as, ...(token !== undefined && { headers: { 'cairn-token': token } }) };
    const answer = await onceCaughtUp(() => this.send('GET', path, asking), ({ text }) => text);
    if (answer.status !== 200) throw new Error(`GET ${path} was answered ${answer.status}: ${answer.text}`);
    return answer.json();
  }

  async history(participant: string): Promise<History> {
    return (await this.read(`/v1/participants/${participant}/history`)) as History;
  }

  token(role: Role): Promise<string> {
    const known = this.tokens.get(role) ?? this.service.token(role);
    this.tokens.set(role, known);
    return known;
  }
}

/** The reference programme, active at site s1. */
export async function haveProgramme(api: Api): Promise<void> {
  const as = 'investigator' as const;
  await api.record('PUT', '/v1/programmes/core', { as, body: example.programme });
  await api.record('PUT', '/v1/programmes/core/protocols/1', { as, body: example.protocol });
  await api.record('PUT', '/v1/programmes/core/workbooks/1', { as, body: example.workbook });
  await api.record('PUT', '/v1/programmes/core/sites/s1', { as, body: example.site });
}

/** A participant of site s1, enrolled and with worker w1; without a workbook. */
export async function haveParticipant(api: Api, participant: string = randomUUID()): Promise<string> {
  const path = `/v1/participants/${participant}`;
  const occurred = { at: '2026-01-12' };
  await api.record('PUT', path, { as: 'researcher', body: { programme: 'core', site: 's1', occurred } });
  await api.record('PUT', `${path}/consent`, { as: 'researcher', body: { scopes: ['contact', 'interviews', 'record-access'], formVersion: '2.1', capacity: true, occurred } });
  await api.record('PUT', `${path}/enrolment`, { as: 'researcher', body: { occurred } });
  await api.record('PUT', `${path}/worker`, { as: 'supervisor', body: { worker: 'w1', occurred } });
  return participant;
}

export async function issueWorkbook(api: Api, participant: string): Promise<Receipt> {
  return api.record('PUT', `/v1/participants/${participant}/workbook`, { body: { version: '1', delivery: 'in-person', occurred: { at: '2026-01-20' } } });
}
