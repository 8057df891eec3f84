import { differencesOf } from './differences.js';

it('names every place where two values differ, as deep as it goes, and none where they do not', () => {
  const before = { worker: 'w1', sessions: { a: { minutes: 60, mode: 'video' }, b: { minutes: 50 } }, flags: ['late'], same: [1] };
  const after = { sessions: { a: { minutes: 45, mode: 'video' }, c: { minutes: 30 } }, flags: [], same: [1], ended: null };
  expect(differencesOf(before, after)).toEqual([
    { at: 'worker', before: 'w1' },
    { at: 'sessions.a.minutes', before: 60, after: 45 },
    { at: 'sessions.b', before: { minutes: 50 } },
    { at: 'sessions.c', after: { minutes: 30 } },
    { at: 'flags', before: ['late'], after: [] },
    { at: 'ended', after: null },
  ]);
  expect(differencesOf(after, { ...after })).toEqual([]);
  expect(differencesOf(undefined, 1)).toEqual([{ at: '', after: 1 }]);
});
