import type { StoredEvent } from '@cairn/kernel/event-store.js';
import { faultsIn, type Attempt } from './checker.js';
import { event, write } from './contract-load.js';

const at = (n: number): string => `2026-11-23T12:00:00.00000${n}Z`;
const [a0, a1, b0, b1, lost, refused] = [event(), event(), event(), event(), event(), event()];

const attempts: Attempt[] = [
  { writes: [write('a', -1, a0), write('b', -1, b0)], outcome: 'acknowledged', positions: [1, 2], recordedAt: at(1) },
  { writes: [write('a', 0, a1), write('b', 0)], outcome: 'acknowledged', positions: [3], recordedAt: at(2) },
  { writes: [write('b', 0, b1), write('c', -1, lost)], outcome: 'unknown' },
  { writes: [write('a', 0, refused)], outcome: 'refused' },
];
const stored = (of: typeof a0, stream: string, revision: number, position: number, time: number): StoredEvent => ({ ...of, stream, revision, position, recordedAt: at(time) });
const content = [stored(a0, 'a', 0, 1, 1), stored(b0, 'b', 0, 2, 1), stored(a1, 'a', 1, 3, 2)];
const landed = [...content, stored(b1, 'b', 1, 4, 3), stored(lost, 'c', 0, 5, 3)];

const changed = (index: number, parts: Partial<StoredEvent>, of = content): StoredEvent[] => of.map((each, n) => (n === index ? { ...each, ...parts } : each));

describe('the checker', () => {
  it('finds no fault in a store that kept its word, whether the unknown append landed or not', () => {
    expect(faultsIn(attempts, content, { dense: true })).toEqual([]);
    expect(faultsIn(attempts, landed, { dense: true })).toEqual([]);
    expect(faultsIn([], [])).toEqual([]);
  });

  it('asks for dense positions only of a store that promises them', () => {
    const sparse = changed(3, { position: 40 }, changed(4, { position: 50 }, landed));
    expect(faultsIn(attempts, sparse)).toEqual([]);
    expect(faultsIn(attempts, sparse, { dense: true })).toContain('Positions have a gap before 40.');
  });

  const planted: Record<string, [StoredEvent[], RegExp, Attempt[]?]> = {
    'an acknowledged event that is gone': [content.slice(0, 2), /acknowledged and is not there/],
    'an event that is there twice': [[...content, stored(a1, 'a', 2, 4, 2)], /more than once/],
    'an event at another position than told': [changed(2, { position: 4 }), /its writer was told 3/],
    'an event recorded at another time than told': [changed(2, { recordedAt: at(3) }), /its writer was told 2026/],
    'a text that changed': [changed(1, { data: '{"n":2}' }), /The data of event .* is not what was sent/],
    'a meta that changed': [changed(1, { meta: '' }), /The meta of event/],
    'a type that changed': [changed(1, { type: 'StoneTaken' }), /The type of event/],
    'a version that changed': [changed(1, { version: 2 }), /The version of event/],
    'an event on another stream': [changed(2, { stream: 'd', revision: 0 }), /The stream of event/],
    'events in another order within their stream': [changed(0, { revision: 1 }, changed(2, { revision: 0 })), /goes on with revision 1 where 0 should be/],
    'a gap in revisions': [changed(2, { revision: 2 }), /goes on with revision 2 where 1 should be/],
    'positions that do not rise': [[content[1]!, content[0]!, content[2]!], /Position 1 comes after 2/],
    'a position that is none': [changed(0, { position: 0 }), /position 0, which is none/],
    'a time that falls': [changed(2, { recordedAt: at(0) }), /before the one that stands before it/],
    'a time that is no instant in microseconds': [changed(0, { recordedAt: '2026-11-23T12:00:00Z' }), /no instant/],
    'what a refused append left': [[...content, stored(refused, 'a', 1, 4, 2)], /its append was refused/],
    'half of an unknown append': [landed.slice(0, 4), /Only 1 of 2 events/],
    'an unknown append that landed otherwise than sent': [changed(4, { data: '{}' }, landed), /The data of event/],
    'an event that nobody sent': [[...content, stored(event(), 'e', 0, 4, 2)], /nobody sent it/],
    'an append told too few positions': [content, /was told 1 positions/, [{ ...attempts[0]!, outcome: 'acknowledged', positions: [1], recordedAt: at(1) }, attempts[1]!]],
    'a check that passed on a stream that had moved on': [
      [content[0]!, content[1]!, stored(b1, 'b', 1, 3, 2), stored(lost, 'c', 0, 4, 2), stored(a1, 'a', 1, 5, 2)],
      /expected stream b at 0, and it stood elsewhere/,
      [attempts[0]!, { ...attempts[1]!, outcome: 'acknowledged', positions: [5], recordedAt: at(2) }, attempts[2]!],
    ],
    'a check that passed on a stream that was not there': [
      content,
      /expected stream z at 3/,
      [attempts[0]!, { writes: [write('a', 0, a1), write('z', 3)], outcome: 'acknowledged', positions: [3], recordedAt: at(2) }],
    ],
  };
  it.each(Object.entries(planted))('catches %s', (_, [bad, fault, told = attempts]) => {
    expect(faultsIn(told, bad)).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });
});
