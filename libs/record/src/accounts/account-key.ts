import { createHash } from 'node:crypto';

/** Longer names than this would not fit a store's index. */
const LONGEST = 200;

/** An account as the name of its stream has it: readable and reversible where it is short, a digest where it is not. Two accounts never share one. */
export function accountKey(account: string): string {
  const encoded = encodeURIComponent(account);
  // No encoding holds a percent sign before an s.
  return encoded.length <= LONGEST ? encoded : `%sha256-${createHash('sha256').update(account).digest('hex')}`;
}
