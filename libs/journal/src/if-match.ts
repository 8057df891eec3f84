import { Invalid } from '@cairn/kernel/refused.js';

const tag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"';
const list = new RegExp(`^[ \\t,]*${tag}(?:[ \\t]*,[ \\t]*(?:${tag})?)*[ \\t]*$`);

/**
 * Whether what is there is what If-Match asks for: `*` is anything at all, else one of the etags listed, weak ones never (RFC 9110 13.1.1).
 *
 * @throws Invalid when it is neither
 */
export function matches(ifMatch: string, there: { readonly exists: boolean; readonly etag: string }): boolean {
  if (ifMatch.trim() === '*') return there.exists;
  if (!list.test(ifMatch)) throw new Invalid([{ field: 'If-Match', message: 'must be * or etags, each in its quotation marks, such as "3rduUdtVw90Fa5gAjnT9yZ"' }]);
  return [...ifMatch.matchAll(new RegExp(tag, 'g'))].some(([each]) => each === there.etag);
}

/** Whether it asks for what was seen, and not only for anything at all. */
export function isPinned(ifMatch: string | undefined): boolean {
  return ifMatch !== undefined && ifMatch.trim() !== '*';
}
