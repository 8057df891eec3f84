import fc from 'fast-check';
import type { Entry } from './envelope.js';
import { effective, knownAt, recordedOf, remains } from './history.js';
import { everMergedInto, mergesIn, personsOf, survivorOf } from './merges.js';
import { entryOf } from './testing.js';

const [anna, ben, cleo, dan] = [1, 2, 3, 4].map((n) => `6f1c8a4e-0000-4000-8000-00000000000${n}`) as [string, string, string, string];
const registered = (n: number, who: string) => entryOf({ type: 'Registered', data: {} }, n, { stream: `participant-${who}`, revision: 0 });
const fact = (n: number, who: string, stream = 'support') => entryOf({ type: 'Told', data: { n } }, n, { stream: `${stream}-${who}`, revision: n });
const told = (n: number, kept: string, merged: string, by: string, type = 'ParticipantsMerged') => entryOf({ type, data: { kept, merged } }, n, { stream: `participant-${by}`, revision: n });
/** The two facts that a merge, or its end, is. */
const merge = (n: number, kept: string, merged: string) => [told(n, kept, merged, kept), told(n + 1, kept, merged, merged)];
const unmerge = (n: number, kept: string, merged: string) => [told(n, kept, merged, kept, 'ParticipantsUnmerged'), told(n + 1, kept, merged, merged, 'ParticipantsUnmerged')];
const shown = (entries: readonly Entry[]) => entries.map(({ position, stream, registration }) => [position, stream.slice(-1), ...(registration ? [registration.slice(-1)] : [])]);

describe('the history of one who is registered twice', () => {
  const both = [registered(1, anna), registered(2, ben), fact(3, ben), fact(4, anna), fact(5, ben, 'participant'), ...merge(6, anna, ben), fact(8, anna)];

  it('is that of both, in the order of recording, under the streams of the one kept, without the other’s registration', () => {
    expect(shown(effective(both, anna))).toEqual([[1, '1'], [3, '1', '2'], [4, '1'], [5, '1', '2'], [6, '1'], [8, '1']]);
    expect(shown(effective(both)).filter(([, whose]) => whose === '2')).toEqual([]);
  });
  it('leaves of the other that it was registered, and into whom it went', () => expect(remains(both, ben).map(({ position }) => position)).toEqual([2, 7]));
  it('is its own again once that is undone, and of both once it is done again', () => {
    const undone = [...both, ...unmerge(10, anna, ben)];
    expect(shown(effective(undone, anna))).toEqual([[1, '1'], [4, '1'], [6, '1'], [8, '1'], [10, '1']]);
    expect(shown(effective(undone, ben))).toEqual([[2, '2'], [3, '2'], [5, '2']]);
    expect(shown(effective([...undone, ...merge(12, anna, ben)], anna)).map(([position]) => position)).toEqual([1, 3, 4, 5, 6, 8, 10, 12]);
  });
  it('is at a moment before what it was then', () => expect(shown(effective(knownAt(both, '2026-01-05T23:00:00Z'), anna))).toEqual([[1, '1'], [4, '1']]));
  it('of a merged one read alone is its own still, the merge included', () => expect(shown(effective(both, ben))).toEqual([[2, '2'], [3, '2'], [5, '2'], [7, '2']]));
  it('goes through one that was merged itself', () => {
    const three = [...both, registered(9, cleo), fact(10, cleo), ...merge(11, cleo, anna), fact(13, ben)];
    expect(shown(effective(three, cleo))).toEqual([[3, '3', '2'], [4, '3', '1'], [5, '3', '2'], [8, '3', '1'], [9, '3'], [10, '3'], [11, '3'], [13, '3', '2']]);
    expect(recordedOf(cleo, three)).toHaveLength(three.length);
    expect(everMergedInto([cleo], three)).toEqual([anna]);
  });
  it('that lives on under one who was once merged into it is still its own when it is asked for', () => {
    const turned = [...both, ...unmerge(10, anna, ben), ...merge(12, ben, anna)];
    expect(shown(effective(turned, anna))).toEqual([[1, '1'], [4, '1'], [6, '1'], [8, '1'], [10, '1'], [13, '1']]);
    expect(recordedOf(anna, turned).map(({ position }) => position)).toEqual([1, 4, 6, 8, 10, 13]);
    expect(shown(effective(turned, ben)).map(([position]) => position)).toEqual([2, 3, 4, 5, 8, 12]);
  });
  it('is known from either stream: the other’s key may be gone', () => {
    const lost = both.map((entry) => (entry.stream.endsWith(ben) ? { ...entry, data: {}, erased: true as const } : entry));
    expect(effective(lost, anna)).toHaveLength(6);
    expect(survivorOf(mergesIn(lost), ben)).toBe(anna);
  });
});

describe('any merges whatever', () => {
  const people = [anna, ben, cleo, dan] as const;
  const step = fc.record({ what: fc.constantFrom('fact', 'fact', 'merge', 'unmerge', 'half'), one: fc.constantFrom(...people), other: fc.constantFrom(...people), erased: fc.boolean() });
  const history = fc.array(step, { maxLength: 25, size: 'max' }).map((steps) => [
    ...people.map((who, n) => registered(n + 1, who)),
    ...steps.flatMap(({ what, one, other, erased }, index): Entry[] => {
      const n = 10 + index * 2;
      const made = what === 'fact' ? [fact(n, one)] : what === 'merge' ? merge(n, one, other) : what === 'unmerge' ? unmerge(n, one, other) : [told(n, one, other, one)];
      return erased && what === 'half' ? made.map((entry) => ({ ...entry, data: {}, erased: true as const })) : made;
    }),
  ]);

  it('can be read, circles included: every fact stands once, under one that survives', () => {
    fc.assert(
      fc.property(history, fc.nat(30), (raw, until) => {
        const known = knownAt(raw, new Date(Date.UTC(2026, 0, until)).toISOString());
        const merges = mergesIn(known);
        const facts = effective(known).filter(({ type }) => type === 'Told');
        expect(facts.map(({ id }) => id)).toEqual(known.filter(({ type }) => type === 'Told').map(({ id }) => id));
        for (const { stream, registration } of facts) if (registration !== undefined) expect(survivorOf(merges, registration)).toBe(stream.slice('support-'.length));
        for (const who of people) expect(remains(known, who).length).toBeLessThanOrEqual(2);
        expect([...personsOf(merges).values()].flat().sort()).toEqual([...new Set([...merges.keys(), ...merges.values()])].sort());
      }),
      { numRuns: 300 },
    );
  });
});
