import { dateOf, type Occurred } from '@cairn/kernel/occurred.js';

/** The local date a fact counts on, but never one that is still to come: what is undated, or a month, happened by today. */
export function occurredBy(occurred: Occurred, zone: string, now: string): string | undefined {
  const today = dateOf({ at: now, precision: 'minute', zone });
  const date = dateOf(occurred);
  return date === undefined || (today !== undefined && date > today) ? today : date;
}
