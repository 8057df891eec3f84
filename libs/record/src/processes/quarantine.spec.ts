import type { Entry } from '@cairn/kernel/envelope.js';
import { quarantine } from './quarantine.js';
import { following, idFor, recorded } from './testing.js';

const episode = '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11';
const consented = (n: number, at: string, scopes = ['record-access']) => recorded(n, 'participant', 'ConsentGiven', { scopes, formVersion: '1', capacity: true }, { at });
const withdrawn = (n: number, at: string, also: object = {}) => recorded(n, 'participant', 'ConsentScopeWithdrawn', { scope: 'record-access', ...also }, { at });
const admission = (n: number, foundOn: string) => recorded(n, 'acute', 'AdmissionFound', { episode, setting: 'ward', source: 'site-records', foundOn }, { at: '2026-01-02' });
const searched = (n: number, at: string) => recorded(n, 'acute', 'OutcomeWindowAscertained', { sources: ['site-records'], searchedTo: '2026-01-31', noneFound: true }, { at });
const deviation = ({ id }: Entry) => ({ type: 'ProtocolDeviationRecorded', data: { deviation: idFor('quarantine', 'finding', id), kind: 'without-consent', entry: id, text: expect.any(String) as string } });
const told = (n: number, { id }: Entry) => recorded(n, 'acute', 'ProtocolDeviationRecorded', { deviation: idFor('quarantine', 'finding', id), kind: 'without-consent', entry: id });

const after = (...history: Entry[]) => following(quarantine).given(...history).when();

describe('what a search found without consent to search', () => {
  it('is a deviation, whether consent was never given or withdrawn by then', async () => {
    expect(await after(admission(1, '2026-01-20'))).toEqual([deviation(admission(1, '2026-01-20'))]);
    const late = searched(3, '2026-02-03');
    expect(await after(consented(1, '2026-01-12'), withdrawn(2, '2026-02-01'), late)).toEqual([deviation(late)]);
  });
  it('also when the withdrawal is recorded only afterwards', async () => {
    const found = admission(2, '2026-02-03');
    expect(await after(consented(1, '2026-01-12'), found, withdrawn(3, '2026-02-05', { effective: '2026-02-01' }))).toEqual([deviation(found)]);
  });
  it('is none where consent stood on the day of the search, or covers it since', async () => {
    expect(await after(consented(1, '2026-01-12'), admission(2, '2026-01-20'), withdrawn(3, '2026-02-01'))).toEqual([]);
    expect(await after(admission(1, '2026-01-20'), consented(2, '2026-01-25'))).toEqual([]);
  });
  it('is none where the person consented under another registration', async () => {
    const elsewhere = { ...consented(1, '2026-01-12'), stream: 'participant-6f1c8a4e-0000-4000-8000-000000000002' };
    expect(await after(elsewhere, admission(2, '2026-01-20'))).toEqual([]);
  });
  it('is none of a transfer or discharge entered while consent stood', async () => {
    const discharge = recorded(13, 'acute', 'DischargeFound', { episode }, { at: '2026-01-05' });
    expect(await after(consented(1, '2026-01-12'), admission(12, '2026-01-12'), discharge)).toEqual([]);
    expect(await after(consented(1, '2026-01-12'), admission(12, '2026-01-12'), withdrawn(12, '2026-01-13'), discharge)).toEqual([deviation(discharge)]);
  });
  it('is recorded once, whether by this rule or by somebody before it', async () => expect(await after(admission(1, '2026-01-20'), told(2, admission(1, '2026-01-20')), searched(3, '2026-01-21'))).toEqual([deviation(searched(3, '2026-01-21'))]));
  it('is not about the discharge the programme follows on from', async () => {
    expect(await after(recorded(1, 'acute', 'IndexDischargeRecorded', { episode, setting: 'crisis-team' }))).toEqual([]);
  });
});
