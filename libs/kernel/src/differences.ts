import { same } from './same.js';

/** A place in a plain value, as `sessions.3f0c….minutes`, where another one differs. */
export interface Difference {
  readonly at: string;
  /** Left out where there was nothing. */
  readonly before?: unknown;
  /** Left out where nothing is left. */
  readonly after?: unknown;
}

/** Where two plain values differ, as deep as both are objects; lists and all else are compared whole. */
export function differencesOf(before: unknown, after: unknown, at = ''): Difference[] {
  if (same(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differencesOf(before[name], after[name], at ? `${at}.${name}` : name));
  }
  return [{ at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
