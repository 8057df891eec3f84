import { LRUCache } from 'lru-cache';
import type { DataKey } from '@cairn/privacy/keyring.js';
import type { Keys } from './codec.js';

/** A few hundred bytes each. */
const KEPT = 8_000;

/** Keys that stood when they were asked for in a term of the log. With the next term all are forgotten: somebody's was destroyed. */
export class KeysAtHand {
  private readonly kept = new LRUCache<string, DataKey>({ max: KEPT });
  private term = -1;

  /** Of all these participants; undefined unless all of them are at hand in this term. */
  of(participants: Iterable<string>, term: number): Keys | undefined {
    if (term !== this.term) return undefined;
    const keys = new Map<string, DataKey>();
    for (const participant of participants) {
      const key = this.kept.get(participant);
      if (!key) return undefined;
      keys.set(participant, key);
    }
    return keys;
  }

  /** @param term as it was known before these were asked for */
  keep(keys: Keys, term: number): void {
    if (term < this.term) return;
    if (term > this.term) this.kept.clear();
    this.term = term;
    for (const [participant, key] of keys) if (key) this.kept.set(participant, key);
  }
}
