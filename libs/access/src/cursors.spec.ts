import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Invalid } from '@cairn/kernel/refused.js';
import { Cursors } from './cursors.js';

const of = (record: string) => new Cursors((label) => createHash('sha256').update(`${record} ${label}`).digest());
const cursors = of('one');
const place = ['HX-0001-S', 1024, '7d3f5a52-0d0b-4a52-9c0e-2f6f4d1f8f10'] as const;

describe('a cursor', () => {
  const cursor = cursors.seal('participants', place);

  it('opens to the place it was made of, and is the same every time', () => {
    expect([cursors.open('participants', cursor), cursors.seal('participants', place), cursors.open('participants', undefined)]).toEqual([place, cursor, undefined]);
  });
  it('tells nothing of the place', () => {
    const bytes = Buffer.from(cursor, 'base64url').toString('latin1');
    for (const part of place) expect([cursor.includes(String(part)), bytes.includes(String(part))]).toEqual([false, false]);
    expect(cursors.seal('participants', ['HX-0001-S', 1025, place[2]]).slice(0, 12)).not.toBe(cursor.slice(0, 12));
  });
  it.each([
    ['of another list', () => cursors.open('caseload', cursor)],
    ['of another record', () => of('other').open('participants', cursor)],
    ['altered', () => cursors.open('participants', `${cursor.slice(0, 20)}${cursor[20] === 'A' ? 'B' : 'A'}${cursor.slice(21)}`)],
    ['cut short', () => cursors.open('participants', cursor.slice(0, 30))],
    ['read off a place', () => cursors.open('participants', Buffer.from(JSON.stringify(place)).toString('base64url'))],
    ['empty', () => cursors.open('participants', '')],
  ])('is none %s', (_, open) => expect(open).toThrow(Invalid));
});
