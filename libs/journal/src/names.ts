import { canonical } from '@cairn/kernel/same.js';
import type { Asked } from './asked.js';
import { macWith, type Derive, type Mac } from './mac.js';
import { positionIn } from './positions.js';

/** Names that tell nothing to whoever lacks the keyring: command ids, fingerprints, event ids, etags. */
export class Names {
  private readonly macs: Record<'command' | 'fingerprint' | 'event' | 'etag', Mac>;

  constructor(private readonly derive: Derive) {
    this.macs = { command: macWith(derive('command-id')), fingerprint: macWith(derive('fingerprint')), event: macWith(derive('event-id')), etag: macWith(derive('etag')) };
  }

  /** Undefined for what is no token of this record. */
  positionIn(token: string): number | undefined {
    return positionIn(this.derive, token);
  }

  /** From the Idempotency-Key within actor and route, else from the resource itself. */
  commandId({ method, path, actor, idempotencyKey }: Asked): string {
    return this.mac('command', idempotencyKey === undefined ? [method, path] : [method, path, actor.id, idempotencyKey]);
  }

  /** Of what decides what is recorded: what is asked and by whom. Without a key, the state it was asked of tells a repeat from a new wish. */
  fingerprint({ method, path, body, actor, ifMatch, idempotencyKey }: Asked): string {
    return this.mac('fingerprint', [method, path, actor.id, idempotencyKey === undefined ? (ifMatch ?? null) : null, canonical(body ?? null)]);
  }

  /** A UUIDv4 in form; the same command at the same place of a stream always gets the same id, so a repeat cannot double. */
  eventId(stream: string, revision: number, commandId: string, fingerprint: string): string {
    return this.uuid([stream, revision, commandId, fingerprint]);
  }

  /** A UUIDv4 in form that the same words always get: for what the record itself names, such as a process's queries. */
  idOf(...words: readonly string[]): string {
    return this.uuid(words);
  }

  etag(stream: string, revision: number): string {
    return `"${this.mac('etag', [stream, revision])}"`;
  }

  private uuid(parts: readonly unknown[]): string {
    const hex = this.macs.event(JSON.stringify(parts), 'hex');
    const variant = '89ab'[parseInt(hex.charAt(16), 16) & 3];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  private mac(secret: keyof typeof this.macs, parts: unknown[]): string {
    return this.macs[secret](JSON.stringify(parts), 'base64url').slice(0, 22);
  }
}
