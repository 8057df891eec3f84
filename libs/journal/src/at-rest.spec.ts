import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { collectAtRest } from './at-rest.js';

describe('A thread', () => {
  const own = globalThis.gc;
  let collected = 0;
  let end = () => {};

  beforeEach(() => {
    collected = 0;
    globalThis.gc = (() => void collected++) as NodeJS.GCFunction;
    end = collectAtRest(50);
  });

  afterEach(() => {
    end();
    globalThis.gc = own;
  });

  const until = async (times: number) => {
    while (collected < times) await pause(20);
  };

  it('is collected as soon as it has come to rest, and again only when it has grown', async () => {
    await until(1);
    await pause(500);
    expect(collected).toBe(1);
    // What specs before this one left is collected meanwhile, and may be more than what is added.
    const more: number[][] = [];
    while (collected < 2) {
      more.push(Array.from({ length: 5_000_000 }, (_, each) => each + 0.5));
      await pause(500);
    }
    expect(more.length).toBeLessThan(20);
  });

  it('is left alone while it works, and afterwards where that is over', async () => {
    for (const begun = performance.now(); performance.now() < begun + 1_000; ) await turn();
    expect(collected).toBe(0);
    end();
    await pause(500);
    expect(collected).toBe(0);
  });
});
