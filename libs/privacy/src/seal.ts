import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';

/** One participant's key: 256 bits, held so that printing it shows nothing. */
export type DataKey = KeyObject;

/** What was sealed cannot be opened: it was altered, it belongs to something else, or the key is another's. */
export class SealBroken extends Error {}

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.[A-Za-z0-9_-]{38,}$/;

/**
 * Seals an event's text under its participant's key, bound to the event: `v1.` and base64url of nonce, ciphertext and tag.
 *
 * @throws TypeError when the text is not well-formed Unicode and so could not be given back as it came
 */
export function seal(key: DataKey, eventId: string, plaintext: string): string {
  if (!plaintext.isWellFormed()) throw new TypeError(`Event ${eventId} holds half a character (a lone surrogate) and cannot be sealed.`);
  return sealBytes(key, eventId, Buffer.from(plaintext, 'utf8'));
}

/** The text that was sealed for this event. @throws SealBroken rather than ever giving back anything else */
export function open(key: DataKey, eventId: string, sealed: string): string {
  const bytes = openBytes(key, eventId, sealed);
  if (!bytes)
    throw new SealBroken(
      `The data of event ${eventId} does not open: it was altered, moved from another event, or sealed under another key. Compare the log with a backup.`,
    );
  return bytes.toString('utf8');
}

/** Whether a text has the form of a sealed one; it says nothing of whether it opens. */
export function isSealed(text: string): boolean {
  return SEALED.test(text);
}

/** Seals bytes so that they open only with the same key for the same `about`. */
export function sealBytes(key: KeyObject, about: string, plaintext: Buffer): string {
  // Random, not derived from the id: an append tried again may carry other text under the same event id, and a nonce
  // used twice gives both away. A participant's events stay far below the 2^32 that 96 random bits allow a key.
  const nonce = nextNonce();
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
  const parts = [nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return VERSION + Buffer.concat(parts).toString('base64url');
}

const nonces = Buffer.allocUnsafeSlow(512 * NONCE_BYTES);
let drawn = nonces.length;

/** Drawn by the page: to ask for twelve bytes takes as long as for a page of them. What it gives holds until the page is drawn anew. */
function nextNonce(): Buffer {
  if (drawn === nonces.length) {
    randomFillSync(nonces);
    drawn = 0;
  }
  return nonces.subarray(drawn, (drawn += NONCE_BYTES));
}

/** The bytes that were sealed, or undefined when the seal is broken. */
export function openBytes(key: KeyObject, about: string, sealed: string): Buffer | undefined {
  if (!sealed.startsWith(VERSION)) return undefined;
  const text = sealed.slice(VERSION.length);
  const bytes = Buffer.from(text, 'base64url');
  // Other characters are passed over, and the last one may hold bits that decode to nothing; only one spelling is the sealed one.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(about))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const plaintext = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined;
  }
}
