import { describe, expect, it } from '@jest/globals';
import type { Entry } from '@cairn/kernel/envelope.js';
import { effective } from '@cairn/kernel/history.js';
import { dateOf } from '@cairn/kernel/occurred.js';
import { entryOf } from '@cairn/kernel/testing.js';
import { flagsBy } from './entry-flags.js';

const participant = '6f1c8a4e-0000-4000-8000-000000000001';
let n = 0;
const fact = (kind: string, type: string, at: string, data: object = {}): Entry =>
  entryOf({ type, data }, ++n, { stream: `${kind}-${participant}`, occurred: { at, precision: at.length === 7 ? 'month' : 'date', zone: 'Europe/London' } });
const visit = (at: string) => fact('support', 'SessionAttended', at, { session: 's' });
const died = (at: string) => fact('participant', 'Died', at, { source: 'family' });
const consent = (at: string, type = 'ConsentGiven') => fact('participant', type, at, { scopes: ['contact'], formVersion: '1', capacity: true });
const withdrawn = (at: string, effective?: string) => fact('participant', 'ConsentScopeWithdrawn', at, { scope: 'contact', ...(effective && { effective }) });

/** The flags of an entry in a history recorded in the order given. */
function flags(history: readonly Entry[], entry: Entry, own: readonly string[] = []): readonly string[] {
  const standing = effective(history.map((each, index) => ({ ...each, position: index + 1, revision: index })), participant);
  const present = standing.find(({ id }) => id === entry.id);
  if (!present) throw new Error('It does not stand.');
  return flagsBy(standing)({ ...present, date: dateOf(present.occurred) }, own);
}

describe('an entry dated on the day of a death or after it', () => {
  const [before, on, after, death] = [visit('2026-03-09'), visit('2026-03-10'), visit('2026-03-11'), died('2026-03-10')];

  it.each([['before the death was known', [before, on, after, death]], ['after', [death, before, on, after]], ['in between', [after, death, on, before]]])('is flagged, recorded %s', (_, history) => {
    expect([before, on, after].map((entry) => flags(history, entry))).toEqual([[], ['after-death'], ['after-death']]);
  });
  it('no longer is once the death is voided, and is by its amended date', () => {
    const voided = fact('participant', 'EntryVoided', '2026-04-01', { entry: death.id, why: 'entered-in-error' });
    expect(flags([after, death, voided], after)).toEqual([]);
    const amended = fact('participant', 'EntryAmended', '2026-04-01', { entry: death.id, type: 'Died', version: 1, data: death.data, occurred: { at: '2026-03-11', precision: 'date', zone: 'Europe/London' } });
    expect([on, after].map((entry) => flags([on, after, death, amended], entry))).toEqual([[], ['after-death']]);
  });
  it('is not where it calls contact off, or tells of what is found in records', () => {
    const others = [fact('support', 'SessionCancelled', '2026-03-12', { session: 's' }), fact('support', 'CourseEnded', '2026-03-12', { course: 1 }), fact('acute', 'DischargeFound', '2026-03-12'), fact('workbook', 'DeliveryReturned', '2026-03-12')];
    expect(others.map((entry) => flags([death, entry], entry))).toEqual([[], [], [], []]);
  });
  it('is where it is a post, an attempt, or a consent', () => {
    const others = [fact('workbook', 'WorkbookIssued', '2026-03-12'), fact('support', 'ContactAttempted', '2026-03-12'), consent('2026-03-12'), fact('participant', 'Enrolled', '2026-03-12')];
    expect(others.map((entry) => flags([death, entry], entry))).toEqual(others.map(() => ['after-death']));
  });
});

describe('an entry dated after contact was no longer consented to', () => {
  const [given, visited] = [consent('2026-01-05'), visit('2026-03-11')];

  it('is flagged, in whatever order they were recorded, until consent is given anew', () => {
    const [ended, anew] = [withdrawn('2026-03-12', '2026-03-11'), consent('2026-04-01', 'Reconsented')];
    expect([flags([given, visited, ended], visited), flags([given, ended, visited], visited), flags([given, ended, visited, anew], visited)]).toEqual([['after-withdrawal'], ['after-withdrawal'], []]);
  });
  it('is not when it is what the participant themself says', () => {
    const [ended, preferred] = [withdrawn('2026-03-11'), fact('participant', 'ContactPreferencesRecorded', '2026-03-12')];
    expect(flags([given, ended, preferred], preferred)).toEqual([]);
  });
});

it('a late entry is no longer flagged as late once somebody stands for it', () => {
  const [visited, death] = [visit('2026-03-11'), died('2026-03-10')];
  const attested = fact('support', 'EntryAttested', '2026-04-01', { entry: visited.id });
  expect(flags([visited, death], visited, ['late-entry'])).toEqual(['late-entry', 'after-death']);
  expect(flags([visited, death, attested], visited, ['late-entry'])).toEqual(['after-death']);
});

it('an enrolment dated before the first consent is flagged, until the consent is', () => {
  const [given, enrolled] = [consent('2026-01-12'), fact('participant', 'Enrolled', '2026-01-11')];
  expect(flags([given, enrolled], enrolled)).toEqual(['before-consent']);
  expect(flags([given, enrolled, consent('2026-01', 'Reconsented')], enrolled)).toEqual([]);
  const amended = fact('participant', 'EntryAmended', '2026-04-01', { entry: given.id, type: 'ConsentGiven', version: 1, data: given.data, occurred: { at: '2026-01-11', precision: 'date', zone: 'Europe/London' } });
  expect(flags([given, enrolled, amended], enrolled)).toEqual([]);
});
