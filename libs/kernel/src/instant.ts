import { ValidateBy } from 'class-validator';
import { checkedMilliseconds } from './clocks.js';

const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** An instant, in RFC 3339, with the offset it was read at: 2026-12-31T18:00:00Z. */
export function IsInstant(): PropertyDecorator {
  const message = '$property must be an instant such as 2026-12-31T18:00:00Z';
  return ValidateBy({ name: 'isInstant', validator: { validate: (value) => typeof value === 'string' && instantOf(value) !== undefined, defaultMessage: () => message } });
}

/** In epoch milliseconds; undefined for what is no instant. */
export function instantOf(text: string): number | undefined {
  if (!shape.test(text)) return undefined;
  try {
    return checkedMilliseconds(text);
  } catch {
    return undefined;
  }
}
