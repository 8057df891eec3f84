import { correct } from '@cairn/kernel/correct.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import type { Occurred } from '@cairn/kernel/occurred.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { SectionCompleted, WorkbookEvent, WorkbookReissued } from './events.js';
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

const reopened = (version = '1'): WorkbookEvent => ({ type: 'SectionReopened', data: { section: 'keeping-well', version } });
const reissued = (also: Partial<WorkbookReissued> = {}): WorkbookEvent => ({ type: 'WorkbookReissued', data: { version: '1', delivery: 'in-person', cause: 'lost', filled: true, ...also } });
const returned = (version = '1'): WorkbookEvent => ({ type: 'DeliveryReturned', data: { version, cause: 'wrong-address' } });

const reissue = (also: Partial<WorkbookReissued> = {}) => ({ type: 'ReissueWorkbook', facts: { delivery: 'in-person', cause: 'lost', filled: true, ...also } }) as const;
const comeBack = (version?: string) => ({ type: 'ReturnDelivery', facts: { cause: 'wrong-address', ...(version !== undefined && { version }) } }) as const;
const reopen = (version?: string) => ({ type: 'ReopenSection', section: 'keeping-well', version, published }) as const;
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

describe('a copy', () => {
  it('replaces one that was lost or damaged, of the version issued last unless another is named', () => {
    given(workbook, issued()).when(reissue()).emits(reissued());
    given(workbook, issued(), issued('2')).when(reissue({ cause: 'damaged', filled: false })).emits(reissued({ version: '2', cause: 'damaged', filled: false }));
    given(workbook, issued(), issued('2')).when(reissue({ version: '1' })).emits(reissued());
  });
  it('may be lost more than once', () => given(workbook, issued(), reissued()).when({ ...reissue(), occurred: later }).emits(reissued()));
  it('that was posted may come back, and be sent again', () => {
    given(workbook, issued()).when(comeBack()).emits(returned());
    given(workbook, issued(), returned()).when(reissue()).emits(reissued());
    given(workbook, issued(), returned(), reissued()).when(comeBack()).emits(returned());
  });
  it('is of a version that was issued', () => {
    for (const command of [reissue(), comeBack(), reissue({ version: '1' }), comeBack('constructor')]) given(workbook).when(command).refuses('workbook-not-issued');
    given(workbook, issued()).when(reissue({ version: '2' })).refuses('workbook-not-issued');
  });
});

describe('a completed section', () => {
  it('is worked on again, and completed again, otherwise than before too', () => {
    given(workbook, issued(), completed()).when(reopen()).emits(reopened());
    given(workbook, issued(), completed(), reopened()).when(complete({ reporter: 'participant' })).emits(completed({ reporter: 'participant' }));
    given(workbook, issued(), completed(), reopened(), completed()).when(reopen()).emits(reopened());
  });
  it('must be one', () => {
    for (const past of [[], [started()], [completed({ version: '2' })]]) given(workbook, issued('2'), issued(), ...past).when(reopen('1')).refuses('section-not-completed');
  });
});

describe('the same again', () => {
  const said: [string, WorkbookCommand, WorkbookEvent[]][] = [
    ['an issue', issue(), [issued()]], ['an issue before another', issue(), [issued(), issued('2')]], ['a start', start(), [issued(), started()]],
    ['a start of a completed section', start(), [issued(), started(), completed()]], ['a completion', complete(), [issued(), completed()]], ['a reissue', reissue(), [issued(), reissued()]], ['a return', comeBack(), [issued(), returned()]],
    ['a reopening', reopen(), [issued(), completed(), reopened()]],
  ];
  it.each(said)('of %s is nothing, on the same day or without a word of when', (_, command, past) => {
    given(workbook, ...past).when(command).emitsNothing();
    given(workbook, ...past).when({ ...command, occurred: then }).emitsNothing();
  });
  it.each(said.filter(([what]) => !/reissue|return|reopening/.test(what)))('of %s on another day is refused', (_, command, past) => given(workbook, ...past).when({ ...command, occurred: later }).refuses('already-recorded'));
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
  it('keeps the issue that copies rest on, and the completion that a reopening rests on', () => {
    for (const fact of [reissued(), returned()]) {
      const past = [issued(), fact].map((each, index) => entryOf(each, index + 1));
      expect(() => voided(past, 1)).toThrow('rests on the issue of workbook version 1. Void that first.');
      expect(voided([...past, ...voided(past, 2)], 1)).toHaveLength(1);
    }
    const again = [issued(), completed(), reopened(), completed()].map((each, index) => entryOf(each, index + 1));
    expect(() => voided(again, 2)).toThrow('The reopening of section keeping-well rests on its completion.');
    expect(voided([...again, ...voided(again, 3)], 2)).toHaveLength(1);
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
