import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';

/** Derives a service-wide secret by its label; the keyring's. */
export type Derive = (label: string) => Buffer;

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

/** A position of the log as anybody may carry it about: it tells neither how many entries there are nor which came last. */
export function positionToken(derive: Derive, position: number): string {
  const block = Buffer.alloc(16);
  block.writeBigUInt64BE(BigInt(position));
  const cipher = createCipheriv('aes-256-ecb', derive('analysis/position'), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
}

/** Undefined for what is no token of this record. */
export function positionIn(derive: Derive, token: string): number | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 16) return undefined;
  const decipher = createDecipheriv('aes-256-ecb', derive('analysis/position'), null).setAutoPadding(false);
  const block = Buffer.concat([decipher.update(bytes), decipher.final()]);
  return block.readBigUInt64BE(8) === 0n ? Number(block.readBigUInt64BE()) : undefined;
}
