import { createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { openBytes, SealBroken, sealBytes, type DataKey } from './seal.js';

export const KEY_BYTES = 32;

/** The key over all participants' keys. It never leaves this object; what is stored are keys wrapped by it. */
export class KeyEncryptionKey {
  /** Names the key without telling anything of it: 16 hexadecimal digits. */
  readonly id: string;
  /** Stored beside the keys it wrapped, so that another key is recognised before it is used. */
  readonly checkValue: string;
  readonly #secret: KeyObject;
  readonly #wrapping: KeyObject;

  /**
   * @param bytes exactly 32
   * @param origin where the key came from, as a person would say it: "the key file /srv/cairn/keys/cairn.key"
   */
  constructor(
    bytes: Buffer,
    readonly origin: string,
  ) {
    if (bytes.length !== KEY_BYTES) throw new RangeError(`A key-encryption key is ${KEY_BYTES} bytes, not ${bytes.length}.`);
    this.#secret = createSecretKey(bytes);
    this.#wrapping = createSecretKey(this.expand('wrapping'));
    this.id = this.expand('id').toString('hex').slice(0, 16);
    this.checkValue = this.expand('check').toString('base64url');
  }

  /** A new participant's key, wrapped and bound to the participant. */
  makeKey(participant: string): string {
    return sealBytes(this.#wrapping, participant, randomBytes(KEY_BYTES));
  }

  /** @throws SealBroken when the wrapped key was altered or is another participant's */
  unwrap(participant: string, wrapped: string): DataKey {
    const bytes = openBytes(this.#wrapping, participant, wrapped);
    if (bytes?.length !== KEY_BYTES)
      throw new SealBroken(
        `The key of participant ${participant} does not unwrap with ${this.origin}: its row in keyring.keys was altered. Restore the keyring from a backup.`,
      );
    return createSecretKey(bytes);
  }

  /** A secret of the whole service for one purpose: 32 bytes, always the same for the same label. */
  derive(label: string): Buffer {
    return this.expand(`secret/${label}`);
  }

  /** HKDF-SHA-256 (RFC 5869); the purposes have no prefix in common, so no derived secret is ever the wrapping key. */
  private expand(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, '', `cairn/1/${purpose}`, KEY_BYTES));
  }
}
