import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { IsOptional, MaxLength } from 'class-validator';
import { Invalid } from '@cairn/kernel/refused.js';

/** What says where in its order a list goes on. */
export type Place = readonly (string | number)[];

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Where a list goes on, sealed: whoever carries a cursor about reads in it neither a position nor an id, and it opens for its own list alone.
 * The same place has always the same cursor, so that what is answered alike is alike to the last byte.
 */
export class Cursors {
  // As key objects: of bytes one would be made each time, which takes longer than all else.
  private readonly key: KeyObject;
  private readonly nonceKey: KeyObject;

  /** @param derive a secret of the whole record, by its label */
  constructor(derive: (label: string) => Buffer) {
    this.key = createSecretKey(derive('cursor/key'));
    this.nonceKey = createSecretKey(derive('cursor/nonce'));
  }

  seal(list: string, place: Place): string {
    const text = JSON.stringify(place);
    // Of the place itself: no two places share a nonce, and none needs another.
    const nonce = createHmac('sha256', this.nonceKey).update(`${list}\n${text}`).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(list));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** The place that was sealed for this list; undefined where no cursor was sent. @throws Invalid */
  open(list: string, cursor: string | undefined): Place | undefined {
    if (cursor === undefined) return undefined;
    try {
      const sealed = Buffer.from(cursor, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(Buffer.from(list));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
      return JSON.parse(text) as Place;
    } catch {
      throw new Invalid([{ field: 'cursor', message: 'is not a cursor of this list: start again without it' }]);
    }
  }
}

/** A cursor in a question, as the page before gave it. */
export function IsCursor(): PropertyDecorator {
  return applyDecorators(IsOptional(), MaxLength(2_000));
}
