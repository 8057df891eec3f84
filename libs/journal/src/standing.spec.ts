import { expect, it } from '@jest/globals';
import { Standing } from './standing.js';

const LONG = 60_000;

it('rests as long as nobody waits', async () => {
  const standing = new Standing();
  const began = performance.now();
  await standing.rest(30);
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
});

it('is up at once when anybody waits, before or meanwhile, or when it is woken', async () => {
  const standing = new Standing();
  const resting = standing.rest(LONG);
  const first = standing.wait(5, LONG);
  await resting;
  await standing.rest(LONG);
  standing.reach(5);
  await first;
  const again = standing.rest(LONG);
  standing.wake();
  await again;
});
