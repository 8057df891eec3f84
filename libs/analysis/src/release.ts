import { createHash } from 'node:crypto';
import type { Derive } from '@cairn/journal/mac.js';

/** The two halves of an HMAC's key (RFC 2104), so that SQL can do the rest with what every PostgreSQL has. */
export interface Pads {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

const BLOCK = 64;

/** A release's key: of one name nobody else's. Without the keyring nobody can tell which tokens of two releases are one person's. */
export function padsOf(derive: Derive, release: string): Pads {
  const key = derive(`analysis/release/${release}`);
  const pad = (byte: number) => Buffer.concat([key, Buffer.alloc(BLOCK - key.length)]).map((each) => each ^ byte);
  return { inner: Buffer.from(pad(0x36)), outer: Buffer.from(pad(0x5c)) };
}

/** The id a release goes by: it tells its key to nobody. */
export function releaseId(derive: Derive, release: string): string {
  return `r${createHash('sha256').update(derive(`analysis/release-id/${release}`)).digest('hex').slice(0, 24)}`;
}
