import { describe, expect, it } from '@jest/globals';
import { outcomeOf, spellsOf, type Episode, type OutcomeFacts, type OutcomeRules } from './spells.js';

const episode = (start: string | null, end: string | null, setting = 'ward'): Episode => ({ start, end, setting, ended: end !== null });
const rules: OutcomeRules = { windowDays: 365, gapDays: 0, settings: ['ward', 'crisis-team', 'crisis-house'], sources: ['site-records', 'national-records'] };
const clear = (searchedTo: string, ...sources: string[]) => ({ sources: sources.length > 0 ? sources : rules.sources, searchedTo, noneFound: true });
const facts = (also: Partial<OutcomeFacts> = {}): OutcomeFacts => ({ enrolled: true, t0: '2026-01-12', indexDischarge: '2026-01-09', episodes: [], searches: [], access: { until: null }, died: null, erased: false, ...also });
const outcome = (also: Partial<OutcomeFacts> = {}, how: Partial<OutcomeRules> = {}) => outcomeOf(facts(also), { ...rules, ...how });

describe('spells', () => {
  it('join a move on the same day: a transfer', () =>
    expect(spellsOf([episode('2026-03-01', '2026-03-05', 'crisis-team'), episode('2026-03-05', '2026-03-20')], 0)).toEqual([{ start: '2026-03-01', end: '2026-03-20', settings: ['crisis-team', 'ward'] }]));
  it('do not join the next day', () => expect(spellsOf([episode('2026-03-01', '2026-03-05'), episode('2026-03-06', '2026-03-20')], 0)).toHaveLength(2));
  it('join within the gap of the protocol', () => expect(spellsOf([episode('2026-03-01', '2026-03-05'), episode('2026-03-06', '2026-03-20')], 1)).toHaveLength(1));
  it('join what lies inside a longer one, and keep its end', () => expect(spellsOf([episode('2026-03-01', '2026-04-01'), episode('2026-03-05', '2026-03-10')], 0)).toEqual([{ start: '2026-03-01', end: '2026-04-01', settings: ['ward'] }]));
  it('stay open while an end is not known', () => expect(spellsOf([episode('2026-03-01', null), episode('2026-05-05', '2026-05-10')], 0)).toEqual([{ start: '2026-03-01', end: null, settings: ['ward'] }]));
  it('do not depend on the order in which they were found', () => expect(spellsOf([episode('2026-03-05', '2026-03-20'), episode('2026-03-01', '2026-03-05')], 0)).toHaveLength(1));
  it('name every setting, those moved to within an episode included', () =>
    expect(spellsOf([{ ...episode('2026-03-01', '2026-03-20'), transfers: [{ to: 'crisis-house', on: '2026-03-09' }] }], 0)).toEqual([{ start: '2026-03-01', end: '2026-03-20', settings: ['ward', 'crisis-house'] }]));
  it('leave undated episodes out', () => expect(spellsOf([episode(null, '2026-03-05')], 0)).toEqual([]));
});

describe('the primary outcome', () => {
  it('is yes on day 1 and on day 365, counted from T0', () => {
    expect(outcome({ episodes: [episode('2026-01-13', null)] })).toEqual({ readmission: 'yes', day: 1, reason: 'readmitted', timeDays: 1, diedDay: null });
    expect(outcome({ episodes: [episode('2027-01-12', null)] })).toMatchObject({ readmission: 'yes', day: 365 });
  });
  it('is not yes on day 366', () => expect(outcome({ episodes: [episode('2027-01-13', null)], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no' }));
  it('counts through a leap day: day 365 of a T0 in March 2027 is a day sooner', () => {
    expect(outcome({ t0: '2027-03-01', episodes: [episode('2028-02-29', null)] })).toMatchObject({ day: 365 });
    expect(outcome({ t0: '2027-03-01', episodes: [episode('2028-03-01', null)] })).not.toMatchObject({ readmission: 'yes' });
  });
  it('leaves day 0 to adjudication', () => expect(outcome({ episodes: [episode('2026-01-12', '2026-01-12')] })).toMatchObject({ readmission: 'unknown', reason: 'day-0-to-adjudicate' }));
  it('is on day 0 what was decided of it: a readmission, or index care and so nothing', () => {
    const onDay0 = (adjudicated: 'readmission' | 'index-care', end: string | null = '2026-01-20') => ({ ...episode('2026-01-12', end), adjudicated });
    const searches = [clear('2027-01-12')];
    expect(outcome({ episodes: [onDay0('readmission'), episode('2026-06-01', null)] })).toMatchObject({ readmission: 'yes', day: 0, timeDays: 0 });
    expect(outcome({ episodes: [onDay0('index-care')], searches })).toMatchObject({ readmission: 'no', reason: 'searched-clear' });
    expect(outcome({ episodes: [onDay0('index-care'), episode('2026-01-20', '2026-02-01')], searches })).toMatchObject({ readmission: 'no' });
    expect(outcome({ episodes: [onDay0('index-care'), episode('2026-06-01', null)] })).toMatchObject({ readmission: 'yes', day: 140 });
  });
  it('is settled by a decision on that admission alone, and on that day alone', () => {
    const other = { ...episode('2026-01-12', '2026-01-14'), setting: 'crisis-team' };
    expect(outcome({ episodes: [{ ...other, adjudicated: 'index-care' }, episode('2026-01-12', '2026-01-12')] })).toMatchObject({ reason: 'day-0-to-adjudicate' });
    expect(outcome({ episodes: [{ ...episode('2026-03-01', null), adjudicated: 'index-care' }] })).toMatchObject({ readmission: 'yes', day: 48 });
    expect(outcome({ episodes: [{ ...episode('2026-01-11', '2026-01-14'), adjudicated: 'readmission' }], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no' });
  });
  it('takes the first spell in the window, the crisis team itself included', () => expect(outcome({ episodes: [episode('2026-06-01', null), episode('2026-02-01', '2026-02-05', 'crisis-team')] })).toMatchObject({ day: 20 }));
  it('counts a start still inside the index care as the index spell', () => {
    expect(outcome({ indexDischarge: '2026-01-20', episodes: [episode('2026-01-18', '2026-01-25')], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no' });
    expect(outcome({ indexDischarge: '2026-01-20', episodes: [episode('2026-01-20', null)] })).not.toMatchObject({ readmission: 'yes' });
  });
  it('ignores settings the protocol does not name', () => expect(outcome({ episodes: [episode('2026-03-01', null, 'acute-day-unit')], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no' }));
  it('is no only when every required source is clear through day 365', () => {
    expect(outcome({ searches: [clear('2027-01-12')] })).toEqual({ readmission: 'no', day: null, reason: 'searched-clear', timeDays: 365, diedDay: null });
    expect(outcome({ searches: [clear('2027-01-11')] })).toMatchObject({ readmission: 'unknown', reason: 'search-incomplete', timeDays: 364 });
    expect(outcome({ searches: [clear('2027-01-12', 'site-records')] })).toMatchObject({ readmission: 'unknown', reason: 'search-incomplete', timeDays: 0 });
  });
  it('adds searches of different sources up', () => expect(outcome({ searches: [clear('2027-01-12', 'site-records'), clear('2027-02-01', 'national-records')] })).toMatchObject({ readmission: 'no' }));
  it('trusts no search from the day on which record access was withdrawn', () => {
    expect(outcome({ access: { until: '2026-06-01' }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown', timeDays: 139 });
    expect(outcome({ access: { until: '2027-01-12' }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown', timeDays: 364 });
    expect(outcome({ access: { until: '2027-01-13' }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no' });
  });
  it('uses nothing found of the time after it, and says nothing without consent to search', () => {
    expect(outcome({ access: { until: '2026-04-01' }, episodes: [episode('2026-05-01', null)], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown' });
    expect(outcome({ access: null, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown', reason: 'no-record-access' });
  });
  it('does not let care that ended on an unknown date hide a later admission, nor count it for sure', () => {
    const over = { ...episode('2026-02-01', null, 'acute-day-unit'), ended: true };
    expect(outcome({ episodes: [over, episode('2026-05-01', null)], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'yes' });
    const before = { ...episode('2026-01-02', null), ended: true };
    expect(outcome({ indexDischarge: null, episodes: [before, episode('2026-05-01', null)], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown', reason: 'dates-uncertain' });
  });
  it('counts from the day a spell reaches a setting that counts', () =>
    expect(outcome({ episodes: [{ ...episode('2026-03-01', '2026-03-20', 'acute-day-unit'), transfers: [{ to: 'ward', on: '2026-03-04' }] }] })).toMatchObject({ readmission: 'yes', day: 51 }));
  it('is unknown where an imprecise date lies on both sides of the window', () => {
    const month = (start: string, earliest: string) => ({ ...episode(start, null), earliest });
    expect(outcome({ episodes: [month('2027-01-31', '2027-01-01')], searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown', reason: 'dates-uncertain' });
    expect(outcome({ episodes: [month('2026-06-30', '2026-06-01')] })).toMatchObject({ readmission: 'yes', day: 169 });
  });
  it('is not no after a search that found something, however old what is recorded', () =>
    expect(outcome({ episodes: [episode('2025-11-01', '2025-11-05')], searches: [{ ...clear('2027-01-12'), noneFound: false }] })).toMatchObject({ readmission: 'unknown', reason: 'found-but-not-recorded' }));
  it('is unknown while a search found something nobody recorded', () => expect(outcome({ searches: [{ ...clear('2027-01-12'), noneFound: false }] })).toMatchObject({ reason: 'found-but-not-recorded' }));
  it('is unknown when an admission has no date', () => expect(outcome({ episodes: [episode(null, null)], searches: [clear('2027-01-12')] })).toMatchObject({ reason: 'admission-date-unknown' }));
  it('is unknown without T0, without a search, and after an erasure', () => {
    expect(outcome({ enrolled: false, t0: null })).toMatchObject({ readmission: 'unknown', reason: 'not-enrolled', timeDays: null });
    expect(outcome({ t0: null })).toMatchObject({ readmission: 'unknown', reason: 'anchor-date-unknown' });
    expect(outcome()).toMatchObject({ reason: 'not-searched' });
    expect(outcome({ erased: true, episodes: [episode('2026-02-01', null)] })).toMatchObject({ reason: 'erased' });
  });
  describe('after a death', () => {
    // Day 139.
    const died = { on: '2026-05-31' };
    it('is no once every source is clear through it, and observed to it', () => {
      expect(outcome({ died, searches: [clear('2026-05-31')] })).toEqual({ readmission: 'no', day: null, reason: 'searched-clear-to-death', timeDays: 139, diedDay: 139 });
      expect(outcome({ died, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no', reason: 'searched-clear', timeDays: 139, diedDay: 139 });
    });
    it('is unknown while a search ends the day before, and observed to the death all the same', () =>
      expect(outcome({ died, searches: [clear('2026-05-30')] })).toMatchObject({ readmission: 'unknown', reason: 'search-incomplete', timeDays: 139, diedDay: 139 }));
    it('is yes when a readmission came first', () => expect(outcome({ died, episodes: [episode('2026-03-01', null)] })).toMatchObject({ readmission: 'yes', timeDays: 48, diedDay: 139 }));
    it('counts as ever when it came after the window', () => {
      expect(outcome({ died: { on: '2027-01-13' }, searches: [clear('2027-01-11')] })).toMatchObject({ readmission: 'unknown', timeDays: 364, diedDay: null });
      expect(outcome({ died: { on: '2027-01-12' }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no', timeDays: 365, diedDay: 365 });
    });
    it('is observed for nobody knows how long when its date is not known', () => {
      expect(outcome({ died: { on: null }, searches: [clear('2026-08-01')] })).toMatchObject({ readmission: 'unknown', timeDays: null, diedDay: null });
      expect(outcome({ died: { on: null }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'no', timeDays: null });
    });
    it('is not searched further than record access went', () =>
      expect(outcome({ died, access: { until: '2026-05-31' }, searches: [clear('2027-01-12')] })).toMatchObject({ readmission: 'unknown' }));
  });
});
