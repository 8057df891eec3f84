import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '@cairn/kernel/event-store.js';
import { Recent } from './recent.js';

const events = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ position: from + n }) as StoredEvent);
const positions = (found: readonly StoredEvent[]) => found.map(({ position }) => position);

it('gives what comes next in what was read, and nothing where it would leave something out', () => {
  const recent = new Recent();
  expect(recent.after(0, 10)).toEqual([]);
  recent.take(events(11, 5));
  expect(positions(recent.after(10, 3))).toEqual([11, 12, 13]);
  expect(positions(recent.after(13, 10))).toEqual([14, 15]);
  expect(recent.after(15, 10)).toEqual([]);
  expect(recent.after(9, 10)).toEqual([]);
  expect(recent.after(10, 1_000)).toEqual([]);
  recent.take(events(16, 2));
  expect(positions(recent.after(14, 10))).toEqual([15, 16, 17]);
  recent.take(events(30, 2));
  expect(recent.after(16, 10)).toEqual([]);
  expect(positions(recent.after(29, 10))).toEqual([30, 31]);
});

it('never leaves out an event, whoever read what before', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(2_000), size: fc.integer({ min: 1, max: 700 }) }), { minLength: 1, maxLength: 60 }), (pages) => {
      const recent = new Recent();
      for (const { at, size } of pages) {
        const page = recent.after(at, size);
        const found = page.length > 0 ? page : events(at + 1, size);
        expect(found.length).toBeLessThanOrEqual(size);
        expect(positions(found)).toEqual(positions(events(at + 1, found.length)));
        recent.take(found);
      }
    }),
  );
});
