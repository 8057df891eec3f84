import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '@cairn/kernel/event-store.js';
import { Recent, type Follower } from './recent.js';

const events = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ position: from + n }) as StoredEvent);
const positions = (found: readonly StoredEvent[]) => found.map(({ position }) => position);

function followed(...at: number[]): [Recent, ...Follower[]] {
  const recent = new Recent();
  const followers = at.map((position) => ({ position }));
  for (const follower of followers) recent.join(follower);
  return [recent, ...followers];
}

it('gives what comes next in what was read, and nothing where it would leave something out', () => {
  const [recent] = followed(0);
  const after = (position: number, size: number) => positions(recent.after({ position }, size));
  expect(after(0, 10)).toEqual([]);
  recent.take(events(11, 5));
  expect(after(10, 3)).toEqual([11, 12, 13]);
  expect(after(13, 10)).toEqual([14, 15]);
  expect(after(15, 10)).toEqual([]);
  expect(after(9, 10)).toEqual([]);
  expect(after(10, 1_000)).toEqual([]);
  recent.take(events(16, 2));
  expect(after(14, 10)).toEqual([15, 16, 17]);
  recent.take(events(30, 2));
  expect(after(16, 10)).toEqual([]);
  expect(after(29, 10)).toEqual([30, 31]);
});

it('holds what one of them has still to come to, as far as that is near, and lets go of what all have had', () => {
  const [recent, ahead, behind] = followed(0, 0);
  const isHeld = (position: number) => recent.after({ position: position - 1 }, 1).length > 0;
  recent.take(events(1, 300));
  ahead!.position = 300;
  expect(isHeld(1)).toBe(true);
  behind!.position = 200;
  expect([200, 201].map(isHeld)).toEqual([false, true]);
  recent.take(events(301, 500));
  recent.take(events(801, 500));
  expect([300, 301, 1_300].map(isHeld)).toEqual([false, true, true]);
  recent.leave(behind!);
  ahead!.position = 1_300;
  expect(isHeld(1_300)).toBe(false);
});

it('keeps what several are about to come to when somebody reads what lies long before it', () => {
  const [recent, ahead, behind] = followed(0, 0);
  recent.take(events(1_001, 100));
  ahead!.position = 1_050;
  recent.take(events(1, 100));
  expect(positions(recent.after(ahead!, 2))).toEqual([1_051, 1_052]);
  expect(recent.after(behind!, 2)).toEqual([]);
});

it('never leaves out an event, whoever read what before', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ nth: fc.nat(2), size: fc.integer({ min: 1, max: 700 }) }), { minLength: 1, maxLength: 60 }), (pages) => {
      const [recent, ...followers] = followed(0, 300, 1_500);
      for (const { nth, size } of pages) {
        const follower = followers[nth]!;
        const page = recent.after(follower, size);
        const found = page.length > 0 ? page : events(follower.position + 1, size);
        expect(found.length).toBeLessThanOrEqual(size);
        expect(positions(found)).toEqual(positions(events(follower.position + 1, found.length)));
        if (page.length === 0) recent.take(found);
        follower.position = found.at(-1)!.position;
      }
    }),
  );
});
