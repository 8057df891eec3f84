import type { Role } from './roles.js';

/** One request that told somebody of participants, or would have. */
export interface AccessEntry {
  /** The caller's id. */
  readonly actor: string;
  readonly roles: readonly Role[];
  readonly sites: readonly string[];
  readonly method: string;
  /** The route's template, never the path it was filled to. */
  readonly route: string;
  /** Why, where a purpose is asked for; at most 500 characters and nothing about a participant. */
  readonly purpose?: string;
  /** Ids of those the answer tells of. */
  readonly participants: readonly string[];
  readonly requestId: string;
  /** `disclosed` when left out: logged first, then answered. */
  readonly outcome?: 'disclosed' | 'refused';
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const onlyUuid = new RegExp(`^${uuid.source}$`, 'i');
const LONGEST_PURPOSE = 500;

export function isUuid(text: string): boolean {
  return onlyUuid.test(text);
}

/** Why the log must not or cannot hold an entry; one that it cannot hold would take others of its batch with it. */
export function faultOf({ actor, roles, sites, method, route, purpose = '', participants, requestId }: AccessEntry): string | undefined {
  if (actor === '') return 'it names no actor';
  if (uuid.test(route) || route.includes('?')) return 'its route is a filled path instead of a template';
  if (purpose.length > LONGEST_PURPOSE) return `its purpose is longer than ${LONGEST_PURPOSE} characters`;
  if (!participants.every(isUuid)) return 'it names a participant by something other than an id';
  if ([actor, method, route, purpose, requestId, ...roles, ...sites].some((text) => text.includes('\0') || !text.isWellFormed())) return 'it holds characters that cannot be stored';
  return undefined;
}
