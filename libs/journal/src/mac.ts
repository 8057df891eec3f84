import { hash } from 'node:crypto';

/** Derives a service-wide secret by its label; the keyring's. */
export type Derive = (label: string) => Buffer;

export type Mac = (text: string) => Buffer;

const BLOCK = 64;
const DIGEST = 32;

/** HMAC-SHA-256 (RFC 2104) out of two hashes in one shot each: on texts as short as ours a third of what `createHmac` costs. */
export function macWith(secret: Buffer): Mac {
  const key = secret.length > BLOCK ? hash('sha256', secret, 'buffer') : secret;
  const padded = (pad: number) => Buffer.alloc(BLOCK, pad).map((byte, index) => byte ^ (key[index] ?? 0));
  const inner = padded(0x36);
  const outer = padded(0x5c);
  return (text) => {
    const message = Buffer.allocUnsafe(BLOCK + Buffer.byteLength(text));
    message.set(inner);
    message.write(text, BLOCK);
    const digest = Buffer.allocUnsafe(BLOCK + DIGEST);
    digest.set(outer);
    digest.set(hash('sha256', message, 'buffer'), BLOCK);
    return hash('sha256', digest, 'buffer');
  };
}
