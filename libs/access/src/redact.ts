import { definitionOf, type Catalogue } from '@cairn/kernel/catalogue.js';
import type { EntryAmended, EntryReattributed } from '@cairn/kernel/corrections.js';
import { disclosureOf, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { seesClass } from './policy.js';
import type { Role } from './roles.js';

/** An entry as somebody may see it. `withheld` names the fields their role does not open. */
export interface EntryView {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly occurred: Entry['occurred'];
  readonly recordedAt: string;
  readonly actor: { readonly id?: string; readonly role: string; readonly site?: string };
  readonly source: string;
  readonly reason?: { readonly code: string; readonly text?: string };
  readonly protocol?: Entry['protocol'];
  readonly data: Readonly<Record<string, unknown>>;
  readonly withheld?: readonly string[];
  readonly erased?: true;
}

/** The declaration on each field decides. What is not declared is not shown. */
export function redact(entry: Entry, group: Catalogue, roles: readonly Role[]): EntryView {
  const sees = (disclosure: DisclosureClass) => seesClass(roles, disclosure);
  const withheld: string[] = [];
  const data = fields(entry.type, entry.data as Record<string, unknown>, group, sees, withheld, 'data');
  const { actor, reason } = entry;
  if (!sees('worker')) withheld.push('actor.id');
  if (reason?.text !== undefined && !sees('personal')) withheld.push('reason.text');
  return {
    id: entry.id,
    type: entry.type,
    stream: group.stream,
    version: entry.version,
    occurred: entry.occurred,
    recordedAt: entry.recordedAt,
    actor: { ...(sees('worker') && { id: actor.id }), role: actor.role, ...(actor.site !== undefined && { site: actor.site }) },
    source: entry.source,
    ...(reason && { reason: { code: reason.code, ...(reason.text !== undefined && sees('personal') && { text: reason.text }) } }),
    ...(entry.protocol && { protocol: entry.protocol }),
    data,
    ...(withheld.length > 0 && { withheld }),
    ...(entry.erased && { erased: true as const }),
  };
}

function fields(type: string, data: Record<string, unknown>, group: Catalogue, sees: (disclosure: DisclosureClass) => boolean, withheld: string[], path: string): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [field, { class: disclosure }] of disclosureOf(definitionOf(group, type).data)) {
    if (data[field] === undefined) continue;
    const at = `${path}.${field}`;
    if (type === 'EntryAmended' && field === 'data') {
      const amended = data as unknown as EntryAmended;
      shown[field] = fields(amended.type, amended.data as Record<string, unknown>, group, sees, withheld, at);
    } else if (type === 'EntryReattributed' && field === 'carried') {
      const { carried } = data as unknown as EntryReattributed;
      if (carried) shown[field] = { type: carried.type, occurred: carried.occurred, data: fields(carried.type, carried.data as Record<string, unknown>, group, sees, withheld, `${at}.data`) };
    } else if (sees(disclosure)) shown[field] = data[field];
    else withheld.push(at);
  }
  return shown;
}
