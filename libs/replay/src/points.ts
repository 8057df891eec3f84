import { Temporal } from 'temporal-polyfill';
import { endOfDay } from '@cairn/kernel/occurred.js';
import { Invalid } from '@cairn/kernel/refused.js';

/** The instant a person names, inclusive: an RFC 3339 instant, or a local date to the end of that day. @throws Invalid */
export function untilOf(field: string, text: string, zone: string): Temporal.Instant {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return instantOf(field, text);
  try {
    return Temporal.Instant.fromEpochMilliseconds(endOfDay(Temporal.PlainDate.from(text, { overflow: 'reject' }).toString(), zone));
  } catch {
    throw new Invalid([{ field, message: `${text} is not a date of the calendar` }]);
  }
}

/** @throws Invalid */
export function instantOf(field: string, text: string): Temporal.Instant {
  try {
    // A plus sign that was not encoded arrives as a space.
    return Temporal.Instant.from(text.replace(' ', '+'));
  } catch {
    throw new Invalid([{ field, message: `${text} is not an RFC 3339 instant such as 2026-03-05T14:30:00Z` }]);
  }
}
