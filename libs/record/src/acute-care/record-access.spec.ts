import { isCovered, quarantined } from './record-access.js';

const given = (on: string) => ({ given: true, on });
const withdrawn = (on: string) => ({ given: false, on });

describe('what a search of records found', () => {
  it('may be used where consent stood on that day', () => {
    expect(isCovered('2026-03-02', [given('2026-01-12')])).toBe(true);
    expect(isCovered('2026-01-12', [given('2026-01-12')])).toBe(true);
    expect(isCovered('2026-03-02', [given('2026-01-12'), withdrawn('2026-03-03')])).toBe(true);
  });
  it('may not where it was never given, or withdrawn by then, the day itself included', () => {
    expect(isCovered('2026-03-02', [])).toBe(false);
    expect(isCovered('2026-03-02', [given('2026-01-12'), withdrawn('2026-03-02')])).toBe(false);
  });
  it('may once it is given afterwards, whatever is withdrawn later', () => {
    expect(isCovered('2026-03-02', [given('2026-03-20')])).toBe(true);
    expect(isCovered('2026-03-02', [given('2026-01-12'), withdrawn('2026-02-01'), given('2026-03-20'), withdrawn('2026-04-01')])).toBe(true);
  });
  it('is judged by what was said last of a day, whenever it was recorded', () => {
    expect(isCovered('2026-03-02', [withdrawn('2026-02-01'), given('2026-01-12')])).toBe(false);
    expect(isCovered('2026-03-02', [withdrawn('2026-02-01'), given('2026-02-01')])).toBe(true);
  });
  it('is kept from use entry by entry', () => {
    expect(quarantined({ a: '2026-01-20', b: '2026-02-01', c: '2026-03-01' }, [given('2026-01-12'), withdrawn('2026-02-01')])).toEqual(['b', 'c']);
  });
});
