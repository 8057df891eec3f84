import { definitionOf, type Catalogue } from '@cairn/kernel/catalogue.js';
import type { EntryAmended, EntryReattributed } from '@cairn/kernel/corrections.js';
import { disclosureOf, type DisclosureClass } from '@cairn/kernel/disclosure.js';
import type { Entry } from '@cairn/kernel/envelope.js';
import { isMasked, seesClass } from './policy.js';
import type { Role } from './roles.js';

/** An entry as somebody may see it. `withheld` names the fields their role does not open. */
export interface EntryView {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly occurred: Entry['occurred'];
  readonly recordedAt: string;
  /** Not there, nor the source and the reason, for masked roles where anybody may have told the fact: who did could tell the arm. */
  readonly actor?: { readonly id?: string; readonly role: string; readonly site?: string };
  readonly source?: string;
  readonly reason?: { readonly code: string; readonly text?: string };
  readonly protocol?: Entry['protocol'];
  /** The registration it was recorded under, where that was merged into this one. */
  readonly registration?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly withheld?: readonly string[];
  readonly erased?: true;
}

/** The declaration on each field decides. What is not declared is not shown. */
export function redact(entry: Entry, group: Catalogue, roles: readonly Role[]): EntryView {
  const sees = (disclosure: DisclosureClass) => seesClass(roles, disclosure);
  const withheld: string[] = [];
  const data = fields(entry.type, entry.data as Record<string, unknown>, group, sees, withheld, 'data');
  return {
    id: entry.id,
    type: entry.type,
    stream: group.stream,
    version: entry.version,
    occurred: entry.occurred,
    recordedAt: entry.recordedAt,
    ...(definitionOf(group, entry.type).teller === 'withheld' && isMasked({ roles }) ? untold(withheld) : tellingOf(entry, sees, withheld)),
    ...(entry.protocol && { protocol: entry.protocol }),
    ...(entry.registration !== undefined && sees('linked') && { registration: entry.registration }),
    data,
    ...(withheld.length > 0 && { withheld }),
    ...(entry.erased && { erased: true as const }),
  };
}

/** Named whether or not there was a reason: that there was one may tell who gave it. */
function untold(withheld: string[]): Pick<EntryView, 'actor' | 'source' | 'reason'> {
  withheld.push('actor', 'source', 'reason');
  return {};
}

function tellingOf({ actor, source, reason }: Entry, sees: (disclosure: DisclosureClass) => boolean, withheld: string[]): Pick<EntryView, 'actor' | 'source' | 'reason'> {
  if (!sees('worker')) withheld.push('actor.id');
  if (reason?.text !== undefined && !sees('personal')) withheld.push('reason.text');
  return {
    actor: { ...(sees('worker') && { id: actor.id }), role: actor.role, ...(actor.site !== undefined && { site: actor.site }) },
    source,
    ...(reason && { reason: { code: reason.code, ...(reason.text !== undefined && sees('personal') && { text: reason.text }) } }),
  };
}

function fields(type: string, data: Record<string, unknown>, group: Catalogue, sees: (disclosure: DisclosureClass) => boolean, withheld: string[], path: string): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  const { data: declared, teller } = definitionOf(group, type);
  for (const [field, { class: disclosure }] of disclosureOf(declared)) {
    // Whether a hidden field was filled in may tell as much as what it says.
    const presence = disclosure === 'blinded' || teller === 'withheld';
    if (data[field] === undefined && (!presence || sees(disclosure))) continue;
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
