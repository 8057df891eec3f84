import fc from 'fast-check';
import { given } from '@cairn/kernel/testing.js';
import { isStudyNumber, studyNumber, studyNumbers } from './study-numbers.js';

const issued = (number: number) => ({ type: 'StudyNumberIssued', data: { number } }) as const;
const issue = { type: 'IssueStudyNumber' } as const;

describe('study numbers', () => {
  it('begin at one at each site', () => given(studyNumbers).when(issue).emits(issued(1)));

  it('are issued in order, each once', () => given(studyNumbers, issued(1), issued(2)).when(issue).emits(issued(3)));
});

describe('a study number', () => {
  const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const code = fc.array(letter, { minLength: 2, maxLength: 4 }).map((letters) => letters.join(''));
  const numbers = fc.tuple(code, fc.integer({ min: 1, max: 999_999 })).map(([site, number]) => studyNumber(site, number));
  const accepted = (mistaken: string[]) => mistaken.filter(isStudyNumber);

  it('is the site code, the number and a check character', () => {
    expect(studyNumber('HX', 1)).toBe('HX-0001-S');
    expect(studyNumber('HX', 12)).toBe('HX-0012-J');
    expect(studyNumber('BRTN', 123_456)).toBe('BRTN-123456-G');
  });

  it('is recognised', () => fc.assert(fc.property(numbers, isStudyNumber)));

  it('is not recognised with any one character wrong', () => {
    fc.assert(
      fc.property(numbers, (right) => {
        const others = [...right].flatMap((character, at) => [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-x '].filter((other) => other !== character).map((other) => right.slice(0, at) + other + right.slice(at + 1)));
        expect(accepted(others)).toEqual([]);
      }),
    );
  });

  it('is not recognised with any two neighbours swapped, the hyphens overlooked', () => {
    for (let number = 1; number < 10_000; number++) expect(accepted(swapped(studyNumber('HX', number)))).toEqual([]);
    fc.assert(fc.property(numbers, (right) => accepted(swapped(right)).length === 0));
  });

  it.each(['', '-', 'HX-0001', 'HX-0001-', 'hx-0001-S', 'H-0001-S', 'HX-001-S', 'HX-0001-S ', ' HX-0001-S', 'HX-0001-S\n', 'HX-0001-S-3', 'HX0001S'])('is not %j', (text) => {
    expect(isStudyNumber(text)).toBe(false);
  });
});

/** The number with each two neighbouring characters that differ exchanged. */
function swapped(right: string): string[] {
  const places = [...right].flatMap((character, at) => (character === '-' ? [] : [at]));
  return places.slice(1).flatMap((second, index) => {
    const first = places[index] ?? 0;
    const characters = [...right];
    [characters[first], characters[second]] = [right[second] ?? '', right[first] ?? ''];
    return right[first] === right[second] ? [] : [characters.join('')];
  });
}
