import { fold } from '@cairn/kernel/decider.js';
import { entryOf, given } from '@cairn/kernel/testing.js';
import type { DatasetLocked, ProgrammeEvent, ProtocolVersionPublished, SiteActivated, WorkbookVersionPublished } from './events.js';
import * as examples from './examples.js';
import { inForce, programme, sectionsOf } from './programme.js';

const protocol = (version: string, also: Partial<ProtocolVersionPublished> = {}) => ({ ...(examples.protocol as Omit<ProtocolVersionPublished, 'version'>), version, ...also });
const workbook = (version: string, also: Partial<WorkbookVersionPublished> = {}) => ({ ...examples.workbook, version, ...also });
const site = (also: Partial<SiteActivated> = {}) => ({ ...(examples.site as Omit<SiteActivated, 'site'>), site: 'hexley', ...also });

const registered: ProgrammeEvent = { type: 'ProgrammeRegistered', data: examples.programme };
const published = (version: string, also?: Partial<ProtocolVersionPublished>): ProgrammeEvent => ({ type: 'ProtocolVersionPublished', data: protocol(version, also) });
const printed = (version: string, also?: Partial<WorkbookVersionPublished>): ProgrammeEvent => ({ type: 'WorkbookVersionPublished', data: workbook(version, also) });
const activated = (also?: Partial<SiteActivated>): ProgrammeEvent => ({ type: 'SiteActivated', data: site(also) });

const register = (facts = examples.programme) => ({ type: 'RegisterProgramme', facts }) as const;
const publish = (version: string, also?: Partial<ProtocolVersionPublished>) => ({ type: 'PublishProtocolVersion', facts: protocol(version, also) }) as const;
const print = (version: string, also?: Partial<WorkbookVersionPublished>) => ({ type: 'PublishWorkbookVersion', facts: workbook(version, also) }) as const;
const activate = (also?: Partial<SiteActivated>) => ({ type: 'ActivateSite', facts: site(also) }) as const;

const approval = (protocolVersion: string, day = '2026-01-01') => ({ ...examples.approval, protocolVersion, on: day });
const approved = (version: string, day?: string): ProgrammeEvent => ({ type: 'AmendmentApproved', data: approval(version, day) });
const approve = (version: string, day?: string) => ({ type: 'ApproveAmendment', facts: approval(version, day) }) as const;
const cut = (also: Partial<DatasetLocked> = {}) => ({ ...(examples.lock as Omit<DatasetLocked, 'dataset'>), dataset: 'primary', ...also });
const locked = (also?: Partial<DatasetLocked>): ProgrammeEvent => ({ type: 'DatasetLocked', data: cut(also) });
const lock = (also?: Partial<DatasetLocked>) => ({ type: 'LockDataset', facts: cut(also) }) as const;
const unlocked: ProgrammeEvent = { type: 'DatasetUnlocked', data: { dataset: 'primary', reason: 'error-found' } };
const unlock = (dataset = 'primary', reason: 'error-found' | 'late-data' = 'error-found') => ({ type: 'UnlockDataset', facts: { dataset, reason } }) as const;
const unblinded: ProgrammeEvent = { type: 'Unblinded', data: { on: '2027-02-01', reason: 'planned-analysis' } };
const unblind = (on = '2027-02-01') => ({ type: 'Unblind', facts: { on, reason: 'planned-analysis' } }) as const;

describe('a programme', () => {
  it('is registered', () => given(programme).when(register()).emits(registered));
  it('registered the same again is nothing', () => given(programme, registered).when(register()).emitsNothing());
  it('registered differently is refused', () => given(programme, registered).when(register({ ...examples.programme, title: 'Another' })).refuses('already-recorded'));
  it('comes before everything in it', () => {
    for (const command of [publish('1'), print('1'), activate(), approve('1'), lock(), unlock(), unblind()]) given(programme).when(command).refuses('programme-unknown');
  });
});

describe('a version', () => {
  it('of the protocol is published', () => given(programme, registered).when(publish('1')).emits(published('1')));
  it('of the workbook is published', () => given(programme, registered).when(print('1')).emits(printed('1')));
  it('comes beside the ones before', () => {
    given(programme, registered, published('1')).when(publish('2')).emits(published('2'));
    given(programme, registered, printed('1')).when(print('2')).emits(printed('2'));
  });
  it('published the same again is nothing', () => {
    given(programme, registered, published('1'), published('2')).when(publish('1')).emitsNothing();
    given(programme, registered, printed('1'), printed('2')).when(print('1')).emitsNothing();
  });
  it('never changes under its label', () => {
    given(programme, registered, published('1')).when(publish('1', { plannedSessions: 12 })).refuses('already-recorded');
    given(programme, registered, printed('1')).when(print('1', { sections: [] })).refuses('already-recorded');
  });
  it('may be labelled with a word that every object knows', () => {
    given(programme, registered).when(publish('constructor')).emits(published('constructor'));
    given(programme, registered).when(print('valueOf')).emits(printed('valueOf'));
  });
});

describe('a site', () => {
  const past = [registered, published('1'), published('2'), activated()];

  it('is activated with a published version', () => given(programme, registered, published('1')).when(activate()).emits(activated()));
  it('needs a version that is published', () => {
    given(programme, registered, published('1')).when(activate({ protocolVersion: '2' })).refuses('protocol-unknown');
    given(programme, registered, published('1')).when(activate({ protocolVersion: 'constructor' })).refuses('protocol-unknown');
  });
  it('activated the same again is nothing, after a later activation too', () => {
    given(programme, ...past).when(activate()).emitsNothing();
    given(programme, ...past, activated({ on: '2026-06-01', protocolVersion: '2' })).when(activate()).emitsNothing();
  });
  it('is activated again for a later version, or before', () => {
    for (const on of ['2026-06-01', '2025-06-01']) given(programme, ...past, approved('2', '2025-05-01')).when(activate({ on, protocolVersion: '2' })).emits(activated({ on, protocolVersion: '2' }));
  });
  it('takes up an amendment only once it is approved, and from no earlier day', () => {
    const next = activate({ on: '2026-06-01', protocolVersion: '2' });
    given(programme, ...past).when(next).refuses('amendment-not-approved');
    given(programme, ...past, approved('2', '2026-06-02')).when(next).refuses('amendment-not-approved');
    given(programme, ...past, approved('2', '2026-06-01')).when(next).emits(activated({ on: '2026-06-01', protocolVersion: '2' }));
    given(programme, ...past).when(activate({ site: 'overton', code: 'OV', protocolVersion: '2' })).refuses('amendment-not-approved');
  });
  it('needs no approval of the version the programme began with, whichever was published first', () => {
    given(programme, registered, published('1'), published('2')).when(activate({ protocolVersion: '2' })).emits(activated({ protocolVersion: '2' }));
    given(programme, ...past).when(activate({ site: 'overton', code: 'OV' })).emits(activated({ site: 'overton', code: 'OV' }));
    given(programme, registered, published('1'), published('2'), activated({ protocolVersion: '2' })).when(activate({ on: '2026-06-01' })).refuses('amendment-not-approved');
  });
  it('has one activation on one day', () => given(programme, ...past).when(activate({ protocolVersion: '2' })).refuses('already-recorded'));
  it('has a code of its own', () => given(programme, ...past).when(activate({ site: 'overton' })).refuses('site-code-taken'));
  it('keeps its code', () => given(programme, ...past).when(activate({ code: 'HEX', on: '2026-06-01' })).refuses('site-code-fixed'));
  it('may be named with a word that every object knows', () => {
    given(programme, ...past).when(activate({ site: 'constructor', code: 'CO' })).emits(activated({ site: 'constructor', code: 'CO' }));
  });
});

describe('an approval', () => {
  it('is of a published version, once', () => {
    given(programme, registered, published('2')).when(approve('2')).emits(approved('2'));
    given(programme, registered).when(approve('2')).refuses('protocol-unknown');
    given(programme, registered, published('2'), approved('2')).when(approve('2')).emitsNothing();
    given(programme, registered, published('2'), approved('2')).when(approve('2', '2026-02-01')).refuses('already-recorded');
  });
});

describe('a dataset', () => {
  it('is locked to one cut', () => {
    given(programme, registered).when(lock()).emits(locked());
    given(programme, registered, locked()).when(lock()).emitsNothing();
    given(programme, registered, locked()).when(lock({ manifest: '0'.repeat(64) })).refuses('dataset-locked');
    given(programme, registered, locked()).when(lock({ dataset: 'interim' })).emits(locked({ dataset: 'interim' }));
  });
  it('is locked to another only when it was unlocked', () => {
    given(programme, registered, locked()).when(unlock()).emits(unlocked);
    given(programme, registered, locked(), unlocked).when(unlock()).emitsNothing();
    given(programme, registered, locked(), unlocked).when(unlock('primary', 'late-data')).refuses('already-recorded');
    given(programme, registered, locked(), unlocked).when(lock({ position: 'p2' })).emits(locked({ position: 'p2' }));
    given(programme, registered, locked(), unlocked, locked({ position: 'p2' })).when(lock()).refuses('dataset-locked');
  });
  it('that nobody locked is not unlocked', () => {
    for (const unknown of ['primary', 'constructor']) given(programme, registered).when(unlock(unknown)).refuses('dataset-unknown');
  });
});

describe('unblinding', () => {
  it('happens once', () => {
    given(programme, registered).when(unblind()).emits(unblinded);
    given(programme, registered, unblinded).when(unblind()).emitsNothing();
    given(programme, registered, unblinded).when(unblind('2027-03-01')).refuses('already-recorded');
  });
});

describe('the version in force', () => {
  const state = given(programme, registered, published('1'), published('2'), published('3'), activated(), activated({ on: '2026-06-01', protocolVersion: '2' }), activated({ on: '2026-03-01', protocolVersion: '3' })).state;

  it.each([
    ['2026-01-05', '1'],
    ['2026-02-28', '1'],
    ['2026-03-01', '3'],
    ['2026-05-31', '3'],
    ['2026-06-01', '2'],
    ['2027-01-01', '2'],
  ])('on %s is %s, by the days of the activations and not their order in the record', (date, version) => expect(inForce(state, 'hexley', date)).toBe(version));
  it('before the first activation is the first', () => expect(inForce(state, 'hexley', '2020-01-01')).toBe('1'));
  it('on a day nobody knows is the last', () => expect(inForce(state, 'hexley', undefined)).toBe('2'));
  it('is none at a site nobody activated', () => {
    for (const unknown of ['overton', 'constructor']) expect(inForce(state, unknown, '2026-06-01')).toBeUndefined();
  });
});

it('lists the sections of each workbook version', () => {
  const state = fold(programme, [registered, printed('1'), printed('2', { sections: [{ id: 'only', title: 'Only', order: 1 }] })].map((fact, index) => entryOf(fact, index + 1)));
  expect(sectionsOf(state)).toEqual({ 1: examples.workbook.sections.map(({ id }) => id), 2: ['only'] });
});
