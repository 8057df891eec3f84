import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { canonical } from '@cairn/kernel/same.js';

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** RFC 9562 section 6.6: the namespace for URLs. */
const URL_NAMESPACE = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

export function isUuid(text: string): boolean {
  return uuidShape.test(text);
}

/** UUIDv5, RFC 9562 section 5.5: the same name in the same namespace is always the same id. */
export function uuidOf(namespace: string, name: string): string {
  const digest = hash('sha1', Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name)]), 'hex');
  const variant = ((parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(18, 20)}-${digest.slice(20, 32)}`;
}

export const participantsOwn = ['session', 'episode', 'attempt', 'query', 'deviation'] as const;

/** Ids for the names of one file. */
export class Names {
  /** The file's namespace as a UUID. */
  readonly id: string;
  private readonly participants = new LRUCache<string, string>({ max: 5_000 });

  constructor(namespace: string) {
    this.id = isUuid(namespace) ? namespace : uuidOf(URL_NAMESPACE, `cairn-record:${namespace}`);
  }

  participant(name: string): string {
    if (isUuid(name)) return name;
    const id = this.participants.get(name) ?? uuidOf(this.id, `participant/${name}`);
    this.participants.set(name, id);
    return id;
  }

  /** Sessions, episodes, attempts, queries and deviations are a participant's own: two participants may each have a "first". */
  of(kind: (typeof participantsOwn)[number], participant: string, name: string): string {
    return isUuid(name) ? name : uuidOf(this.id, `${kind}/${this.participant(participant)}/${name}`);
  }

  /** What names a request for good: what it says, and which of several lines that say the same it is. */
  key(said: unknown, nth: number): string {
    return uuidOf(this.id, `line/${nth}/${canonical(said)}`);
  }
}
