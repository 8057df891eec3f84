import type { Entry } from '@cairn/kernel/envelope.js';
import { stops } from './stops.js';
import { following, idFor, participant, recorded } from './testing.js';

const sessions = ['3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a11', '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a12', '3f0c2a53-6c1b-4a7e-9d55-0b8f6f0c1a13'] as const;
const [one, two] = sessions;

const offered = (n: number, session: string, day: string) =>
  recorded(n, 'support', 'SessionOffered', { session, ordinal: n, plannedStart: `${day}T14:00:00+00:00`, mode: 'in-person', method: 'telephone' });
const moved = (n: number, session: string, day: string) => recorded(n, 'support', 'SessionRescheduled', { session, plannedStart: `${day}T14:00:00+00:00`, by: 'participant' });
const attended = (n: number, session: string) => recorded(n, 'support', 'SessionAttended', { session, minutes: 60, mode: 'in-person', worker: 'w1', punctuality: 'on-time' });
const died = (n: number, at: string) => recorded(n, 'participant', 'Died', { source: 'family' }, { at });
const consented = (n: number, at: string) => recorded(n, 'participant', 'ConsentGiven', { scopes: ['contact', 'record-access'], formVersion: '1', capacity: true }, { at });
const withdrawn = (n: number, at: string, also: object = {}) => recorded(n, 'participant', 'ConsentScopeWithdrawn', { scope: 'contact', ...also }, { at });
const discontinued = (n: number, at: string, reason?: string) => recorded(n, 'participant', 'InterventionDiscontinued', { ...(reason && { reason }) }, { at });
const calledOff = (n: number, session: string) => recorded(n, 'support', 'SessionCancelled', { session, by: 'provider' }, { actor: { id: 'process:stops', role: 'process' }, source: 'process' });
const voided = (n: number, { id, stream }: Entry) => recorded(n, stream, 'EntryVoided', { entry: id, why: 'entered-in-error' });
const cancelled = (session: string, by: 'participant' | 'provider' = 'provider') => ({ type: 'SessionCancelled', data: { session, by } });

const after = (...history: Entry[]) => following(stops).given(...history);

describe('sessions planned from that day on are called off', () => {
  it('after a death, the day itself included, those before it not', async () => {
    expect(await after(offered(1, one, '2026-02-02'), offered(2, two, '2026-02-03'), offered(3, sessions[2], '2026-02-10'), died(4, '2026-02-03')).when()).toEqual([cancelled(two), cancelled(sessions[2])]);
  });
  it('also when they are offered, or moved there, afterwards', async () => {
    expect(await after(died(1, '2026-02-03'), offered(2, one, '2026-02-09')).when()).toEqual([cancelled(one)]);
    expect(await after(offered(1, one, '2026-02-02'), died(2, '2026-02-03'), moved(3, one, '2026-02-04')).when()).toEqual([cancelled(one)]);
    expect(await after(offered(1, one, '2026-02-04'), moved(2, one, '2026-02-02'), died(3, '2026-02-03')).when()).toEqual([]);
  });
  it('and when a correction brings it back, or gives it to somebody whom nobody visits any more', async () => {
    const byPeople = recorded(2, 'support', 'SessionCancelled', { session: one, by: 'participant' });
    expect(await after(offered(1, one, '2026-02-09'), byPeople, died(3, '2026-02-03'), voided(4, byPeople)).when()).toEqual([cancelled(one)]);
    const { data, occurred, actor } = offered(9, one, '2026-02-09');
    const given = recorded(2, 'support', 'EntryReattributed', { entry: idFor('elsewhere'), from: idFor('other'), to: participant, carried: { type: 'SessionOffered', version: 1, data, occurred, actor } });
    expect(await after(died(1, '2026-02-03'), given).when()).toEqual([cancelled(one)]);
  });
  it('after contact is no longer consented to, by the day it holds from', async () => {
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), withdrawn(3, '2026-02-01')).when()).toEqual([cancelled(one, 'participant')]);
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), withdrawn(3, '2026-02-01', { effective: '2026-02-10' })).when()).toEqual([]);
  });
  it('not after another scope is withdrawn, nor once contact is consented to again', async () => {
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), withdrawn(3, '2026-02-01', { scope: 'interviews' })).when()).toEqual([]);
    expect(await after(consented(1, '2026-01-01'), withdrawn(2, '2026-02-01'), consented(3, '2026-02-05'), offered(4, one, '2026-02-09')).when()).toEqual([]);
  });
  it('after the intervention was discontinued, by the participant where it was their decision', async () => {
    expect(await after(offered(1, one, '2026-02-09'), discontinued(2, '2026-02-01')).when()).toEqual([cancelled(one)]);
    expect(await after(offered(1, one, '2026-02-09'), discontinued(2, '2026-02-01', 'own-decision')).when()).toEqual([cancelled(one, 'participant')]);
  });
  it('whichever of a person’s registrations tells of it', async () => {
    const elsewhere = { stream: 'participant-6f1c8a4e-0000-4000-8000-000000000002' };
    expect(await after(offered(1, one, '2026-02-09'), { ...died(2, '2026-02-03'), ...elsewhere }, recorded(3, 'participant', 'ParticipantsMerged', {})).when()).toEqual([cancelled(one)]);
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), { ...withdrawn(3, '2026-02-01'), ...elsewhere }, recorded(4, 'participant', 'ParticipantsMerged', {})).when()).toEqual([cancelled(one, 'participant')]);
  });
  it('with the reason', async () => {
    expect(await after(offered(1, one, '2026-02-09'), died(2, '2026-02-03')).reasons()).toEqual(['died']);
    expect(await after(offered(1, one, '2026-02-09'), discontinued(2, '2026-02-03')).reasons()).toEqual(['discontinued']);
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), withdrawn(3, '2026-02-01')).reasons()).toEqual(['consent-withdrawn']);
  });
  it('from the day the record learned of it, when nobody knows the day', async () => {
    const undated = recorded(20, 'participant', 'Died', { source: 'other' }, { occurred: { precision: 'unknown', zone: 'Europe/London' } });
    expect(await after(offered(1, one, '2026-01-19'), offered(2, two, '2026-01-20'), undated).when()).toEqual([cancelled(two)]);
  });
  it('never what took place, was missed or is called off already, and no course ends', async () => {
    expect(await after(offered(1, one, '2026-02-09'), attended(2, one), died(3, '2026-02-03')).when()).toEqual([]);
    expect(await after(offered(1, one, '2026-02-09'), calledOff(2, one), died(3, '2026-02-03')).when()).toEqual([]);
  });
});

describe('when the ground falls away', () => {
  const death = died(2, '2026-02-03');
  const history = [offered(1, one, '2026-02-09'), death, calledOff(3, one)];
  const raised = (entries: string[]) => ({ type: 'QueryRaised', data: { query: idFor('stops', 'planning', ...entries), topic: 'planning', to: 'supervisor', entries, text: expect.any(String) as string } });
  const query = (n: number, entries: string[]) => recorded(n, 'support', 'QueryRaised', { query: idFor('stops', 'planning', ...entries), topic: 'planning', to: 'supervisor', entries });

  it('the supervisor is asked to plan anew, once', async () => {
    const entries = [history[2]?.id ?? ''];
    expect(await after(...history, voided(4, death)).when()).toEqual([raised(entries)]);
    expect(await after(...history, voided(4, death), query(5, entries)).when(voided(4, death))).toEqual([]);
  });
  it('so too when contact is consented to again', async () => {
    expect(await after(consented(1, '2026-01-01'), offered(2, one, '2026-02-09'), withdrawn(3, '2026-02-01'), calledOff(4, one), consented(5, '2026-02-05')).when()).toHaveLength(1);
  });
  it('not while another ground stands, nor about what people called off or what took place after all', async () => {
    expect(await after(...history, discontinued(4, '2026-02-01'), voided(5, death)).when()).toEqual([]);
    expect(await after(offered(1, one, '2026-02-09'), death, recorded(3, 'support', 'SessionCancelled', { session: one, by: 'provider' }), voided(4, death)).when()).toEqual([]);
    expect(await after(...history, attended(4, one), voided(5, death)).when()).toEqual([]);
  });
});

it('concerns nothing else', async () => {
  expect(await after(died(1, '2026-02-03'), attended(2, one)).when()).toEqual([]);
  expect(await stops.places(recorded(1, 'acute', 'EntryVoided', {}))).toEqual([]);
});
