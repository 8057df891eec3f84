import { Matches, ValidateBy } from 'class-validator';
import { Temporal } from 'temporal-polyfill';

const shape = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** A date of the calendar, `2026-03-05`: the 31st of February is none. */
export function IsLocalDate(): PropertyDecorator {
  const message = '$property must be a date of the calendar such as 2026-03-05';
  return (target, field) => {
    Matches(shape, { message })(target, field);
    ValidateBy({ name: 'isLocalDate', validator: { validate: isLocalDate, defaultMessage: () => message } })(target, field);
  };
}

function isLocalDate(value: unknown): boolean {
  if (typeof value !== 'string' || !shape.test(value) || value < '1900') return false;
  try {
    return Temporal.PlainDate.from(value, { overflow: 'reject' }).toString() === value;
  } catch {
    return false;
  }
}
