import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { isSealed, open, seal, SealBroken } from './seal.js';

const key = createSecretKey(randomBytes(32));
const event = '0b8c1f5e-6a83-4a63-9d8e-4f4f2a1b7c11';
const text = () => fc.string({ unit: 'binary', maxLength: 300 });

describe('sealing an event', () => {
  it('gives back any Unicode text as it came', () => {
    fc.assert(
      fc.property(text(), fc.uuid(), (plaintext, id) => {
        expect(open(key, id, seal(key, id, plaintext))).toBe(plaintext);
      }),
    );
  });

  it('refuses a text with a bit flipped anywhere', () => {
    fc.assert(
      fc.property(text(), fc.nat(), fc.integer({ min: 0, max: 7 }), (plaintext, at, bit) => {
        const sealed = Buffer.from(seal(key, event, plaintext));
        const place = at % sealed.length;
        sealed[place] = (sealed[place] ?? 0) ^ (1 << bit);
        expect(() => open(key, event, sealed.toString('latin1'))).toThrow(SealBroken);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every bit of one sealed text flipped', () => {
    const sealed = Buffer.from(seal(key, event, 'Attended, 55 minutes'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(key, event, flipped.toString('latin1'))).toThrow(SealBroken);
    }
  });

  it('refuses a text cut short or made longer, wherever', () => {
    fc.assert(
      fc.property(text(), fc.nat(), fc.stringMatching(/^[A-Za-z0-9_=\n -]+$/), (plaintext, at, more) => {
        const sealed = seal(key, event, plaintext);
        expect(() => open(key, event, sealed.slice(0, at % sealed.length))).toThrow(SealBroken);
        expect(() => open(key, event, sealed + more)).toThrow(SealBroken);
      }),
    );
  });

  it("refuses another event's id and another participant's key", () => {
    fc.assert(
      fc.property(text(), fc.uuid(), (plaintext, other) => {
        fc.pre(other !== event);
        const sealed = seal(key, event, plaintext);
        expect(() => open(key, other, sealed)).toThrow(SealBroken);
        expect(() => open(createSecretKey(randomBytes(32)), event, sealed)).toThrow(SealBroken);
      }),
    );
  });

  it('never seals the same text to the same bytes, and shows nothing of it', () => {
    const plaintext = 'Ambitions and dreams';
    const sealed = new Set(Array.from({ length: 200 }, () => seal(key, event, plaintext)));
    expect(sealed.size).toBe(200);
    for (const one of sealed) expect(Buffer.from(one.slice(3), 'base64url').includes('Ambitions')).toBe(false);
  });

  it('refuses half a character rather than change it', () => {
    expect(() => seal(key, event, 'a\ud800b')).toThrow(TypeError);
  });

  it('names the event that does not open and what to do', () => {
    expect(() => open(key, event, '{"data":{}}')).toThrow(`The data of event ${event} does not open`);
    expect(() => open(key, event, '')).toThrow(SealBroken);
  });

  it('tells a sealed text from a clear one', () => {
    fc.assert(fc.property(text(), (plaintext) => isSealed(seal(key, event, plaintext))));
    for (const clear of ['', 'v1.', 'v2.' + 'A'.repeat(60), '{"data":{"minutes":55}}', 'v1.{"data":{"minutes":55}} and much more than that'])
      expect(isSealed(clear)).toBe(false);
  });
});
