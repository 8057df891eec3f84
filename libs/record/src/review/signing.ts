import { createHash } from 'node:crypto';
import type { Entry } from '@cairn/kernel/envelope.js';
import { canonical } from '@cairn/kernel/same.js';

/** SHA-256, in hexadecimal, over entries as they stand, whatever order they come in: what binds a signature to its record (21 CFR 11.70). */
export function digestOf(entries: readonly Pick<Entry, 'id' | 'type' | 'data' | 'occurred'>[]): string {
  const signed = entries.map(({ id, type, data, occurred }) => ({ id, type, data, occurred })).sort((a, b) => (a.id < b.id ? -1 : 1));
  return createHash('sha256').update(canonical(signed)).digest('hex');
}
