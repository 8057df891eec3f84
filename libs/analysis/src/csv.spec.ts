import { describe, expect, it } from '@jest/globals';
import { csvOf } from './csv.js';

describe('a CSV that leaves', () => {
  it('holds no text that a spreadsheet would run, and leaves numbers as they are', () => {
    const cells = ['=1+1', '+44', '-5', '@SUM(A1)', '\tx', '\rx', '＝1', 'plain', '=HYPERLINK("http://x","y")'];
    const lines = csvOf(['text', 'number'], cells.map((cell) => [cell, -5])).split('\n').slice(1);
    expect(lines[0]).toBe("'=1+1,-5");
    expect(lines[2]).toBe("'-5,-5");
    for (const cell of cells.filter((each) => each !== 'plain')) expect(csvOf(['text'], [[cell]])).toMatch(/^text\n"?'/);
    expect(csvOf(['text'], [['plain']])).toBe('text\nplain\n');
    expect(lines.at(-2)).toBe('"\'=HYPERLINK(""http://x"",""y"")",-5');
  });

  it('tells nothing apart that is nothing, and says yes and no in words', () => {
    expect(csvOf(['a', 'b', 'c'], [[null, true, false]])).toBe('a,b,c\n,true,false\n');
    expect(csvOf(['a'], [], { header: true })).toBe('a\n');
  });
});
