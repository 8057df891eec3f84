import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Derive } from './mac.js';

/** A position of the log as anybody may carry it about: it tells neither how many entries there are nor which came last. */
export function positionToken(derive: Derive, position: number): string {
  const block = Buffer.alloc(16);
  block.writeBigUInt64BE(BigInt(position));
  const cipher = createCipheriv('aes-256-ecb', derive('analysis/position'), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
}

/** Undefined for what is no token of this record. */
export function positionIn(derive: Derive, token: string): number | undefined {
  if (!/^[\w-]{22}$/.test(token)) return undefined;
  const decipher = createDecipheriv('aes-256-ecb', derive('analysis/position'), null).setAutoPadding(false);
  const block = Buffer.concat([decipher.update(Buffer.from(token, 'base64url')), decipher.final()]);
  return block.readBigUInt64BE(8) === 0n ? Number(block.readBigUInt64BE()) : undefined;
}
