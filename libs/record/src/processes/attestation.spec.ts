import type { Entry } from '@cairn/kernel/envelope.js';
import { attestation } from './attestation.js';
import { following, idFor, participant, recorded } from './testing.js';

/* Entries are recorded at noon of the n-th day of January 2026. */
const session = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';
const by = (id: string, staff?: string) => ({ actor: { id, role: 'worker', site: 's1', ...(staff !== undefined && { staff }) } });
const attended = (n: number, at: string, who = by('w1')) => recorded(n, 'support', 'SessionAttended', { session, minutes: 60, mode: 'in-person', worker: 'w1', punctuality: 'on-time' }, { at, ...who });
const engaged = (n: number, from = '2025-01-01') => recorded(n, 'staff-w1', 'Engaged', { programme: 'core', site: 's1', role: 'worker', from });
const left = (n: number, at = '2026-01-06T17:00:00+00:00') => recorded(n, 'staff-w1', 'Left', {}, { at });
const asked = ({ id }: Entry, to = 'supervisor') => ({ type: 'QueryRaised', data: { query: idFor('attestation', 'entry', id), topic: 'attestation', to, entries: [id], text: expect.any(String) as string } });

const after = (...history: Entry[]) => following(attestation(async () => ['support', 'participant', 'meeting'].map((stream) => ({ stream, participant })))).given(...history).when();

describe('what was recorded after its author had left', () => {
  it('of a time before waits for the supervisor', async () => {
    const late = attended(9, '2026-01-06T10:00:00+00:00');
    expect(await after(engaged(1), left(6), late)).toEqual([asked(late)]);
  });
  it('also when the leaving was recorded only then', async () => {
    const late = attended(9, '2026-01-05');
    expect(await after(engaged(1), late, attended(10, '2026-01-08'), left(12))).toEqual([asked(late)]);
  });
  it('of the day they left counts to the end of it: it waits where they left by the day, not where they left before its end', async () => {
    expect(await after(engaged(1), left(6), attended(9, '2026-01-06'))).toEqual([]);
    const late = attended(9, '2026-01-06');
    expect(await after(engaged(1), left(6, '2026-01-06'), late)).toEqual([asked(late)]);
  });
  it('waits for nobody when it was recorded before, or by somebody else, or after they came back', async () => {
    expect(await after(engaged(1), left(6), attended(5, '2026-01-05'))).toEqual([]);
    expect(await after(engaged(1), left(6), attended(9, '2026-01-05', by('w2')))).toEqual([]);
    expect(await after(engaged(1), left(6), engaged(8, '2026-01-08'), attended(9, '2026-01-05'))).toEqual([]);
  });
  it('is judged by the member of staff the author was, whatever the account is called', async () => {
    const late = attended(9, '2026-01-05', by('auth0|77', 'w1'));
    expect(await after(engaged(1), left(6), late)).toEqual([asked(late)]);
    expect(await after(engaged(1), left(6), attended(9, '2026-01-05', by('auth0|77')))).toEqual([]);
  });
  it('is asked about once, and not when somebody stands for it already', async () => {
    const late = attended(9, '2026-01-05');
    const raised = recorded(10, 'support', 'QueryRaised', { query: idFor('attestation', 'entry', late.id), topic: 'attestation', to: 'supervisor', entries: [late.id] }, { actor: { id: 'process:attestation', role: 'process' }, source: 'process' });
    expect(await after(engaged(1), left(6), late, raised, left(12))).toEqual([]);
    expect(await after(engaged(1), left(6), late, recorded(10, 'support', 'EntryAttested', { entry: late.id }), left(12))).toEqual([]);
  });
  it('on a stream that masked roles see goes to the data manager, and is kept from them where who told it is', async () => {
    const consent = recorded(9, 'participant', 'ConsentGiven', { scopes: ['contact'], formVersion: '1', capacity: true }, { at: '2026-01-05', ...by('w1') });
    const death = recorded(10, 'participant', 'Died', { source: 'peer-support' }, { at: '2026-01-05', ...by('w1') });
    expect(await after(engaged(1), left(6), consent)).toEqual([asked(consent, 'data-manager')]);
    expect(await after(engaged(1), left(6), death)).toEqual([]);
  });
});
