import { Injectable } from '@nestjs/common';
import { Unknown } from '@cairn/access/denied.js';
import { seesClass } from '@cairn/access/policy.js';
import type { Asking } from '@cairn/access/routes.js';
import { Journal } from '@cairn/journal/journal.js';
import { effective } from '@cairn/kernel/history.js';
import { Places } from '../places.js';
import type { DataSigned, SignatureDropped } from './events.js';
import { digestOf } from './signing.js';

export interface SignatureView extends Pick<DataSigned, 'signature' | 'meaning' | 'entries'> {
  /** False once something it was given for has changed. */
  readonly stands: boolean;
  /** Whether the digest is that of the entries as they stand. */
  readonly matches: boolean;
  readonly signedAt: string;
  readonly signer: { readonly role: string; readonly id?: string };
  readonly name?: string;
  readonly digest?: string;
}

@Injectable()
export class Signatures {
  constructor(
    private readonly journal: Journal,
    private readonly places: Places,
  ) {}

  /** Those ever given for an entry, in the order they were given. @throws Unknown when there is no such entry, or none the caller may see */
  async of({ caller, roles }: Asking, participant: string, entry: string): Promise<SignatureView[]> {
    const place = await this.places.ofEntry(caller, entry);
    const raw = place ? await this.journal.history([[place.aspect, participant]]) : [];
    const standing = new Map(effective(raw).map((each) => [each.id, each]));
    if (!raw.some(({ id }) => id === entry) && !standing.has(entry)) throw new Unknown('entry');
    const dropped = new Set(raw.flatMap(({ type, data }) => (type === 'SignatureDropped' ? [(data as SignatureDropped).signature] : [])));
    const sees = seesClass(roles, 'worker');
    return raw.flatMap(({ type, data, recordedAt, actor, erased }) => {
      if (type !== 'DataSigned' || erased || !(data as DataSigned).entries.includes(entry)) return [];
      const { signature, meaning, entries, digest, name } = data as DataSigned;
      const signed = entries.flatMap((id) => standing.get(id) ?? []);
      return [{
        signature, meaning, entries, signedAt: recordedAt,
        stands: !dropped.has(signature),
        matches: signed.length === entries.length && digestOf(signed) === digest,
        signer: { role: actor.role, ...(sees && { id: actor.id }) },
        ...(sees && { name, digest }),
      }];
    });
  }
}
