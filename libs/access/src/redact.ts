import { definitionOf, type Catalogue, type Definition } from '@cairn/kernel/catalogue.js';
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

type Making = { -readonly [Field in keyof EntryView]: EntryView[Field] };

/** What somebody may see, and the fields that were found to be withheld from them. */
interface Eyes {
  readonly sees: (disclosure: DisclosureClass) => boolean;
  readonly masked: boolean;
  readonly withheld: string[];
}

/** The declaration on each field decides. What is not declared is not shown. */
export function redact(entry: Entry, group: Catalogue, roles: readonly Role[]): EntryView {
  return seenBy({ sees: (disclosure) => seesClass(roles, disclosure), masked: isMasked({ roles }), withheld: [] }, entry, group);
}

/** An entry as those see it who are not masked and to whom every class of field is open: nothing is withheld, and still nothing shown that is not declared. */
export function unredacted(entry: Entry, group: Catalogue): EntryView {
  return seenBy({ sees: () => true, masked: false, withheld: [] }, entry, group);
}

/** Field by field in the order in which they are told: it is done for every entry that is shown. */
function seenBy(eyes: Eyes, entry: Entry, group: Catalogue): EntryView {
  const { id, type, version, occurred, recordedAt, protocol, registration, erased } = entry;
  const { sees, masked, withheld } = eyes;
  const definition = definitionOf(group, type);
  const view: Partial<Making> = { id, type, stream: group.stream, version, occurred, recordedAt };
  const data = fields(eyes, entry.data as Record<string, unknown>, { group, type, definition }, 'data');
  // Named whether or not there was a reason: that there was one may tell who gave it.
  if (definition.teller === 'withheld' && masked) withheld.push('actor', 'source', 'reason');
  else tell(view, entry, eyes);
  if (protocol) view.protocol = protocol;
  if (registration !== undefined && sees('linked')) view.registration = registration;
  view.data = data;
  if (withheld.length > 0) view.withheld = withheld;
  if (erased) view.erased = true;
  return view as EntryView;
}

function tell(view: Partial<Making>, { actor, source, reason }: Entry, { sees, withheld }: Eyes): void {
  const { role, site } = actor;
  view.actor = sees('worker') ? { id: actor.id, role } : { role };
  if (site !== undefined) view.actor = { ...view.actor, site };
  view.source = source;
  if (!sees('worker')) withheld.push('actor.id');
  if (!reason) return;
  const { code, text } = reason;
  view.reason = text !== undefined && sees('personal') ? { code, text } : { code };
  if (text !== undefined && !sees('personal')) withheld.push('reason.text');
}

interface Declared {
  readonly group: Catalogue;
  readonly type: string;
  readonly definition: Definition;
}

function fields(eyes: Eyes, data: Readonly<Record<string, unknown>>, { group, type, definition: { data: declared, teller } }: Declared, path: string): Record<string, unknown> {
  const { sees, withheld } = eyes;
  const shown: Record<string, unknown> = {};
  for (const { field, disclosure } of fieldsOf(declared)) {
    const value = data[field];
    // Whether a hidden field was filled in may tell as much as what it says.
    const presence = disclosure === 'blinded' || teller === 'withheld';
    if (value === undefined && (!presence || sees(disclosure))) continue;
    if (type === 'EntryAmended' && field === 'data') shown[field] = within(eyes, group, (data as unknown as EntryAmended).type, value, `${path}.${field}`);
    else if (type === 'EntryReattributed' && field === 'carried') {
      const carried = value as EntryReattributed['carried'];
      if (carried) shown[field] = { type: carried.type, occurred: carried.occurred, data: within(eyes, group, carried.type, carried.data, `${path}.${field}.data`) };
    } else if (sees(disclosure)) shown[field] = value;
    else withheld.push(`${path}.${field}`);
  }
  return shown;
}

/** What a correction holds of another type. */
function within(eyes: Eyes, group: Catalogue, type: string, data: unknown, path: string): Record<string, unknown> {
  return fields(eyes, data as Record<string, unknown>, { group, type, definition: definitionOf(group, type) }, path);
}

interface Field {
  readonly field: string;
  readonly disclosure: DisclosureClass;
}

const known = new WeakMap<Function, readonly Field[]>();

/** The fields of a class in the order of their declaration: looked for once, for they are asked for with every entry. */
function fieldsOf(data: Function): readonly Field[] {
  let fields = known.get(data);
  if (!fields) known.set(data, (fields = [...disclosureOf(data)].map(([field, { class: disclosure }]) => ({ field, disclosure }))));
  return fields;
}
