import type { Entry } from '@cairn/kernel/envelope.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { trailLog } from './trail.read.js';

const participant = '6f1c8a4e-0000-4000-8000-000000000001';
const protocol = { programme: 'core', site: 'hexley', version: '2' };
const { of } = trailLog({ participants: new Set(['support']), programmes: new Set(['programme']) }, () => ({ workingDays: 9, late: true }));
const row = (also: Partial<Entry>, type = 'SessionAttended', data: object = { session: 's', minutes: 60 }) => of(entryOf({ type, data }, 3, also), () => undefined);

describe('a row of the trail', () => {
  it('says who, in which role, where, what, when on both clocks, why, how it came, and how late', () => {
    expect(row({ protocol, reason: { code: 'late-form', text: 'never here' }, source: 'offline' })).toEqual({
      position: 3, event: '00000000-0000-4000-8000-000000000003', recordedAt: '2026-01-03T12:00:00.000000Z', happened: '2026-01-05',
      happenedAt: Date.parse('2026-01-05T23:59:59.999Z'), stream: 'support', subject: participant, participant, programme: 'core', site: 'hexley', protocolVersion: '2', actor: 'w1', role: 'worker',
      type: 'SessionAttended', reason: 'late-form', source: 'offline', late: true, delay: 9, correction: false, corrects: null, worker: null,
    });
  });
  it('of a correction names the entry it corrects', () => expect(row({}, 'EntryVoided', { entry: 'e', why: 'duplicate' })).toMatchObject({ correction: true, corrects: 'e' }));
  it('of an assignment names the worker, so that a caseload can be known at any time', () => expect(row({}, 'WorkerAssigned', { worker: 'w9' })).toMatchObject({ worker: 'w9' }));
  it('of a programme is about no participant', () => expect(row({ stream: 'programme-core' }, 'ProgrammeRegistered', {})).toMatchObject({ participant: null, programme: 'core', subject: 'core', site: 's1' }));
  it('of an erased entry keeps who, what and when it was recorded', () => {
    const erased: Partial<Entry> = { erased: true, data: {}, occurred: { precision: 'unknown', zone: 'UTC' } };
    expect(row(erased, 'EntryVoided', {})).toMatchObject({ actor: 'w1', type: 'EntryVoided', happenedAt: null, late: false, delay: null, correction: true, corrects: null });
  });
});
