import { Matches } from 'class-validator';

/** A UUID as clients make them, in lower case: one spelling, so that one thing never gets two streams. */
export const IsId = (options: { readonly each?: true } = {}): PropertyDecorator =>
  Matches(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, { ...options, message: '$property must be a UUID in lower case' });
