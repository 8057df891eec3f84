import { correct } from '@cairn/kernel/correct.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { SectionCompleted, WorkbookEvent } from './events.js';
import { workbook, type WorkbookCommand } from './workbook.js';

const on = (at: string): Occurred => ({ at, precision: 'date', zone: 'Europe/London' });
/** When `given` says that everything happened. */
const then = on('2026-01-05');
const later = on('2026-01-06');
const session = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';
const published = { 1: ['keeping-well', 'ambitions'], 2: ['keeping-well', 'self-help'] };

const issued = (version = '1'): WorkbookEvent => ({ type: 'WorkbookIssued', data: { version, delivery: 'in-person' } });
const started = (section = 'keeping-well', version = '1'): WorkbookEvent => ({ type: 'SectionStarted', data: { section, version } });
const completed = (also: Partial<SectionCompleted> = {}): WorkbookEvent => ({ type: 'SectionCompleted', data: { section: 'keeping-well', version: '1', reporter: 'worker', ...also } });

const issue = (version = '1', delivery: 'in-person' | 'post' = 'in-person') => ({ type: 'IssueWorkbook', facts: { version, delivery }, published }) as const;
const start = (section = 'keeping-well', version?: string) => ({ type: 'StartSection', section, version, published }) as const;
const complete = (also: Partial<SectionCompleted> = {}) => ({ type: 'CompleteSection', section: 'keeping-well', reporter: 'worker', published, ...also }) as const;

describe('a workbook', () => {
  it('is issued', () => given(workbook).when(issue()).emits(issued()));
  it('must be one the programme has published', () => {
    for (const unknown of ['3', 'constructor', '__proto__']) given(workbook).when(issue(unknown)).refuses('workbook-unknown');
  });
  it('of a later version is issued beside the first', () => given(workbook, issued('1')).when(issue('2')).emits(issued('2')));
  it('delivered otherwise is refused', () => given(workbook, issued()).when(issue('1', 'post')).refuses('already-recorded'));
  it('may be of a version whose label every object knows', () => {
    const odd = { constructor: ['keeping-well'] };
    given(workbook).when({ ...issue('constructor'), published: odd }).emits(issued('constructor'));
    given(workbook, issued('constructor')).when({ ...start(), published: odd }).emits(started('keeping-well', 'constructor'));
  });
});

describe('a section', () => {
  it('is started and completed in the version that was issued', () => {
    given(workbook, issued()).when(start()).emits(started());
    given(workbook, issued()).when(complete()).emits(completed());
  });
  it('is completed in a session, or without, started or not', () => {
    given(workbook, issued()).when(complete({ session })).emits(completed({ session }));
    given(workbook, issued(), started()).when(complete()).emits(completed());
  });
  it('is started late when it was completed already', () => given(workbook, issued(), completed()).when(start()).emits(started()));
  it('is of the version issued last, unless another is named that was issued too', () => {
    const past = [issued('1'), issued('2')];
    given(workbook, ...past).when(start()).emits(started('keeping-well', '2'));
    given(workbook, ...past).when(start('keeping-well', '1')).emits(started('keeping-well', '1'));
    given(workbook, ...past).when(complete({ version: '1' })).emits(completed());
    given(workbook, ...past, started('keeping-well', '1')).when(start()).emits(started('keeping-well', '2'));
  });
  it('needs a workbook, and one that was issued to this participant', () => {
    for (const command of [start(), complete(), start('keeping-well', '1'), complete({ version: '1' })]) given(workbook).when(command).refuses('workbook-not-issued');
    for (const other of ['2', 'toString', '__proto__']) given(workbook, issued('1')).when(start('keeping-well', other)).refuses('workbook-not-issued');
  });
  it('is one of that version', () => {
    for (const command of [start('self-help'), complete({ section: 'self-help' }), start('ambitions', '2'), start('constructor')]) given(workbook, issued('2'), issued('1')).when(command).refuses('section-unknown');
  });
  it('of a version that the programme no longer knows is refused by name, not by accident', () => {
    given(workbook, issued('valueOf')).when(start()).refuses('section-unknown');
  });
  it('completed in another session, or told by another, is refused', () => {
    given(workbook, issued(), completed()).when(complete({ session })).refuses('already-recorded');
    given(workbook, issued(), completed()).when(complete({ reporter: 'participant' })).refuses('already-recorded');
  });
});

describe('the same again', () => {
  const said: [string, WorkbookCommand, WorkbookEvent[]][] = [
    ['an issue', issue(), [issued()]], ['an issue before another', issue(), [issued(), issued('2')]], ['a start', start(), [issued(), started()]],
    ['a start of a completed section', start(), [issued(), started(), completed()]], ['a completion', complete(), [issued(), completed()]],
  ];
  it.each(said)('of %s is nothing, on the same day or without a word of when', (_, command, past) => {
    given(workbook, ...past).when(command).emitsNothing();
    given(workbook, ...past).when({ ...command, occurred: then }).emitsNothing();
  });
  it.each(said)('of %s on another day is refused', (_, command, past) => given(workbook, ...past).when({ ...command, occurred: later }).refuses('already-recorded'));
});

describe('what must hold', () => {
  it('keeps the issue that sections rest on', () => {
    for (const fact of [started(), completed()]) {
      expect(workbook.holds?.(given(workbook, fact).state)?.code).toBe('entry-needed');
      const past = [issued(), fact].map((each, index) => entryOf(each, index + 1));
      expect(() => voided(past, 1)).toThrow('rests on the issue of workbook version 1. Void that first.');
      expect(voided([...past, ...voided(past, 2)], 1)).toHaveLength(1);
    }
  });
  it('is broken by a section of a version never issued, whatever its label', () => {
    expect(workbook.holds?.(given(workbook, issued('1'), started('keeping-well', 'constructor')).state)?.code).toBe('entry-needed');
  });
  it('lets go an issue nothing rests on, and the one before is current again', () => {
    const past = [issued('1'), issued('2'), started('keeping-well', '1')].map((each, index) => entryOf(each, index + 1));
    given(workbook, ...([...past, ...voided(past, 2)] as never[])).when(complete()).emits(completed());
  });
});

function voided(history: readonly Entry[], n: number): Entry[] {
  const facts = correct({ type: 'VoidEntry', entry: history[n - 1]?.id ?? '', why: 'entered-in-error' }, workbook, history);
  return facts.map((fact, index) => entryOf(fact, history.length + index + 1));
}
