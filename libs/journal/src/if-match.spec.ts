import { describe, expect, it } from '@jest/globals';
import { Invalid } from '@cairn/kernel/refused.js';
import { isPinned, matches } from './if-match.js';

const there = { exists: true, etag: '"a-1"' };

describe('If-Match', () => {
  it.each([['"a-1"'], ['*'], [' * '], ['"b", "a-1"'], ['"b","a-1" , "c"'], ['"b",, "a-1",'], ['W/"b", "a-1"'], ['"x,y", "a-1"']])('%s is met', (text) => expect(matches(text, there)).toBe(true));
  it.each([['"b"'], ['W/"a-1"'], ['"b", W/"a-1"'], ['""'], ['"a-1,b"']])('%s is not', (text) => expect(matches(text, there)).toBe(false));
  it.each([['a-1'], ['"x,"a-1"'], [''], [','], ['"a-1'], ['"a-1" "b"'], ['*, "a-1"'], ['w/"a-1"'], ['"a 1"']])('%s is neither * nor etags', (text) => expect(() => matches(text, there)).toThrow(Invalid));
  it('* is met by what exists alone', () => expect(matches('*', { ...there, exists: false })).toBe(false));
  it('asks for what was seen unless it is *', () => expect(['"a"', '*', undefined].map(isPinned)).toEqual([true, false, false]));
  it('takes no longer for a long list that ends wrong', () => {
    const began = performance.now();
    expect(() => matches(`${'"a", '.repeat(300_000)}x`, there)).toThrow(Invalid);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
