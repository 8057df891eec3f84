import { hash } from 'node:crypto';

/** Derives a service-wide secret by its label; the keyring's. */
export type Derive = (label: string) => Buffer;

export type Mac = (text: string, as: 'hex' | 'base64url') => string;

const BLOCK = 64;
const DIGEST = 32;
/** Bytes of a text that need no room of their own. */
const USUAL = 4_096;

/**
 * HMAC-SHA-256 (RFC 2104) out of two hashes in one shot each: on texts as short as ours a tenth of what `createHmac` costs. A digest comes as
 * a string, for making a buffer of one takes twice as long as the hash.
 */
export function macWith(secret: Buffer): Mac {
  const key = secret.length > BLOCK ? hash('sha256', secret, 'buffer') : secret;
  const padded = (pad: number, size: number) => Buffer.alloc(size).fill(Buffer.alloc(BLOCK, pad).map((byte, index) => byte ^ (key[index] ?? 0)), 0, BLOCK);
  const inner = padded(0x36, BLOCK + USUAL);
  const outer = padded(0x5c, BLOCK + DIGEST);
  const message = (text: string) =>
    text.length > USUAL / 3 ? Buffer.concat([inner.subarray(0, BLOCK), Buffer.from(text)]) : inner.subarray(0, BLOCK + inner.write(text, BLOCK));
  return (text, as) => {
    outer.write(hash('sha256', message(text), 'binary'), BLOCK, 'binary');
    return hash('sha256', outer, as);
  };
}
