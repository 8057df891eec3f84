import { describe, expect, it } from '@jest/globals';
import { judge } from './gates.js';
import { interleaved, rate, type Way } from './rounds.js';

function way(also: Partial<Way> = {}): Way & { steps: string[] } {
  const steps: string[] = [];
  return { rounds: 2, noisy: true, roots: () => [process.pid], also: () => () => {}, step: (what) => void steps.push(what), tally: { windows: 0, dropped: 0 }, steps, ...also };
}

const busy = async () => {
  for (const end = performance.now() + 120; performance.now() < end; );
  return {};
};

describe('interleaved', () => {
  it('gives every contender its window in turn and tells median and spread', async () => {
    const turns = way({ rounds: 3 });
    const paces = [30, 10, 20];
    const found = await interleaved(turns, { one: async () => ({ perSecond: paces.shift() ?? 0 }), other: async () => ({ perSecond: 1 }) });
    expect(turns.steps).toEqual(['one', 'other', 'one', 'other', 'one', 'other']);
    expect(found).toEqual({ one: { perSecond: 20, spread: [10, 30], windows: 3, dropped: 0 }, other: { perSecond: 1, spread: [1, 1], windows: 3, dropped: 0 } });
  });

  it('drops and counts windows in which others took the machine, tries twice as often, and tells nothing where none was quiet', async () => {
    // This very process is made out to be a stranger.
    const turns = way({ noisy: false, roots: () => [] });
    expect(await interleaved(turns, { disturbed: (window) => window.observe(busy).then(() => ({ perSecond: 1 })) })).toEqual({});
    expect(turns.tally).toEqual({ windows: 4, dropped: 4 });
  });

  it('knows its own processes', async () => {
    let others = Infinity;
    let own = 0;
    await interleaved(way({ rounds: 1 }), {
      one: async (window) => {
        const { used } = await window.observe(busy);
        ({ others } = used);
        own = used.roots.get(process.pid) ?? 0;
        return { perSecond: 1 };
      },
    });
    expect(own).toBeGreaterThan(0);
    expect(others).toBeGreaterThanOrEqual(0);
  });
});

it('tells rate and percentiles of what each took', () => {
  expect(rate([5, 1, 4, 2, 3], 2, 10)).toEqual({ perSecond: 25, p50: 3, p99: 5 });
});

describe('the gates', () => {
  const told = (perSecond: number, p99 = 1) => ({ perSecond, p50: 1, p99, nodeMicros: 1, postgresMicros: 1, spread: [perSecond, perSecond] as const, windows: 3, dropped: 0 });
  const verdict = (what: string, contenders: Record<string, ReturnType<typeof told>>) =>
    judge({ conditions: {}, append: [{ concurrency: 64, batch: 1, contenders }] }).find((each) => each.what === what)?.verdict;

  it('are judged by ratios within the run', () => {
    expect(verdict('append, 64 writers, of raw', { cairn: told(100), raw: told(40) })).toBe('aim reached');
    expect(verdict('append, 64 writers, of raw', { cairn: told(100), raw: told(50) })).toBe('reached');
    expect(verdict('append, 64 writers, of raw', { cairn: told(100), raw: told(100) })).toBe('missed');
    expect(verdict('append, 64 writers, of raw', { cairn: told(100) })).toBe('not measured');
    expect(verdict('append, 64 writers, of the best peer', { cairn: told(100), emmett: told(10), castore: told(90) })).toBe('missed');
    expect(verdict('p99 at 64 writers, of raw', { cairn: told(1, 3), raw: told(1, 10) })).toBe('aim reached');
    expect(verdict('p99 at 64 writers, of raw', { cairn: told(1, 7), raw: told(1, 10) })).toBe('missed');
  });
});
