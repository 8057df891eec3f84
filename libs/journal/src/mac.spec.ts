import { createHmac } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { macWith } from './mac.js';

it('is HMAC-SHA-256, whatever the secret and the text', () => {
  const secrets = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(secrets, fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary', minLength: 1_200, maxLength: 1_600 })), (secret, text) => {
      expect(macWith(secret)(text, 'hex')).toBe(createHmac('sha256', secret).update(text).digest('hex'));
    }),
    { numRuns: 1000 },
  );
});

it('keeps nothing of one text for the next', () => {
  const mac = macWith(Buffer.from('secret'));
  const first = mac('a', 'hex');
  mac('something longer than that', 'hex');
  expect(mac('a', 'hex')).toBe(first);
});
