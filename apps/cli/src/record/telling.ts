import type { CommandShape } from './commands.js';
import type { Line, Reason, Telling } from './format.js';
import { participantsOwn, type Names } from './names.js';
import { instantOf, whenOf } from './when.js';

/** What a file says once, and a line of it need not. */
export interface Said {
  readonly names: Names;
  readonly zone?: string;
  /** The local date: nothing after it has happened. */
  readonly today: string;
  readonly because?: Reason;
  readonly via: string;
}

/** The request that a line makes. @throws Error in words a person can use */
export function requestOf(told: Line, shape: CommandShape, { names, zone, today, because: reason, via }: Said): Pick<Telling, 'method' | 'route' | 'path' | 'body' | 'participant'> {
  const { facts = {}, participant, because = reason } = told;
  const idOf = (name: string) => idIn(names, name, told);
  const path = shape.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(idOf(name)));
  const inBody = (shape.inBody ?? []).map((name) => name.replace('?', '')).filter((name) => told[name as keyof Line] !== undefined);
  const body = {
    ...facts,
    ...Object.fromEntries(inBody.map((name) => [name, idOf(name)])),
    ...(shape.dated && { occurred: whenOf(told.when, zone, today) }),
    ...instants(facts, zone),
    ...(shape.dated && { via: told.via ?? via, ...(because && { because }) }),
  };
  return { method: shape.method, route: shape.path, path, body, ...(participant !== undefined && { participant: { name: participant, id: names.participant(participant) } }) };
}

/** Facts that are instants, completed as `when` is. @throws Error in words a person can use */
export function instants(facts: Readonly<Record<string, unknown>>, zone: string | undefined): Record<string, unknown> {
  const { plannedStart } = facts;
  return typeof plannedStart === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(plannedStart) ? { plannedStart: instantOf(plannedStart, zone) } : {};
}

function idIn(names: Names, name: string, told: Line): string {
  const given = told[name as keyof Line];
  const text = typeof given === 'string' ? given : '';
  if (name === 'participant' || name === 'duplicate') return names.participant(text);
  const own = participantsOwn.find((kind) => kind === name);
  return own ? names.of(own, told.participant ?? '', text) : text;
}
