import { createSecretKey, randomBytes } from 'node:crypto';
import { KeysAtHand } from './keys-at-hand.js';

const keys = (...participants: string[]) => new Map(participants.map((participant) => [participant, createSecretKey(randomBytes(32))]));

describe('keys at hand', () => {
  it('are those that stood in the term, of all who are asked for or of none', () => {
    const [kept, asked] = [new KeysAtHand(), keys('a', 'b')];
    kept.keep(asked, 3);
    expect(kept.of(['a', 'b'], 3)).toEqual(asked);
    expect(kept.of([], 3)).toEqual(new Map());
    expect(kept.of(['a', 'c'], 3)).toBeUndefined();
    kept.keep(new Map([['c', undefined]]), 3);
    expect(kept.of(['c'], 3)).toBeUndefined();
  });

  it('are none of a later term, before any of it was asked for and after', () => {
    const kept = new KeysAtHand();
    kept.keep(keys('a', 'b'), 3);
    expect(kept.of(['a'], 4)).toBeUndefined();
    const later = keys('b');
    kept.keep(later, 4);
    expect(kept.of(['b'], 4)).toEqual(later);
    expect(kept.of(['a'], 4)).toBeUndefined();
    expect(kept.of(['b'], 3)).toBeUndefined();
  });

  it('are none that were asked for in a term that was over when the answer came', () => {
    const kept = new KeysAtHand();
    kept.keep(keys('a'), 4);
    kept.keep(keys('b'), 3);
    expect(kept.of(['b'], 4)).toBeUndefined();
    expect(kept.of(['a'], 4)).toBeDefined();
  });
});
