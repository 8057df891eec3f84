import { Matches } from 'class-validator';

const id = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isId(text: unknown): text is string {
  return typeof text === 'string' && id.test(text);
}

/** A UUID as clients make them, in lower case: one spelling, so that one thing never gets two streams. */
export const IsId = (options: { readonly each?: true } = {}): PropertyDecorator => Matches(id, { ...options, message: '$property must be a UUID in lower case' });
