import { expect, it } from '@jest/globals';
import { fits, records, table, terminalOf } from './terminal.js';

const escape = String.fromCharCode(27);
const screen = { isTTY: true, columns: 80 };

it('shows colour on a terminal only, and never against NO_COLOR', () => {
  expect(terminalOf({}, screen).colour.red('no')).toContain(escape);
  expect(terminalOf({ NO_COLOR: '1' }, screen).colour.red('no')).toBe('no');
  expect(terminalOf({ TERM: 'dumb' }, screen).colour.red('no')).toBe('no');
  expect(terminalOf({ FORCE_COLOR: '1' }, {}).colour.red('no')).toBe('no');
});

it('fits a table to the width without losing a letter or breaking a colour', () => {
  const words = 'a sentence that is a good deal wider than the screen it is to be read on, outcome-window-ascertained unbreakablylongwordsbeyondmeasure';
  const coloured = table(terminalOf({}, { ...screen, columns: 50 }), ['when', 'what', 'participant'], [['2026-01-20 14:00', words, 'somebody-else']]);
  const text = coloured.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '');
  expect(text).not.toContain(escape);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
  for (const part of ['participant', 'outcome-', 'window-', 'ascertained']) expect(text).toContain(part);
  const [head = '', ...lines] = text.split('\n');
  const what = lines.map((line) => line.slice(head.indexOf('what'), head.indexOf('participant')).trim()).join('');
  expect(what).toContain('unbreakablylongwordsbeyondmeasure');
  expect(text).not.toContain('…');
});

it('puts the columns of a row one under the other where their heads do not fit beside one another', () => {
  const terminal = terminalOf({ NO_COLOR: '1' }, { ...screen, columns: 50 });
  const head = ['token', 'working_days_to_readmission', 'first_admission_setting'];
  expect([fits(terminal, head.slice(0, 2)), fits(terminal, head)]).toEqual([true, false]);
  expect(records(terminal, head, [['p1', '12', 'ward'], ['p2', '', '']])).toBe(
    [' row 1', ' token                        p1', ' working_days_to_readmission  12', ' first_admission_setting      ward', '', ' row 2', ' token                        p2', ' working_days_to_readmission', ' first_admission_setting'].join('\n'),
  );
});
