import { expect, it } from '@jest/globals';
import { table, terminalOf } from './terminal.js';

const escape = String.fromCharCode(27);
const screen = { isTTY: true, columns: 80 };

it('shows colour on a terminal only, and never against NO_COLOR', () => {
  expect(terminalOf({}, screen).colour.red('no')).toContain(escape);
  expect(terminalOf({ NO_COLOR: '1' }, screen).colour.red('no')).toBe('no');
  expect(terminalOf({ TERM: 'dumb' }, screen).colour.red('no')).toBe('no');
  expect(terminalOf({ FORCE_COLOR: '1' }, {}).colour.red('no')).toBe('no');
});

it('fits a table to the width without losing a letter', () => {
  const words = 'a sentence that is a good deal wider than the screen it is to be read on, and unbreakablylongwordsbeyondmeasure';
  const text = table(terminalOf({}, { ...screen, columns: 50 }), ['when', 'what'], [['2026-01-20 14:00', words]]);
  expect(Math.max(...text.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '').split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
  expect(text.replaceAll(/\s|2026-01-2014:00/g, '')).toContain(words.replaceAll(' ', '').slice(-20));
  expect(text).not.toContain('…');
});
