import type { AuthorityRow } from '../authority.read.js';
import { gapsIn } from './after-authority.js';

let position = 0;
const row = (type: string, since: number, also: Partial<AuthorityRow>): AuthorityRow => ({ position: position++, recordedAt: '', type, account: null, staff: null, roles: null, sites: null, since, until: null, ...also });
const granted = (since: number, also: Partial<AuthorityRow> = {}) => row('AccessGranted', since, { account: 'ann', ...also });
const gaps = (...rows: AuthorityRow[]) => gapsIn(rows).map(({ account, why, from, to }) => [account, why, from, to]);

describe('the time in which somebody had no authority', () => {
  it('begins with a revocation and ends with the next grant', () => {
    expect(gaps(granted(1), row('AccessRevoked', 5, { account: 'ann' }))).toEqual([['ann', 'access revoked', 5, null]]);
    expect(gaps(granted(1), row('AccessRevoked', 5, { account: 'ann' }), granted(9))).toEqual([['ann', 'access revoked', 5, 9]]);
  });
  it('begins when the last grant in force runs out', () => {
    expect(gaps(granted(1, { until: 4 }))).toEqual([['ann', 'access ran out', 4, null]]);
    expect(gaps(granted(1, { until: 4 }), granted(3))).toEqual([]);
    expect(gaps(granted(1), granted(2, { until: 4 }))).toEqual([]);
    expect(gaps(granted(1, { until: 4 }), granted(7))).toEqual([['ann', 'access ran out', 4, 7]]);
  });
  it('begins when the person has left, for every account of theirs, and ends when they are engaged again', () => {
    expect(gaps(granted(1, { account: 'ann@work', staff: 'w1' }), row('Engaged', 1, { staff: 'w1' }), row('Left', 5, { staff: 'w1' }), row('Engaged', 8, { staff: 'w1' }))).toEqual([['w1', 'left', 5, 8], ['ann@work', 'left', 5, 8]]);
  });
  it('begins with the end of a delegation that none has taken the place of', () => {
    expect(gaps(row('TasksDelegated', 1, { staff: 'w1', until: 6 }))).toEqual([['w1', 'delegation ended', 6, null]]);
    expect(gaps(row('TasksDelegated', 1, { staff: 'w1', until: 6 }), row('TasksDelegated', 5, { staff: 'w1' }))).toEqual([]);
  });
  it('is none where nothing ended', () => expect(gaps(granted(1), row('Engaged', 1, { staff: 'w1' }))).toEqual([]));
});
